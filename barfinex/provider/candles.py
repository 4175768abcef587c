"""Candles from what is finer: public trades as they happen, or shorter candles."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from barfinex.domain.candles import Candles, Provenance, Series
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider.venues.market import Tick


class _Forming:
    """A candle that is not over; `first` and `last` are the times of the trades that opened and closed it."""

    __slots__ = ("close", "first", "high", "last", "low", "open", "volume")

    def __init__(self, tick: Tick) -> None:
        self.first = self.last = tick.ts
        self.open = self.high = self.low = self.close = tick.price
        self.volume = tick.quantity

    def add(self, tick: Tick) -> None:
        # Trades of one candle may arrive out of order: the earliest opens it, the latest closes it.
        if tick.ts < self.first:
            self.first, self.open = tick.ts, tick.price
        if tick.ts >= self.last:
            self.last, self.close = tick.ts, tick.price
        self.high = max(self.high, tick.price)
        self.low = min(self.low, tick.price)
        self.volume += tick.quantity


class CandleBuilder:
    """Candles of one timeframe from trades, aligned to the epoch, UTC.

    `late` counts the trades that came after their candle had closed, `unusable` those without a positive,
    finite price or with a quantity that is negative or not finite: neither enters a candle.
    """

    def __init__(self, timeframe: str) -> None:
        self.timeframe, self._step = timeframe, timeframe_ms(timeframe)
        self._forming: dict[str, dict[int, _Forming]] = {}
        self._closes: dict[str, float] = {}
        self._closed = 0  # every candle that ended by then is closed
        self.late = self.unusable = 0

    def add(self, tick: Tick) -> None:
        if not (0 < tick.price < inf and 0 <= tick.quantity < inf):
            self.unusable += 1
            return
        start = tick.ts // self._step * self._step
        if start < self._closed:
            self.late += 1
            return
        forming = self._forming.setdefault(tick.instrument, {})
        if candle := forming.get(start):
            candle.add(tick)
        else:
            forming[start] = _Forming(tick)

    def close_until(self, now: int) -> list[Candles]:
        """A block of one for each candle that has ended by `now` (ms UTC), by time, then instrument by name.

        An interval without a trade gives a flat candle without volume at the last close, marked SYNTHETIC.
        """
        end = now // self._step * self._step
        if end <= self._closed:
            return []
        blocks = [block for instrument in self._forming for block in self._close(instrument, end)]
        self._closed = end
        return sorted(blocks, key=lambda block: (block.last_ts, block.instrument))

    def _close(self, instrument: str, end: int) -> Iterator[Candles]:
        forming = self._forming[instrument]
        begin = self._closed if instrument in self._closes else min(forming)
        for ts in range(begin, end, self._step):
            if candle := forming.pop(ts, None):
                row = candle.open, candle.high, candle.low, candle.close, candle.volume
                self._closes[instrument] = candle.close
                yield self._block(instrument, ts, row, Provenance.FINAL)
            else:
                price = self._closes[instrument]
                yield self._block(instrument, ts, (price, price, price, price, 0.0), Provenance.SYNTHETIC)

    def _block(self, instrument: str, ts: int, row: tuple[float, ...], provenance: Provenance) -> Candles:
        first, high, low, last, volume = (np.array([value]) for value in row)
        start = np.array([ts])
        return Series(
            instrument, self.timeframe, start, first, high, low, last, volume, provenance, "trades"
        ).block()


def resample(series: Series, timeframe: str) -> Series:
    """Build longer candles in windows aligned to the epoch, UTC; its own timeframe gives `series` itself.

    A candle is built when its window has ended, from whatever the window holds: missing candles leave no
    mark, an empty window gives no candle, an unfinished one is left out (if it is the only one, the result
    is empty). Hence a prefix of `series` gives a prefix of the result.

    Raises:
        BadInput: the timeframe is malformed or no multiple of the series' own.
    """
    window_ms = timeframe_ms(timeframe)
    if window_ms == series.step_ms:
        return series
    if window_ms % series.step_ms:
        raise BadInput(
            f"timeframe {timeframe}",
            f"cannot be built from {series.timeframe} candles of {series.instrument}",
            f"Choose a multiple of {series.timeframe}.",
        )
    # A candle belongs where it ends: one that straddles two windows is not known before the first is over.
    windows = (series.ts + series.step_ms - 1) // window_ms * window_ms
    starts = np.flatnonzero(np.diff(windows, prepend=-1))
    end = len(series.ts)
    if end and series.ts[-1] + series.step_ms < windows[-1] + window_ms:
        end, starts = int(starts[-1]), starts[:-1]
    ends = np.append(starts[1:], end)[: len(starts)]
    return Series(
        series.instrument,
        timeframe,
        windows[starts],
        series.open[starts],
        np.maximum.reduceat(series.high[:end], starts) if end else np.empty(0),
        np.minimum.reduceat(series.low[:end], starts) if end else np.empty(0),
        series.close[ends - 1],
        np.add.reduceat(series.volume[:end], starts) if end else np.empty(0),
        series.provenance,
        series.source,
        marks=None if series.marks is None or not end else np.maximum.reduceat(series.marks[:end], starts),
    )
