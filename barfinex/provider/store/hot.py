"""The newest candles, and incidents of missing ones, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from barfinex.domain.errors import BadInput
from barfinex.provider.store.rows import COLUMNS, EMPTY, TYPES, Rows

_SCHEMA = """
create table if not exists series (
  id integer primary key, instrument text not null, timeframe text not null, unique (instrument, timeframe));
create table if not exists candles (
  series integer not null references series, ts integer not null, known_at integer not null,
  open real not null, high real not null, low real not null, close real not null, volume real not null,
  provenance integer not null, primary key (series, ts, known_at)) without rowid;
create table if not exists incidents (
  series integer not null references series, first integer not null, candles integer not null,
  state text not null, attempts integer not null, opened_at integer not null, due_at integer not null,
  closed_at integer, primary key (series, first)) without rowid;
create view if not exists v_candles as
  select instrument, timeframe, ts, known_at, open, high, low, close, volume,
    case provenance when 0 then 'final' when 1 then 'provisional' when 2 then 'repaired' else 'synthetic' end
    as provenance from candles join series on series.id = candles.series;
create view if not exists v_incidents as
  select instrument, timeframe, first, candles, state, attempts, opened_at, due_at, closed_at
  from incidents join series on series.id = incidents.series;
"""
_READ = """
select ts, known_at, open, high, low, close, volume, provenance from candles
where series = ? and ts >= ? and ts < ? order by ts, known_at
"""
_WRITE = "insert or ignore into candles values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KEEP = """
insert into incidents values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (series, first) do update set
candles = excluded.candles, state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at,
closed_at = excluded.closed_at
"""


class Incident(NamedTuple):
    """A run of `candles` missing ones from `first` on. `state`: open, repaired, or lost (given up after so
    many attempts: nobody has them). Not asked again before `due_at`. All times ms UTC."""

    first: int
    candles: int
    state: str
    attempts: int
    opened_at: int
    due_at: int
    closed_at: int | None = None


class StoreTrouble(Exception):
    """Something could not be kept: the disk is full, or somebody else is writing."""


class HotTable:
    """One connection, which waits at most `wait_s` for others. Raises BadInput for a file that is no such
    store."""

    def __init__(self, path: Path, wait_s: float = 10.0) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
            self._db.executescript(f"pragma journal_mode=wal; pragma synchronous=normal; {_SCHEMA}")
        except (OSError, sqlite3.DatabaseError) as error:
            raise BadInput(str(path), f"is no candle store ({error})", "Name another folder.") from error
        self._ids: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        self._db.close()

    def names(self) -> list[tuple[str, str]]:
        """(instrument, timeframe) of every series."""
        return self._db.execute("select instrument, timeframe from series order by 1, 2").fetchall()

    def read(self, instrument: str, timeframe: str, start: int, end: int) -> Rows:
        """All versions of the candles that start in [start, end)."""
        key = self._id(instrument, timeframe)
        found = self._db.execute(_READ, (key, start, end)).fetchall()
        if not found:
            return EMPTY
        columns = zip(*found, strict=True)
        return Rows.of(np.array(column, dtype=kind) for column, kind in zip(columns, TYPES, strict=True))

    def write(self, instrument: str, timeframe: str, rows: Rows) -> None:
        key = self._id(instrument, timeframe)
        columns = zip(*(getattr(rows, name).tolist() for name in COLUMNS), strict=True)
        with self._db:
            self._db.execute("begin")
            self._db.executemany(_WRITE, ((key, *row) for row in columns))

    def drop(self, instrument: str, timeframe: str, before: int) -> None:
        """Forget the candles that start before `before`."""
        key = self._id(instrument, timeframe)
        self._db.execute("delete from candles where series = ? and ts < ?", (key, before))

    def first(self, instrument: str, timeframe: str) -> int | None:
        """The start of the oldest candle that is here."""
        key = self._id(instrument, timeframe)
        row = self._db.execute("select min(ts) from candles where series = ?", (key,)).fetchone()
        return None if row[0] is None else int(row[0])

    def incidents(self, instrument: str, timeframe: str) -> Sequence[Incident]:
        columns = "first, candles, state, attempts, opened_at, due_at, closed_at"
        text = f"select {columns} from incidents where series = ? order by first"  # noqa: S608 - names of ours
        return [Incident(*row) for row in self._db.execute(text, (self._id(instrument, timeframe),))]

    def keep(self, instrument: str, timeframe: str, one: Incident) -> None:
        self._db.execute(_KEEP, (self._id(instrument, timeframe), *one))

    def _id(self, instrument: str, timeframe: str) -> int:
        key = (instrument, timeframe)
        if key not in self._ids:
            self._db.execute("insert or ignore into series (instrument, timeframe) values (?, ?)", key)
            found = self._db.execute("select id from series where instrument = ? and timeframe = ?", key)
            self._ids[key] = found.fetchone()[0]
        return self._ids[key]
