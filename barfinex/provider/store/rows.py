"""Candles as they are kept: what each was believed to be, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.candles import Bytes, Candles, Floats, Ints, Provenance, Series

PRICES = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Rows:
    """Versions of candles of one series, by `ts` and then `known_at`, both ms UTC; equal-length columns.

    A candle that was corrected is there more than once: what holds at a moment is the newest version that was
    known by then. `marks` are numbers of Provenance.
    """

    ts: Ints
    known_at: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    marks: Bytes

    @classmethod
    def of(cls, columns: Iterable[Any]) -> Rows:
        """From its columns, in their order."""
        return cls(*columns)

    def __len__(self) -> int:
        return len(self.ts)

    def only(self, chosen: NDArray[np.bool_] | Ints) -> Rows:
        """The rows that are marked or numbered."""
        return Rows.of(getattr(self, name)[chosen] for name in COLUMNS)

    def as_of(self, moment: int | None) -> Rows:
        """One row a candle: the newest version known by `moment` (ms UTC); None: the newest of all."""
        known = self if moment is None else self.only(self.known_at <= moment)
        last = np.ones(len(known), dtype=np.bool_)
        last[:-1] = known.ts[1:] != known.ts[:-1]
        return known if last.all() else known.only(last)

    def series(self, instrument: str, timeframe: str) -> Series:
        """As a series; there must be one row a candle."""
        prices = self.open, self.high, self.low, self.close, self.volume
        marks = self.marks if self.marks.any() else None
        return Series(instrument, timeframe, self.ts, *prices, source="store", marks=marks)


COLUMNS = ("ts", "known_at", *PRICES, "marks")
TYPES = (np.int64, np.int64, *(np.float64,) * 5, np.uint8)
EMPTY = Rows.of(np.empty(0, dtype=kind) for kind in TYPES)


def rows_of(block: Candles, now: int) -> Rows:
    """The candles of a block: those that are FINAL known since each closed, others since `now` (ms UTC)."""
    closes, marks = block.ts + block.series.step_ms, block.marks
    known = np.where(marks == Provenance.FINAL, closes, np.maximum(closes, now))
    return Rows.of((block.ts, known, *(getattr(block, name) for name in PRICES), marks))


def joined(parts: list[Rows]) -> Rows:
    """All of them in order, each version once."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else EMPTY
    whole = Rows.of(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS)
    if (whole.ts[1:] > whole.ts[:-1]).all():
        return whole
    whole = whole.only(np.lexsort((whole.known_at, whole.ts)))
    again = np.zeros(len(whole), dtype=np.bool_)
    again[1:] = (whole.ts[1:] == whole.ts[:-1]) & (whole.known_at[1:] == whole.known_at[:-1])
    return whole.only(~again) if again.any() else whole


def changes(held: Rows, given: Rows, now: int) -> tuple[Rows, int, int]:
    """(what of `given` is new or differs from what holds, how many are new, how many differ).

    What differs is known from `now` on, and after what it corrects. A made-up or provisional candle never
    replaces one of the exchange's own.
    """
    known = held.as_of(None)
    at = np.searchsorted(known.ts, given.ts)
    found = np.isin(given.ts, known.ts)
    at[~found] = 0
    differs = found.copy()
    for name in PRICES if found.any() else ():
        differs &= getattr(known, name)[at] == getattr(given, name)
    differs = found & ~differs
    if differs.any():
        differs &= ~np.isin(given.marks, WEAK) | np.isin(known.marks[at], WEAK)
        later = np.maximum(known.known_at[at] + 1, now)
        given = replace(given, known_at=np.where(differs, later, given.known_at))
    return given.only(~found | differs), int(np.sum(~found)), int(np.sum(differs))


WEAK = (Provenance.PROVISIONAL, Provenance.SYNTHETIC)
