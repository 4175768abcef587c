"""Candles as columns: a block is a window on read-only arrays, so passing a million of them costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.instrument import timeframe_ms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


PLAIN = {"instrument", "timeframe", "provenance", "rows"}


class Provenance(IntEnum):
    """Where a candle comes from; only what is FINAL may be acted on without a policy that allows more."""

    FINAL = 0
    PROVISIONAL = 1
    REPAIRED = 2
    SYNTHETIC = 3


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """All candles of one instrument and timeframe: equal-length, read-only columns in time order.

    `ts` is the start of each candle in ms UTC; prices are in quote units, volume in base units. All candles
    are of one `provenance`, unless `marks` gives each its own, as the number of a Provenance.
    """

    instrument: str
    timeframe: str
    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    provenance: Provenance = Provenance.FINAL
    source: str = ""
    step_ms: int = 0
    marks: Bytes | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "step_ms", timeframe_ms(self.timeframe))
        columns = (self.ts, self.open, self.high, self.low, self.close, self.volume)
        for column in columns if self.marks is None else (*columns, self.marks):
            if len(column) != len(self.ts):
                raise ValueError(f"{self.instrument} {self.timeframe}: columns of unequal length")
            column.flags.writeable = False

    def worst(self, start: int, stop: int) -> Provenance:
        """What is furthest from FINAL among the candles of [start, stop)."""
        return self.provenance if self.marks is None else Provenance(self.marks[start:stop].max(initial=0))

    def unsure(self, start: int, stop: int) -> int:
        """How many of the candles of [start, stop) are not FINAL."""
        if self.marks is None:
            return stop - start if self.provenance else 0
        return int(np.count_nonzero(self.marks[start:stop]))

    def after(self, ts: int) -> int:
        """Index of the first candle that starts after `ts`, ms UTC; their number when none does.

        Without gaps it is where arithmetic says; a search lets other threads run, and waits for its turn.
        """
        size = len(self.ts)
        if not size:
            return 0
        item = self.ts.item
        index = min(max((ts - item(0)) // self.step_ms + 1, 0), size)
        if (index == size or item(index) > ts) and (index == 0 or item(index - 1) <= ts):
            return index
        return int(self.ts.searchsorted(ts, side="right"))

    def block(self, start: int = 0, stop: int | None = None) -> Candles:
        return Candles(self, start, len(self.ts) if stop is None else stop)


class Candles:
    """A block of closed candles, length >= 1: the window [start, stop) of a series.

    `known_at` of a candle is its close time, `ts + step_ms`. A block never shows a candle outside its window.
    """

    __slots__ = ("instrument", "series", "start", "stop")

    def __init__(self, series: Series, start: int, stop: int) -> None:
        if not 0 <= start < stop <= len(series.ts):
            raise ValueError(f"no candles in [{start}, {stop}) of {len(series.ts)}")
        self.series, self.start, self.stop = series, start, stop
        self.instrument = series.instrument

    def __len__(self) -> int:
        return self.stop - self.start

    def __repr__(self) -> str:
        return f"Candles({self.instrument} {self.timeframe} [{self.start}, {self.stop}) to {self.known_at})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candles) and self.plain() == other.plain()

    __hash__ = None  # type: ignore[assignment]

    @property
    def timeframe(self) -> str:
        return self.series.timeframe

    @property
    def key(self) -> tuple[str, str]:
        return self.series.instrument, self.series.timeframe

    @property
    def ts(self) -> Ints:
        return self.series.ts[self.start : self.stop]

    @property
    def open(self) -> Floats:
        return self.series.open[self.start : self.stop]

    @property
    def high(self) -> Floats:
        return self.series.high[self.start : self.stop]

    @property
    def low(self) -> Floats:
        return self.series.low[self.start : self.stop]

    @property
    def close(self) -> Floats:
        return self.series.close[self.start : self.stop]

    @property
    def volume(self) -> Floats:
        return self.series.volume[self.start : self.stop]

    @property
    def provenance(self) -> Provenance:
        """What is furthest from FINAL in the block."""
        return self.series.worst(self.start, self.stop)

    @property
    def marks(self) -> Bytes:
        """Each candle's own provenance, as a number."""
        marks = self.series.marks
        if marks is None:
            return np.full(len(self), self.series.provenance, dtype=np.uint8)
        return marks[self.start : self.stop]

    @property
    def last_ts(self) -> int:
        """Start of the last candle, ms UTC."""
        return self.series.ts.item(self.stop - 1)

    @property
    def known_at(self) -> int:
        """Close of the last candle: the moment from which the whole block may be known, ms UTC."""
        return self.series.ts.item(self.stop - 1) + self.series.step_ms

    @property
    def last_close(self) -> float:
        return self.series.close.item(self.stop - 1)

    def head(self, count: int) -> Candles:
        """The first `count` candles."""
        return (
            self if count >= self.stop - self.start else Candles(self.series, self.start, self.start + count)
        )

    def after(self, ts: int) -> int:
        """How many of the block's candles start at `ts`, ms UTC, or before."""
        return min(max(self.series.after(ts), self.start), self.stop) - self.start

    def last(self) -> Candles:
        return Candles(self.series, self.stop - 1, self.stop)

    @classmethod
    def from_plain(cls, raw: object) -> Candles:
        """The block that `plain` gave, as a series of its own.

        Raises:
            ValueError: it is none.
        """
        if not isinstance(raw, dict) or raw.keys() - {"marks"} != PLAIN:
            raise ValueError("candles are a mapping of instrument, timeframe, provenance and rows")
        provenance = Provenance[raw["provenance"].upper()]
        marks = raw.get("marks")
        series = series_of(raw["instrument"], raw["timeframe"], raw["rows"], "journal", provenance, marks)
        return series.block()

    def plain(self) -> dict[str, object]:
        """The block as plain data, ready for JSON; `marks` only where its candles differ."""
        worst, marks = self.provenance, self.series.marks
        plain: dict[str, object] = {
            "instrument": self.instrument,
            "timeframe": self.timeframe,
            "provenance": worst.name.lower(),
            "rows": self.rows(),
        }
        if marks is not None and (self.marks != worst).any():
            plain["marks"] = self.marks.tolist()
        return plain

    def rows(self) -> list[list[float]]:
        """[[ts, open, high, low, close, volume], …] as plain numbers."""
        columns = (self.ts, self.open, self.high, self.low, self.close, self.volume)
        return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def series_of(
    instrument: str,
    timeframe: str,
    rows: list[list[float]],
    source: str = "",
    provenance: Provenance = Provenance.FINAL,
    marks: Sequence[int] | None = None,
) -> Series:
    """A series from rows of [ts, open, high, low, close, volume]; `marks` are each row's own provenance."""
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 6)
    ts = np.array([int(row[0]) for row in rows], dtype=np.int64)
    first, high, low, last, volume = (np.ascontiguousarray(table[:, k]) for k in range(1, 6))
    own = None if marks is None else np.array(marks, dtype=np.uint8)
    return Series(instrument, timeframe, ts, first, high, low, last, volume, provenance, source, marks=own)
