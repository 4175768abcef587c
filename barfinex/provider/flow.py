"""Order flow while a candle forms: what book and tape did, as a handful of numbers with their formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from barfinex.domain.flow import BookFlow, TapeFlow
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.order import Side
from barfinex.events.provider_market import FlowMeasured
from barfinex.provider.venues.market import Tick

DAY_MS = 86_400_000
LEVELS = 10
Levels = Sequence[tuple[float, float]]


class FlowMeter:
    """Of one timeframe, all instruments. `trade` and `book` are told as things happen, `measured` asks for a
    candle and forgets it; what came for a later candle counts there."""

    def __init__(self, timeframe: str) -> None:
        self._timeframe, self._step = timeframe, timeframe_ms(timeframe)
        self._tapes: dict[tuple[str, int], _Tape] = {}
        self._books: dict[tuple[str, int], _Book] = {}
        self._last: dict[str, dict[float, float]] = {}
        self._cvd: dict[str, tuple[int, float]] = {}

    def trade(self, tick: Tick) -> None:
        key = (tick.instrument, tick.ts // self._step * self._step)
        self._tapes.setdefault(key, _Tape()).add(tick)

    def book(self, instrument: str, now: int, bids: Levels, asks: Levels) -> None:
        """The top of the book, best first; a crossed or empty one tells nothing."""
        if not bids or not asks or bids[0][0] >= asks[0][0]:
            return
        bids, asks = bids[:LEVELS], asks[:LEVELS]
        before = self._last.get(instrument, {})
        self._last[instrument] = now_there = {**dict(bids), **dict(asks)}
        key = (instrument, now // self._step * self._step)
        self._books.setdefault(key, _Book()).add(bids, asks, before, now_there)

    def measured(self, instrument: str, ts: int) -> FlowMeasured:
        """The candle that starts at `ts`, ms UTC."""
        tape, book = self._tapes.pop((instrument, ts), None), self._books.pop((instrument, ts), None)
        day, total = self._cvd.get(instrument, (ts // DAY_MS, 0.0))
        total = total if day == ts // DAY_MS else 0.0
        if tape is not None:
            total += tape.signed
        self._cvd[instrument] = ts // DAY_MS, total
        for table in (self._tapes, self._books):  # Nobody asks for a candle before one that was asked for.
            for old in [key for key in table if key[0] == instrument and key[1] < ts]:
                del table[old]
        return FlowMeasured(
            instrument=instrument,
            timeframe=self._timeframe,
            candle_ts=ts,
            book=None if book is None else book.flow(),
            tape=None if tape is None else tape.flow(self._step, total),
        )


class _Tape:
    __slots__ = ("count", "seconds", "signed", "value", "volume")

    def __init__(self) -> None:
        self.count, self.volume, self.value, self.signed = 0, 0.0, 0.0, 0.0
        self.seconds: Counter[int] = Counter()

    def add(self, tick: Tick) -> None:
        self.count += 1
        self.volume += tick.quantity
        self.value += tick.quantity * tick.price
        self.signed += tick.quantity if tick.side is Side.BUY else -tick.quantity
        self.seconds[tick.ts // 1_000] += 1

    def flow(self, step_ms: int, cvd: float) -> TapeFlow:
        pace = self.count / (step_ms / 1_000)
        return TapeFlow(
            trades=self.count,
            volume=self.volume,
            signed_volume=self.signed,
            cvd=cvd,
            vwap=self.value / self.volume if self.volume else 0.0,
            per_second=pace,
            burst=max(self.seconds.values()) / max(pace, 1.0),
        )


class _Book:
    __slots__ = ("added", "depth", "gone", "imbalances", "microprice", "samples", "spread", "stood")

    def __init__(self) -> None:
        self.samples, self.spread, self.microprice, self.depth = 0, 0.0, 0.0, 0.0
        self.imbalances = [0.0, 0.0, 0.0]
        self.gone = self.added = self.stood = 0.0

    def add(self, bids: Levels, asks: Levels, before: dict[float, float], there: dict[float, float]) -> None:
        (bid, bid_size), (ask, ask_size) = bids[0], asks[0]
        self.samples += 1
        self.spread += (ask - bid) / (ask + bid) * 2e4
        self.microprice = (bid * ask_size + ask * bid_size) / (bid_size + ask_size)
        for at, levels in enumerate((1, 5, LEVELS)):
            buy, sell = _value(bids[:levels]), _value(asks[:levels])
            self.imbalances[at] += (buy - sell) / (buy + sell)
        self.depth += min(_value(bids), _value(asks))
        for price in before.keys() & there.keys():  # A level that left the ten was not taken, maybe.
            change = there[price] - before[price]
            self.stood += before[price]
            self.gone -= min(change, 0.0)
            self.added += max(change, 0.0)

    def flow(self) -> BookFlow:
        count = self.samples
        return BookFlow(
            samples=count,
            spread_bps=self.spread / count,
            microprice=self.microprice,
            imbalance_1=self.imbalances[0] / count,
            imbalance_5=self.imbalances[1] / count,
            imbalance_10=self.imbalances[2] / count,
            depth_10=self.depth / count,
            depletion=self.gone / self.stood if self.stood else 0.0,
            replenishment=min(self.added / self.gone, 1.0) if self.gone else 1.0,
        )


def _value(levels: Levels) -> float:
    return sum(price * quantity for price, quantity in levels)
