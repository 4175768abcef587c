"""The executable price: the sampled order book where there is one, else the last close and the usual
spread."""

from __future__ import annotations

from collections import deque
from math import isfinite
from statistics import median

from barfinex.domain.value import Value
from barfinex.events.provider import BookSampled

SPREADS_KEPT = 61
BPS = 10_000.0


class Quote(Value, frozen=True):
    """Best prices in quote units, known at `known_at` (ms UTC); `depth_bid` and `depth_ask` are the value of
    the sampled levels in quote units, None without a book. `usual_bps` is the median spread of late,
    `ahead_ms` how far the source's clock was ahead of ours."""

    bid: float
    ask: float
    known_at: int
    source: str
    usual_bps: float
    depth_bid: float | None = None
    depth_ask: float | None = None
    ahead_ms: int = 0

    @property
    def is_crossed(self) -> bool:
        return not self.bid < self.ask if self.source == "book" else not self.bid <= self.ask

    @property
    def middle(self) -> float:
        return (self.bid + self.ask) / 2.0

    @property
    def spread_bps(self) -> float:
        return (self.ask - self.bid) / self.middle * BPS

    def entry(self, sign: int) -> float:
        """What a taker pays (sign +1) or gets (-1)."""
        return self.ask if sign > 0 else self.bid

    def depth(self, sign: int) -> float | None:
        """What rests on the side a taker meets, quote units."""
        return self.depth_ask if sign > 0 else self.depth_bid


class Quotes:
    """The latest sample of each instrument's book, and how wide it has been of late (61 samples)."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[BookSampled, int, int]] = {}
        self._spreads: dict[str, deque[float]] = {}

    def fold(self, event: BookSampled, known_at: int, ts: int) -> None:
        """Take a sample in: when it could be known, and when its source says that it was (ms UTC)."""
        self._latest[event.instrument] = event, known_at, max(0, ts - known_at)
        if event.bids and event.asks:
            bid, ask = event.bids[0][0], event.asks[0][0]
            if 0.0 < bid <= ask and isfinite(bid + ask):
                kept = self._spreads.setdefault(event.instrument, deque(maxlen=SPREADS_KEPT))
                kept.append((ask - bid) / (ask + bid) * 2.0 * BPS)

    def of(self, instrument: str, close: float, known_at: int, spread_bps: float) -> Quote:
        """Without a book: half of `spread_bps` around `close`, known at `known_at`. One that lacks a side, or
        whose prices are none, is crossed, at `close`: nobody can trade there."""
        latest = self._latest.get(instrument)
        usual = self._spreads.get(instrument)
        usual_bps = median(usual) if usual else spread_bps
        if latest is None:
            half = close * spread_bps / BPS / 2.0
            return Quote(close - half, close + half, known_at, "candle", usual_bps)
        book, at, ahead = latest
        bid_depth, ask_depth = (
            sum(price * quantity for price, quantity in side) for side in (book.bids, book.asks)
        )
        bid, ask = (side[0][0] if side else 0.0 for side in (book.bids, book.asks))
        if not (bid > 0.0 and ask > 0.0 and isfinite(bid + ask + bid_depth + ask_depth)):
            return Quote(close, close, at, "book", usual_bps, 0.0, 0.0, ahead)
        if at < known_at:  # The close is younger than the sample: its width, around where the price is now.
            bid, ask = close - (ask - bid) / 2.0, close + (ask - bid) / 2.0
        return Quote(bid, ask, at, "book", usual_bps, bid_depth, ask_depth, ahead)
