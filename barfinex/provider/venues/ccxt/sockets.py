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
    b'"channel":"trade"',
    b'"channel":"book"',
)
EXPIRED = b'"e":"listenKeyExpired"'
HEAD = 400  # A frame names itself near its beginning.

Sink = Callable[[bytes], None]


def tap(exchange: Any, sink: Sink) -> None:
    """From now on every new connection of `exchange` gives its market frames to `sink`.

    A connection whose listen key has expired is given up: ccxt passes over that word and would go on
    listening to a stream that says nothing any more.
    """
    dial = exchange.client

    def client(url: str) -> Any:
        made = dial(url)
        if "handle_text_or_binary_message" not in vars(made):
            made.handle_text_or_binary_message = _fork(
                made.handle_text_or_binary_message, sink, lambda: _give_up(exchange, made)
            )
        return made

    exchange.client = client


def _give_up(exchange: Any, client: Any) -> None:
    """Its watches fail, and whoever asks again gets a new key."""
    for kept in exchange.options.values():
        if isinstance(kept, dict) and kept.get("listenKey"):
            kept.update(listenKey=None, lastAuthenticatedTime=0)
    client.on_error(ConnectionError("the listen key has expired"))


def _fork(inner: Callable[[Any], None], sink: Sink, give_up: Callable[[], None]) -> Callable[[Any], None]:
    def handle(data: Any) -> None:
        frame = data.encode() if isinstance(data, str) else bytes(data)
        if len(frame) > FRAME_MAX or is_hot(frame):
            sink(frame)
            return
        if EXPIRED in frame[:HEAD].replace(b'": ', b'":'):
            give_up()
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
