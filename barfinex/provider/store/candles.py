"""The candle store: what is new in SQLite, what is older in Parquet, corrections beside what they correct."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from barfinex.domain.candles import Candles, Ints, Series
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider.gaps import Runs, closures, missing
from barfinex.provider.store.hot import HotTable, StoreTrouble
from barfinex.provider.store.partitions import Partitions
from barfinex.provider.store.rows import Rows, changes, joined, rows_of

DAY_MS = 86_400_000
FIRST, LAST = 0, 10**13


class Put(NamedTuple):
    """How many candles were new, how many differed from what was kept, and how many were known already."""

    added: int
    changed: int
    same: int


class CandleStore:
    """Candles by instrument and timeframe under a folder: `hot.db` and `history/`. Not shared by threads.

    Nothing is overwritten: a candle that is told otherwise later is kept as a further version, known from
    then on. `get(…, as_of=t)` shows what was known at `t`: no decision sees a repair before it was made.

    Raises:
        BadInput: the folder holds something else, or a file in it is damaged.
    """

    def __init__(self, root: Path, hot_days: int = 7, wait_s: float = 10.0) -> None:
        self._hot_ms = hot_days * DAY_MS
        self.hot, self._months = HotTable(root / "hot.db", wait_s), Partitions(root / "history")

    def close(self) -> None:
        self.hot.close()

    def names(self) -> list[tuple[str, str]]:
        """(instrument, timeframe) of everything kept."""
        return sorted({*self.hot.names(), *self._months.names()})

    def get(
        self, instrument: str, timeframe: str, start: int = FIRST, end: int = LAST, as_of: int | None = None
    ) -> Series:
        """The candles that start in [start, end), ms UTC, as they were known at `as_of`, or as they are."""
        return self._read(instrument, timeframe, start, end).as_of(as_of).series(instrument, timeframe)

    def put(self, block: Candles, now: int, *, dry: bool = False) -> Put:
        """Keep candles. The exchange's own count as known since each closed; what was repaired or made up,
        and what corrects a candle, is known from `now` (ms UTC) on. `dry`: only say what would come of it.

        Raises:
            StoreTrouble: nothing of it could be kept.
        """
        try:
            return self._put(block, now, dry=dry)
        except (sqlite3.Error, OSError, BadInput) as error:
            raise StoreTrouble(str(error)) from error

    def _put(self, block: Candles, now: int, *, dry: bool) -> Put:
        instrument, timeframe = block.key
        held = self._read(instrument, timeframe, int(block.ts[0]), block.last_ts + 1)
        wanted, added, changed = changes(held, rows_of(block, now), now)
        if len(wanted) and not dry:
            self._write(instrument, timeframe, wanted, block.last_ts)
        return Put(added, changed, len(block) - added - changed)

    def gaps(self, instrument: str, timeframe: str) -> Runs:
        """The runs of candles that are missing, hours in which the market is shut left out."""
        ts: Ints = self.get(instrument, timeframe).ts
        step = timeframe_ms(timeframe)
        runs = missing(ts, step)
        return runs.where(~closures(runs, ts, step))

    def settle(self, now: int, keep_days: int = 0) -> int:
        """Move what is no longer hot to its month, and forget months older than `keep_days` (0: none);
        returns how many candles moved. Interrupted, it does the same again: no version is kept twice."""
        moved = 0
        for instrument, timeframe in self.names():
            first = self.hot.first(instrument, timeframe)
            edge = now - self._hot_ms
            if first is not None and first < edge:
                old = self.hot.read(instrument, timeframe, FIRST, edge)
                self._months.write(instrument, timeframe, old)
                self.hot.drop(instrument, timeframe, edge)
                moved += len(old)
            if keep_days:
                self._months.drop(instrument, timeframe, now - keep_days * DAY_MS)
        return moved

    def months(self, instrument: str, timeframe: str) -> list[str]:
        """The months that are kept in Parquet, as `2025-05`."""
        return self._months.months(instrument, timeframe)

    def _read(self, instrument: str, timeframe: str, start: int, end: int) -> Rows:
        old = self._months.read(instrument, timeframe, start, end)
        return joined([old, self.hot.read(instrument, timeframe, start, end)])

    def _write(self, instrument: str, timeframe: str, rows: Rows, newest: int) -> None:
        """What is old already goes to its months at once; what is new is hot until it has settled."""
        old = rows.ts < newest - self._hot_ms
        if old.any():
            self._months.write(instrument, timeframe, rows.only(old))
        if not old.all():
            self.hot.write(instrument, timeframe, rows.only(~old))
