"""What the order books were like when they were last sampled, and how wide their spreads usually are."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from barfinex.domain.order import Side
from barfinex.events.base import Event
from barfinex.events.provider import BookSampled, FeedRecovered, FeedStalled, MarketQualityScored

SPREADS_KEPT = 360


class Top(NamedTuple):
    """One sample: levels are (price, quantity), best first, in quote and base units; `at` in ms UTC."""

    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]
    at: int

    @property
    def spread_bps(self) -> float | None:
        """Distance of the best prices in hundredths of a percent of the middle; negative when crossed."""
        if not self.bids or not self.asks:
            return None
        bid, ask = self.bids[0][0], self.asks[0][0]
        return (ask - bid) / (ask + bid) * 2e4 if ask + bid > 0 else None

    def taken_by(self, side: Side) -> tuple[tuple[float, float], ...]:
        """The levels that an order of this side trades with."""
        return self.asks if side is Side.BUY else self.bids

    def impact_bps(self, side: Side, quantity: float) -> float | None:
        """How far a market order's average price lies from the middle; None when the book is too thin."""
        spread, levels = self.spread_bps, self.taken_by(side)
        if spread is None:
            return None
        middle, rest, paid = (self.bids[0][0] + self.asks[0][0]) / 2, quantity, 0.0
        for price, offered in levels:
            taken = min(rest, offered)
            paid, rest = paid + taken * price, rest - taken
            if rest <= 0:
                return abs(paid / quantity - middle) / middle * 1e4
        return None


class Books:
    """The last sample of each instrument, a running median of its spreads, and the score of its data."""

    def __init__(self) -> None:
        self.tops: dict[str, Top] = {}
        self.scores: dict[str, float] = {}
        self.stalled: dict[str, str] = {}
        self._spreads: dict[str, deque[float]] = {}
        self._sorted: dict[str, list[float]] = {}

    def folds(self) -> dict[type[Event], Callable[[Any, int], object]]:
        """What is known of the market's data, by the event that tells it."""
        return {
            BookSampled: self.fold,
            MarketQualityScored: lambda event, _now: self.rate(event),
            FeedStalled: lambda event, _now: self.stalled.update({event.instrument: event.reason}),
            FeedRecovered: lambda event, _now: self.stalled.pop(event.instrument, None),
        }

    def fold(self, event: BookSampled, now: int) -> None:
        top = self.tops[event.instrument] = Top(event.bids, event.asks, now)
        spread = top.spread_bps
        if spread is None:
            return
        past = self._spreads.setdefault(event.instrument, deque(maxlen=SPREADS_KEPT))
        ordered = self._sorted.setdefault(event.instrument, [])
        if len(past) == SPREADS_KEPT:  # The oldest makes room.
            del ordered[bisect_left(ordered, past[0])]
        past.append(spread)
        insort(ordered, spread)

    def rate(self, event: MarketQualityScored) -> None:
        self.scores[event.instrument] = event.score

    def median_bps(self, instrument: str) -> float | None:
        """The usual spread; None before the first sample."""
        ordered = self._sorted.get(instrument)
        return ordered[len(ordered) // 2] if ordered else None
