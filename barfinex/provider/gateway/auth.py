"""Who may speak to the gateway: a bearer token, a known Host, no foreign Origin."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

from barfinex.domain.errors import BadInput
from barfinex.provider.gateway.refusal import Refusal

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,200}")
OPEN_PATHS = frozenset({"/health"})


def token_in(path: Path, fresh: Callable[[], str]) -> str:
    """The token in the file; at the first start `fresh` gives one, and only the owner may read the file.

    Raises:
        BadInput: the file cannot be used, others can read it, or what it holds is no token.
    """
    try:
        _create(path, fresh)
        mode = path.stat().st_mode & 0o777
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            str(path), f"cannot be used as a token file ({error})", "Remove it; a start makes it anew."
        ) from error
    if mode & 0o077:
        raise BadInput(str(path), f"can be read by others (mode {mode:o})", f"Run: chmod 600 {path}")
    if not TOKEN.fullmatch(token):
        raise BadInput(str(path), "holds no token", "Remove it; a start makes it anew.")
    return token


def _create(path: Path, fresh: Callable[[], str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(fresh() + "\n")


class Guard:
    """Checks each request before any handler sees it.

    The Host is checked so that a page whose name is re-pointed at this machine gets nowhere, the Origin so
    that no other site's script speaks in a person's browser.
    """

    def __init__(self, token: str, host: str, person: str | None = None) -> None:
        self._token = token.encode()
        self._person = None if person is None else person.encode()
        self._names = {"localhost", "127.0.0.1", "::1", host.lower()}
        self._is_public = not is_loopback(host)

    def check(self, request: web.Request) -> None:
        """Raises Refusal."""
        host = request.headers.get("Host", "")
        if not self._is_ours(_name_of(host)):
            raise Refusal(421, "the Host header names another machine")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            raise Refusal(403, "requests from other sites are refused")
        if request.path not in OPEN_PATHS and not self._is_known(request.headers.get("Authorization", "")):
            raise Refusal(401, "a bearer token is needed; the run keeps it in its gateway.token file")

    def _is_ours(self, name: str) -> bool:
        return name in self._names or (self._is_public and _is_address(name))

    def is_person(self, request: web.Request) -> bool:
        """Whether the request bears the person's token, which alone may loosen (I13)."""
        given = _bearer(request.headers.get("Authorization", ""))
        return self._person is not None and hmac.compare_digest(given, self._person)

    def _is_known(self, authorization: str) -> bool:
        given = _bearer(authorization)
        tokens = [self._token, *([self._person] if self._person is not None else [])]
        return any(hmac.compare_digest(given, token) for token in tokens)


def _bearer(authorization: str) -> bytes:
    """The token of an Authorization header; empty when it is of another kind, and then no token's equal."""
    scheme, _, given = authorization.partition(" ")
    return given.strip().encode() if scheme.lower() == "bearer" else b""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _name_of(host: str) -> str:
    """A Host header without its port and brackets, in lower case."""
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:]+))(?::\d{1,5})?", host.lower())
    return (found[1] or found[2]) if found else ""
