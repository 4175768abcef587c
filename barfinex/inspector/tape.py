"""The last closes of each instrument, read as of a moment: what the volatility breaker judges by."""

from __future__ import annotations

from itertools import islice

from barfinex.config.limits import KEPT_MAX
from barfinex.domain.candles import Candles, Series

ARRIVED_MAX = 4 * KEPT_MAX


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

    def closes(self, now: int, count: int) -> list[tuple[int, float]]:
        """The last (close time, close), oldest first, of candles closed by `now`: at most `count`."""
        found: list[tuple[int, float]] = []
        for at in reversed(self.arrived):
            if at <= now:
                found.append((at, self.arrived[at]))
                if len(found) == count:
                    break
        found.reverse()
        lacking = count - len(found)
        if lacking and self.history is not None:
            until = found[0][0] - 1 if found else now
            found = _before(self.history, until, lacking) + found
        return found


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

    def closes(self, instrument: str, now: int, count: int) -> list[tuple[int, float]]:
        """(close time in ms UTC, close) of the last candles closed by `now`, oldest first."""
        track = self._tracks.get(instrument)
        return [] if track is None else track.closes(now, count)


def _before(series: Series, until: int, count: int) -> list[tuple[int, float]]:
    end = int(series.ts.searchsorted(until - series.step_ms, side="right"))
    start = max(0, end - count)
    times = (series.ts[start:end] + series.step_ms).tolist()
    return list(zip(times, series.close[start:end].tolist(), strict=True))
