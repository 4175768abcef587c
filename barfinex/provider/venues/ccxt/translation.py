"""What ccxt raises, in our words: whether anything left, and what the exchange itself said."""

from __future__ import annotations

import json
import re

from barfinex.provider.venues.errors import VenueError

_STATUS = re.compile(r"^\S+ (?:GET|POST|PUT|DELETE|PATCH) \S+ (\d{3})\b")
_BODY = re.compile(r"\{.*\}", re.DOTALL)
TEXT_MAX = 300


def translated(error: BaseException, *, sent: bool) -> VenueError:
    """A VenueError of the same meaning. ccxt's own classes decide nothing, for they depend on the host's name
    and call a clock that is wrong a network error: only what the exchange wrote counts."""
    text = _without_address(str(error))[:TEXT_MAX]
    if not sent or _never_connected(error):
        return VenueError(f"not sent: {text}", sent=False)
    found = _BODY.search(str(error))
    if found:
        try:
            body = json.loads(found[0])
        except ValueError:
            body = None
        if isinstance(body, dict):
            code = next((body[name] for name in ("code", "retCode", "error") if name in body), None)
            said = str(body.get("msg") or body.get("retMsg") or body.get("message") or text)[:TEXT_MAX]
            return VenueError(said, "venue", code=code if isinstance(code, int | str) else None)
    status = _STATUS.match(str(error))
    if status:
        return VenueError(text, "http", status=int(status[1]))
    return VenueError(f"{type(error).__name__}: {text}")


def _never_connected(error: BaseException | None) -> bool:
    """Whether the connection itself was refused: then no byte of the request has left."""
    while error is not None:
        if type(error).__name__ in ("ClientConnectorError", "ClientConnectorDNSError"):
            return True
        error = error.__cause__ or error.__context__
    return False


def _without_address(text: str) -> str:
    """Signed addresses hold keys and signatures."""
    return re.sub(r"https?://\S+", "(address)", text)
