"""Signed requests: the key, the signature, and the time window."""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import parse_qsl

from tests.exchange.words import No

KEY, SECRET = "test-key", "test-secret"


def is_ours(key: str | None) -> None:
    """Raises No for any other key."""
    if key != KEY:
        raise No(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def opened(key: str | None, payload: str, now: int) -> dict[str, str]:
    """The parameters of a signed request. Raises No."""
    is_ours(key)
    body, _, signature = payload.rpartition("&signature=")
    if not hmac.compare_digest(hmac.new(SECRET.encode(), body.encode(), sha256).hexdigest(), signature):
        raise No(-1022, "Signature for this request is not valid.")
    params = dict(parse_qsl(body, keep_blank_values=True))
    in_window(params, now)
    return params


def in_window(params: dict[str, str], now: int) -> None:
    """Raises No when the request is too old, or from the future."""
    late = now - int(params["timestamp"])
    if late < -1000:
        raise No(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if late > int(params.get("recvWindow", 5000)):
        raise No(-1021, "Timestamp for this request is outside of the recvWindow.")
