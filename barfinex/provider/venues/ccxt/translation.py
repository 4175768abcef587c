"""What went wrong with a request, in our words: whether anything left, and what the exchange itself said."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from barfinex.provider.venues.errors import VenueError

TEXT_MAX = 300
BINANCE = ("binance", "binanceusdm")
LISTS = {"userTrades", "myTrades", "openOrders", "openAlgoOrders", "allOrders", "aggTrades", "klines"}
LISTS |= {"income", "fundingRate"}


@dataclass
class Exchanged:
    """What one request and its answer came to. `status` is None as long as nothing was answered."""

    sent: bool = False
    status: int | None = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, Any] | None:
        """The answer, when it is an object of the exchange's own."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def translated(error: BaseException, exchanged: Exchanged) -> VenueError:
    """A VenueError of the same meaning. ccxt's own classes and texts decide nothing, for they depend on the
    host's name and call a clock that is wrong a network error: only what the exchange wrote counts."""
    text = _without_address(f"{type(error).__name__}: {error}")[:TEXT_MAX]
    if not exchanged.sent or _never_connected(error):
        return VenueError(f"not sent: {text}", sent=False)
    if exchanged.status is None:
        return VenueError(text)
    status, wait = exchanged.status, _retry_after_ms(exchanged.headers)
    said = exchanged.said or {}
    code = next((said[name] for name in ("code", "retCode", "error") if name in said), None)
    if status < 500 and (replaced := _of_replacing(said.get("data"), status)) is not None:
        return replaced
    if isinstance(code, int | str) and code not in (0, "0", 200, "200"):
        words = str(said.get("msg") or said.get("retMsg") or said.get("message") or text)
        return VenueError(words[:TEXT_MAX], "venue", status=status, code=code, retry_after_ms=wait)
    return VenueError(text, "http", status=status, retry_after_ms=wait)


def refuse_page(exchange: str, url: str, status: int, response: object) -> None:
    """Raises VenueError for an answer that is not the exchange's own: ccxt reads a page of a proxy, or a note
    on maintenance, as a list without a row in it, which would be taken for evidence."""
    if not isinstance(response, dict | list):
        raise VenueError("the answer is no JSON", "http", status=status)
    route = urlsplit(url).path.rpartition("/")[2]
    if exchange in BINANCE and route in LISTS and not isinstance(response, list):
        raise VenueError(f"the answer to {route} is no list", "http", status=status)


def _of_replacing(data: object, status: int) -> VenueError | None:
    """What became of an order that was to take another's place; None when nothing is told of it."""
    if not isinstance(data, dict):
        return None
    if data.get("newOrderResult") == "NOT_ATTEMPTED":
        return VenueError(f"nothing was placed: {_words(data.get('cancelResponse'))}", sent=False)
    placed = data.get("newOrderResponse")
    if not isinstance(placed, dict) or "code" not in placed:
        return None
    return VenueError(_words(placed), "venue", status=status, code=placed["code"])


def _words(answer: object) -> str:
    found = answer.get("msg") if isinstance(answer, dict) else None
    return str(found or "the order before it could not be taken back")[:TEXT_MAX]


def _retry_after_ms(headers: Mapping[str, str]) -> int | None:
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(told) * 1_000 if told.isdecimal() else None


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
