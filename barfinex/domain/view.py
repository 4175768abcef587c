"""What each module knows of the market: blocks folded into series, read as of a moment."""

from __future__ import annotations

import numpy as np

from barfinex.domain.candles import Bytes, Candles, Floats, Series


class MarketView:
    """The candles delivered so far, per instrument and timeframe, at most `depth` of them once copied.

    A block that continues the base array of the one before only moves a cursor; any other block (a single
    candle arriving as it happens) is appended to a bounded copy.
    """

    def __init__(self, depth: int = 2_000) -> None:
        self._depth = depth
        self._seen: dict[tuple[str, str], Candles] = {}

    def fold(self, block: Candles) -> Candles:
        """Take a block in and return all candles now held of its series, oldest first."""
        held = self._seen.get(block.key)
        if held is None:
            held = block
        elif held.series is block.series:
            held = Candles(held.series, held.start, block.stop)
        else:
            held = self._append(held, block)
        self._seen[block.key] = held
        return held

    def get(self, instrument: str, timeframe: str) -> Candles | None:
        return self._seen.get((instrument, timeframe))

    def _append(self, held: Candles, block: Candles) -> Candles:
        keep = self._depth - len(block)
        if keep <= 0:
            return Candles(block.series, block.stop - self._depth, block.stop)
        held = Candles(held.series, max(held.start, held.stop - keep), held.stop)

        def join(a: Floats, b: Floats) -> Floats:
            return np.concatenate((a, b))

        series = Series(
            block.instrument,
            block.timeframe,
            np.concatenate((held.ts, block.ts)),
            join(held.open, block.open),
            join(held.high, block.high),
            join(held.low, block.low),
            join(held.close, block.close),
            join(held.volume, block.volume),
            block.series.provenance,
            block.series.source,
            marks=_marks(held, block),
        )
        return series.block()


def _marks(held: Candles, block: Candles) -> Bytes | None:
    """Each candle's own provenance; None where all are of the block's."""
    plain = held.series.marks is None and block.series.marks is None
    if plain and held.series.provenance is block.series.provenance:
        return None
    return np.concatenate((held.marks, block.marks))


class Marks:
    """Last known close per instrument as of a moment.

    Blocks may be shown before their time (the coming candles of a `quiet` question): a lookup never reads a
    candle that closes after the moment asked for.
    """

    def __init__(self) -> None:
        self._blocks: dict[str, Candles] = {}
        self._finest: dict[str, int] = {}

    def fold(self, block: Candles) -> None:
        """Take a block in; of several timeframes of an instrument the finest is kept."""
        held = self._blocks.get(block.instrument)
        if held is not None and held.series is block.series and held.stop >= block.stop:
            return  # It was shown before its time.
        step = block.series.step_ms
        if step <= self._finest.setdefault(block.instrument, step):
            self._finest[block.instrument] = step
            self._blocks[block.instrument] = block

    def at(self, instrument: str, now: int) -> tuple[float, int] | None:
        """(price, close time in ms) of the last candle closed by `now`, or None when there is none."""
        block = self._blocks.get(instrument)
        if block is None:
            return None
        series = block.series
        end = min(block.stop, series.after(now - series.step_ms))
        if end == 0:
            return None
        return series.close.item(end - 1), series.ts.item(end - 1) + series.step_ms
