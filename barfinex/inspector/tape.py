"""The last closes of each instrument, read as of a moment: what the volatility breaker judges by."""

from __future__ import annotations

from itertools import islice

from barfinex.config.limits import KEPT_MAX
from barfinex.domain.candles import Candles, Series

ARRIVED_MAX = 4 * KEPT_MAX
Closes = tuple[list[int], list[float]]
"""When candles closed, ms UTC, and at which price."""


class _Track:
    """Candles of one instrument: a long history that came in one piece, and what arrived since."""

    __slots__ = ("arrived", "history", "step_ms")

    def __init__(self, step_ms: int) -> None:
        self.step_ms = step_ms
        self.history: Series | None = None
        self.arrived: dict[int, float] = {}

    def take(self, block: Candles) -> None:
        """A long history is kept as it is; what is short or comes singly is collected."""
        series = block.series
        if len(series.ts) > KEPT_MAX:
            self.history = series
            return
        arrived, newest = self.arrived, next(reversed(self.arrived), 0)
        if block.known_at in arrived and self._first(block) in arrived:
            return  # It was shown before its time.
        arrived.update(zip((block.ts + self.step_ms).tolist(), block.close.tolist(), strict=True))
        if self._first(block) < newest:
            self.arrived = arrived = dict(sorted(arrived.items()))  # A gap was filled afterwards.
        if len(arrived) > ARRIVED_MAX:  # The older half is forgotten: nobody looks so far back.
            self.arrived = dict(islice(arrived.items(), len(arrived) - ARRIVED_MAX // 2, None))

    def _first(self, block: Candles) -> int:
        return block.series.ts.item(block.start) + self.step_ms

    def closes(self, now: int, count: int) -> Closes:
        times: list[int] = []
        closes: list[float] = []
        for at in reversed(self.arrived):
            if at <= now:
                times.append(at)
                closes.append(self.arrived[at])
                if len(times) == count:
                    break
        times.reverse()
        closes.reverse()
        if len(times) == count or self.history is None:
            return times, closes
        earlier = _before(self.history, times[0] - 1 if times else now, count - len(times))
        return earlier[0] + times, earlier[1] + closes


class Tape:
    """Blocks may be shown before their time, so a reader names the moment (I17). Of several timeframes of an
    instrument the finest is kept."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}

    def fold(self, block: Candles) -> None:
        step = block.series.step_ms
        track = self._tracks.get(block.instrument)
        if track is None or step < track.step_ms:
            track = self._tracks[block.instrument] = _Track(step)
        if step == track.step_ms and track.history is not block.series:
            track.take(block)

    def closes(self, instrument: str, now: int, count: int) -> Closes:
        """Of the last candles closed by `now`, at most `count`, oldest first."""
        track = self._tracks.get(instrument)
        return ([], []) if track is None else track.closes(now, count)


def _before(series: Series, until: int, count: int) -> Closes:
    end = series.after(until - series.step_ms)
    start = max(0, end - count)
    return (series.ts[start:end] + series.step_ms).tolist(), series.close[start:end].tolist()
