"""What is known beside an instrument's own candles: its book and trades, and other instruments' candles."""

from __future__ import annotations

import numpy as np

from barfinex.domain.candles import Candles, Floats, Ints, Series
from barfinex.events.provider_market import FlowMeasured
from barfinex.sdk.flow import PREFIX
from barfinex.sdk.others import OTHER, split

KEPT = 4_096  # Candles of each series; a condition asks for the newest, and windows keep their own.
STALE = 5  # Candles after which what another instrument said last is not its price any more.


class Others:
    """Candles of every instrument, by instrument and timeframe: whole, where they are history, or the newest.

    Of a candle that closes at t those are seen that closed a candle before t: they have arrived whatever the
    order in which the instruments are told, and whatever blocks they come in (I8, I17).
    """

    def __init__(self) -> None:
        self._whole: dict[tuple[str, str], Series] = {}
        self._newest: dict[tuple[str, str], dict[int, tuple[float, ...]]] = {}

    def know(self, series: Series) -> None:
        """All of a history; no candle is shown before its time."""
        self._whole[series.instrument, series.timeframe] = series

    def add(self, block: Candles) -> None:
        """Candles have closed."""
        if block.key in self._whole:
            return
        held = self._newest.setdefault(block.key, {})
        for ts, *row in block.rows()[-KEPT:]:
            held[int(ts)] = tuple(row)
        while len(held) > KEPT:
            del held[next(iter(held))]

    def column(self, symbol: str, field: str, timeframe: str, ts: Ints, step_ms: int) -> Floats:
        """A column of another instrument at the candles that start at `ts`; NaN where nothing is known."""
        whole = self._whole.get((symbol, timeframe))
        wanted = ts - step_ms
        if whole is not None and len(whole.ts):
            at = np.searchsorted(whole.ts, wanted, side="right") - 1
            fresh = (at >= 0) & (wanted - whole.ts[np.maximum(at, 0)] < STALE * step_ms)
            return np.where(fresh, getattr(whole, field)[np.maximum(at, 0)], np.nan)
        held = self._newest.get((symbol, timeframe), {})
        place = ("open", "high", "low", "close", "volume").index(field)
        return np.array([self._last(held, one, step_ms, place) for one in wanted.tolist()], np.float64)

    @staticmethod
    def _last(held: dict[int, tuple[float, ...]], ts: int, step_ms: int, place: int) -> float:
        for back in range(STALE):
            row = held.get(ts - back * step_ms)
            if row is not None:
                return row[place]
        return np.nan


class Beside:
    """What is known beside the candles of one instrument and timeframe."""

    def __init__(self, others: Others | None = None) -> None:
        self._others = Others() if others is None else others
        self._measured: dict[int, FlowMeasured] = {}

    def add(self, event: FlowMeasured) -> None:
        self._measured[event.candle_ts] = event
        while len(self._measured) > KEPT:
            del self._measured[next(iter(self._measured))]

    def column(self, name: str, series: Series, start: int, stop: int) -> Floats:
        """A field at candles [start, stop); NaN where it is not known."""
        times = series.ts[start:stop]
        if name.startswith(OTHER):
            symbol, field = split(name)
            return self._others.column(symbol, field, series.timeframe, times, series.step_ms)
        found = np.full(stop - start, np.nan)
        if self._measured:
            field = name.removeprefix(PREFIX)
            for at, ts in enumerate(times.tolist()):
                event = self._measured.get(ts)
                if event is not None:
                    found[at] = getattr(event.book, field, getattr(event.tape, field, np.nan))
        return found
