"""How good the market data of each instrument is: one score in [0, 1], told when it changes.

Parts, each in [0, 1] and only where it can be observed:

  freshness   1 while the next candle is at most one late, falling to 0 when it is four late;
              0 as well while the feed is not believed
  continuity  the share of the last 120 candles that were there and final
  spread      twice its median over the width of the book, at most 1; 0 when it is crossed or lacks a side
  depth       twice the value on the thinner side over its median, at most 1
  outliers    1 less twenty times the share of the last 120 candles that moved beyond all measure

The score is their weighted geometric mean, so that a part at 0 leaves nothing: exp(sum w ln p / sum w) with
the weights below. Of a file of candles the parts are what its check has found. To let another event count,
give its part a weight and its type a line in `_FOLDS`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from math import exp, log
from statistics import median
from typing import Any, ClassVar

import numpy as np

from barfinex.bus.port import Port
from barfinex.domain.candles import Candles, Provenance
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import (
    BookSampled,
    CandlesClosed,
    DataChecked,
    FeedRecovered,
    FeedStalled,
    MarketQualityScored,
)
from barfinex.provider import gaps

WEIGHTS = {"freshness": 0.3, "continuity": 0.3, "spread": 0.2, "depth": 0.1, "outliers": 0.1}
KEPT = 120
OVERDUE_MAX = 4.0
MATERIAL = 0.05
"""A change that is told; smaller ones are not, but that nothing is left or all is well again is."""
EVERY_S = 0.5


class Observed:
    """What was seen of one instrument. `given` are the parts that a check of its files has found."""

    def __init__(self) -> None:
        self.given: dict[str, float] = {}
        self.step_ms = self.closed_at = 0
        self.is_blind = False
        self._rarity: float | None = None
        self._sound: deque[bool] = deque(maxlen=KEPT)
        self._closes: deque[float] = deque(maxlen=KEPT + 1)
        self._spreads: deque[float] = deque(maxlen=KEPT)
        self._depths: deque[float] = deque(maxlen=KEPT)

    def close(self, block: Candles) -> None:
        """Candles of the shortest timeframe count, each once."""
        if self.step_ms and block.series.step_ms > self.step_ms:
            return
        self.step_ms = step = block.series.step_ms
        last = block.ts[-KEPT:], block.close[-KEPT:], block.marks[-KEPT:] == Provenance.FINAL
        for ts, close, is_final in zip(*(column.tolist() for column in last), strict=True):
            if self.closed_at:
                self._sound.extend([False] * min(KEPT, (ts - self.closed_at) // step))
            self._sound.append(is_final)
            self._closes.append(close)
            self.closed_at = ts + step
        if len(self._closes) > 2:
            moves = gaps.log_returns(np.array(self._closes))
            self._rarity = rarity(len(gaps.outliers(moves)), len(moves))

    def sample(self, event: BookSampled) -> None:
        bids, asks = event.bids, event.asks
        crossed = not bids or not asks or bids[0][0] >= asks[0][0]
        self._spreads.append(0.0 if crossed else (asks[0][0] - bids[0][0]) / asks[0][0])
        self._depths.append(min(sum(price * quantity for price, quantity in side) for side in (bids, asks)))

    def parts(self, now: int) -> dict[str, float]:
        """Each part that can be told, at `now`, ms UTC."""
        found = dict(self.given)
        if self.closed_at:
            overdue = (now - self.closed_at) / self.step_ms - 1.0
            found["freshness"] = 1.0 - (overdue - 1.0) / (OVERDUE_MAX - 1.0)
            found["continuity"] = sum(self._sound) / len(self._sound)
        if self.is_blind:
            found["freshness"] = 0.0
        if self._rarity is not None:
            found["outliers"] = self._rarity
        if self._spreads:
            width, usual = self._spreads[-1], median(self._spreads)
            found["spread"] = 2.0 * usual / width if width > 0.0 else 0.0
            deep, normal = self._depths[-1], median(self._depths)
            found["depth"] = 2.0 * deep / normal if normal > 0.0 else 0.0
        return {name: max(0.0, min(1.0, part)) for name, part in found.items()}


class MarketQuality:
    """Sees what is published, as a tap of the bus, and tells a score that has changed."""

    def __init__(self) -> None:
        self._seen: dict[str, Observed] = {}
        self._told: dict[str, float] = {}

    @classmethod
    def consumes(cls) -> tuple[type[Event], ...]:
        return tuple(cls._FOLDS)

    def see(self, envelope: Envelope) -> None:
        event: Any = envelope.event
        observed = self._seen.setdefault(event.subject, Observed())
        self._FOLDS[type(event)](observed, event)

    def tell(self, port: Port) -> None:
        """Publish each score that is new or has changed."""
        now = port.clock.now()
        for instrument, observed in self._seen.items():
            parts = observed.parts(now)
            if parts:
                score = score_of(parts)
                if is_news(score, self._told.get(instrument)):
                    self._told[instrument] = score
                    rounded = {name: round(part, 4) for name, part in sorted(parts.items())}
                    port.emit(MarketQualityScored(instrument=instrument, score=score, parts=rounded))

    async def run(self, port: Port, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Look twice a second, whatever the market does: that nothing comes any more is told as well."""
        while True:  # bound: the task's cancellation
            self.tell(port)
            await sleep(EVERY_S)

    _FOLDS: ClassVar[dict[type[Event], Callable[[Observed, Any], None]]] = {
        CandlesClosed: lambda seen, event: seen.close(event.candles),
        BookSampled: lambda seen, event: seen.sample(event),
        FeedStalled: lambda seen, _event: setattr(seen, "is_blind", True),
        FeedRecovered: lambda seen, _event: setattr(seen, "is_blind", False),
        DataChecked: lambda seen, event: seen.given.update(found_in(event, seen.given)),
    }


def found_in(event: DataChecked, known: Mapping[str, float]) -> dict[str, float]:
    """The parts that follow from what is wrong with a file; of several files the worst counts. A gap counts
    once, however long: a market that closes at night lacks more candles than it has, and is as good."""
    breaks = event.findings.get("missing_runs", 0) + sum(event.quarantined.values())
    parts = {
        "continuity": event.candles / (event.candles + breaks) if event.candles else 0.0,
        "outliers": rarity(event.findings.get("outliers", 0), event.candles),
    }
    return {name: min(part, known.get(name, 1.0)) for name, part in parts.items()}


def rarity(count: int, among: int) -> float:
    """1 less twenty times the share; one in twenty leaves nothing."""
    return max(0.0, 1.0 - 20.0 * count / among) if among else 0.0


def score_of(parts: Mapping[str, float]) -> float:
    """The weighted geometric mean, to four digits."""
    if min(parts.values()) <= 0.0:
        return 0.0
    total = sum(WEIGHTS[name] for name in parts)
    return round(exp(sum(WEIGHTS[name] * log(part) for name, part in parts.items()) / total), 4)


def is_news(score: float, before: float | None) -> bool:
    if before is None or abs(score - before) >= MATERIAL:
        return True
    return score != before and score in (0.0, 1.0)
