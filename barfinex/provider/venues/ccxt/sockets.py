"""Raw frames out of ccxt's connections: it dials, subscribes and signs; the hot streams are read by us.

A frame that is market data never reaches ccxt's own parser. Hence its watches, once they have subscribed,
only end with an error: that is how a lost connection is noticed, and asking again dials and subscribes anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FRAME_MAX = 1_000_000
HOT = (
    b'"e":"trade"',
    b'"e":"aggTrade"',
    b'"e":"depthUpdate"',
    b'"e":"bookTicker"',
    b'"e":"kline"',
    b'"e":"serverShutdown"',
    b'"topic":"orderbook.',
    b'"topic":"publicTrade.',
    b'"topic":"kline.',
)
HEAD = 400  # A frame names itself near its beginning.

Sink = Callable[[bytes], None]


def tap(exchange: Any, sink: Sink) -> None:
    """From now on every new connection of `exchange` gives its market frames to `sink`."""
    dial = exchange.client

    def client(url: str) -> Any:
        made = dial(url)
        if "handle_text_or_binary_message" not in vars(made):
            made.handle_text_or_binary_message = _fork(made.handle_text_or_binary_message, sink)
        return made

    exchange.client = client


def _fork(inner: Callable[[Any], None], sink: Sink) -> Callable[[Any], None]:
    def handle(data: Any) -> None:
        frame = data.encode() if isinstance(data, str) else bytes(data)
        if len(frame) > FRAME_MAX or is_hot(frame):
            sink(frame)
            return
        try:
            inner(data)
        except Exception:  # What it trips over would end its reading of this connection, without a word.
            sink(frame)

    return handle


def is_hot(frame: bytes) -> bool:
    """Whether a frame is market data that we read ourselves."""
    head = frame[:HEAD].replace(b'": ', b'":')  # Some write a blank there.
    return any(mark in head for mark in HOT)
