"""A candle file as columns of numbers; nothing is judged yet but the file itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.candles import Floats, Ints
from barfinex.domain.errors import BadInput
from barfinex.provider.venues.tables import Table, open_table
from barfinex.provider.venues.times import NO_TIME, milliseconds

ROW_BYTES, COPIES = 48, 2.5  # Six columns; what is left out and measured takes as much again.


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a file as they are. `ts` is ms UTC, or NO_TIME where a cell holds no whole millisecond.

    A price that is absent is NaN. Without `has_volume` the volume is all zeros. `sha256` is of the file.
    """

    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    has_volume: bool
    sha256: str
    notes: tuple[str, ...]

    def only(self, rows: NDArray[np.bool_] | Ints) -> Columns:
        """The rows that are marked or numbered."""
        first, high, low = self.open[rows], self.high[rows], self.low[rows]
        last, volume = self.close[rows], self.volume[rows]
        ts = self.ts[rows]
        return Columns(ts, first, high, low, last, volume, self.has_volume, self.sha256, self.notes)


def read_columns(path: Path) -> Columns:
    """Read ts, open, high, low, close, volume; header names in any case, other columns ignored.

    Raises:
        BadInput: the file is missing, empty, cut short or not what its name says, or a column is missing or
            holds text where numbers belong; or it holds more rows than this machine can.
    """
    with open_table(path) as table:
        _check_types(path, table)
        _refuse_too_many(path, table.rows_max, _memory())
        columns, nulls = _fill(table)
    rows = len(columns["ts"])
    if not rows:
        raise BadInput(str(path), "holds no candles", "Fetch it again.")
    ts, time_note = milliseconds(columns["ts"], table.types["ts"], f"{path}, column ts")
    notes = [*table.notes, time_note] if time_note else [*table.notes]
    volume = columns.get("volume")
    has_volume = volume is not None and nulls < rows and not np.isnan(volume).all()
    if volume is None or not has_volume:
        volume = np.zeros(rows)
        notes.append("no volume: taken as 0")
    elif nulls:
        notes.append(f"volume is null in {nulls} rows: taken as 0")
    first, high, low, last = (columns[name] for name in ("open", "high", "low", "close"))
    return Columns(ts, first, high, low, last, volume, has_volume, table.sha256, tuple(notes))


def _memory() -> int:
    """Of this machine, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _refuse_too_many(path: Path, rows: int, memory: int) -> None:
    """Rather a word now than a process that is killed later."""
    needed = rows * ROW_BYTES * COPIES
    if needed > memory // 2:
        reason = f"has {rows:,} rows, for which {needed / 1e9:.1f} GB are needed, and half of memory is less"
        raise BadInput(str(path), reason, "Split it by time, or `data import` its parts into the store.")


def _check_types(path: Path, table: Table) -> None:
    import pyarrow as pa

    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    times = (*numbers[:2], pa.types.is_date, pa.types.is_timestamp)
    for name, kind in table.types.items():
        if not any(is_kind(kind) for is_kind in (times if name == "ts" else numbers)):
            what, remedy = ("times", "integers: ms UTC") if name == "ts" else ("numbers", "float64")
            raise BadInput(f"{path}, column {name}", f"holds {kind} where {what} belong", f"Write {remedy}.")


def _fill(table: Table) -> tuple[dict[str, NDArray[Any]], int]:
    """The columns by name, filled batch by batch, lest it be held twice; and the number of null volumes."""
    import pyarrow as pa

    wholes = {"ts"} if not pa.types.is_floating(table.types["ts"]) else set()
    columns = {
        name: np.empty(table.rows_max, np.int64 if name in wholes else np.float64) for name in table.types
    }
    rows = nulls = 0
    for batch in table.batches:
        for name, cells in zip(batch.schema.names, batch.columns, strict=True):
            if name in wholes:
                days = pa.types.is_date(cells.type)
                whole = cells.cast(pa.timestamp("ms")) if days else cells
                numbers = whole.cast(pa.int64()).fill_null(NO_TIME)
            else:
                numbers = cells.cast(pa.float64())
                if name == "volume":
                    nulls += cells.null_count
                    numbers = numbers.fill_null(0.0)
            columns[name][rows : rows + len(cells)] = numbers.to_numpy(zero_copy_only=False)
        rows += batch.num_rows
    return {name: column[:rows] for name, column in columns.items()}, nulls
