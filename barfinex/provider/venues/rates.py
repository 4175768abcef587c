"""Funding rates of a linear future: a steady one, or those of a file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import numpy as np

from barfinex.domain.errors import BadInput
from barfinex.domain.money import exact
from barfinex.provider.venues.tables import FUNDING, open_table
from barfinex.provider.venues.times import NO_TIME, milliseconds

SUFFIX = "_funding"
MINUTE_MS, JITTER_MS = 60_000, 1_000
RATE_MAX = 1.0


class Rates(Protocol):
    def after(self, ts: int) -> tuple[int, Decimal] | None:
        """(time, rate) of the first settlement after `ts`, ms UTC; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Steady:
    """The same rate at every whole `every_ms` since 1970 UTC."""

    rate: Decimal
    every_ms: int

    def after(self, ts: int) -> tuple[int, Decimal] | None:
        return (ts // self.every_ms + 1) * self.every_ms, self.rate


@dataclass(frozen=True, slots=True)
class Listed:
    """The rates of a file, oldest first; `sha256` is of the file."""

    instrument: str
    name: str
    sha256: str
    ts: tuple[int, ...]
    rates: tuple[Decimal, ...]

    def after(self, ts: int) -> tuple[int, Decimal] | None:
        at = bisect_right(self.ts, ts)
        return (self.ts[at], self.rates[at]) if at < len(self.ts) else None


def load_rates(path: Path) -> Listed:
    """Read a Parquet or CSV file of `ts` and `rate`, named like `BTC-USDT_funding.parquet`.

    Venues stamp a settlement some milliseconds late: a time within a second of a whole minute is that minute.

    Raises:
        BadInput: the file or a column is unusable, its name tells no instrument, the times do not ascend, or
            a rate is none.
    """
    instrument, mark, _ = path.stem.partition(SUFFIX)
    if not (instrument and mark):
        remedy = "Name it like BTC-USDT_funding.parquet."
        raise BadInput(str(path), "is not named after an instrument", remedy)
    with open_table(path, FUNDING) as table:
        columns = [(batch.column("ts"), batch.column("rate")) for batch in table.batches]
        kind, sha256 = table.types["ts"], table.sha256
    if not columns:
        raise BadInput(str(path), "holds no rates", "Fetch it again.")
    raw, rates = (
        np.concatenate([each[k].to_numpy(zero_copy_only=False) for each in columns]) for k in range(2)
    )
    rates = rates.astype(np.float64)
    ts, _ = milliseconds(raw, kind, f"{path}, column ts")
    off = (ts + MINUTE_MS // 2) % MINUTE_MS - MINUTE_MS // 2
    whole = np.where(np.abs(off) <= JITTER_MS, ts - off, ts)
    for fault, what in (
        (np.flatnonzero(ts == NO_TIME), "no time"),
        (np.flatnonzero(~(np.abs(rates) <= RATE_MAX)), "no rate inside [-1, 1]"),
        (np.flatnonzero(np.diff(whole) <= 0) + 1, "not later than the row before"),
    ):
        if len(fault):
            raise BadInput(f"{path}, row {int(fault[0]) + 1}", f"is {what}", "Correct or delete the row.")
    return Listed(instrument, path.name, sha256, tuple(whole.tolist()), tuple(map(exact, rates.tolist())))
