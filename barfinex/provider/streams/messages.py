"""What any exchange says, in one form. Times in ms UTC, prices in quote units, quantities in base units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from barfinex.domain.value import Value

Levels = tuple[tuple[float, float], ...]
"""(price, quantity) of each level that changed; a quantity is the whole of its level, 0 removes it."""


class Print(Value, frozen=True):
    """A public trade; `side` is the taker's, `buy` or `sell`. Numeric ids of one instrument are consecutive
    where the venue makes them so."""

    instrument: str
    id: int | str
    ts: int
    price: float
    quantity: float
    side: str


class Depth(Value, frozen=True):
    """A change of an order book, or with `snapshot` a whole one.

    It covers the updates `first` to `last` and follows the one that ended with `previous`; what a venue does
    not number is None. `checksum` is the venue's own, over the book after this change.
    """

    instrument: str
    ts: int
    bids: Levels
    asks: Levels
    first: int | None = None
    last: int | None = None
    previous: int | None = None
    snapshot: bool = False
    checksum: int | None = None


class Quote(Value, frozen=True):
    """The best bid and the best ask."""

    instrument: str
    ts: int
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float


class Bar(Value, frozen=True):
    """The venue's own candle, starting at `ts`; not final before `closed`."""

    instrument: str
    timeframe: str
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool


class Control(Value, frozen=True):
    """Not market data: `kind` is `answer`, `refused`, `heartbeat`, `shutdown` or `unknown`."""

    kind: str
    text: str = ""


Message = Print | Depth | Quote | Bar | Control


class BadFrame(Exception):
    """What a stream delivered cannot be believed; nothing of it is used."""


class Decoder(Protocol):
    """One exchange's dialect."""

    def decode(self, frame: bytes) -> Sequence[Message]:
        """Raises BadFrame."""
        ...
