"""The journal's schema, in numbered steps, each applied once, in order, and never changed afterwards."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from barfinex.audit.chain import COLUMNS
from barfinex.domain.errors import BadInput

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x42415246  # "BARF": what tells a journal from any other SQLite file
VIEWS = Path(__file__).with_name("views.sql")
_SET = "journal"


def m001_events(db: Database) -> None:
    """The chain itself. `head` repeats the last row, so that rows missing at the end are noticed."""
    numbers = {"version", "ts", "known_at", "correlation", "causation"}
    columns = ", ".join(f"{name} {'integer' if name in numbers else 'text'} not null" for name in COLUMNS[1:])
    columns += ", hash blob not null, took_us integer not null"
    db.execute(f"create table events (seq integer primary key, {columns}) strict")
    db.execute("create index events_by_correlation on events (correlation)")
    for change in ("update", "delete"):
        db.execute(
            f"create trigger events_no_{change} before {change} on events "
            "begin select raise(abort, 'the journal is append-only'); end"
        )
    db.execute("create table head (id integer primary key check (id = 1), seq integer, hash blob) strict")
    db.execute("insert into head values (1, 0, zeroblob(32))")


def m002_notes(db: Database) -> None:
    """What helps to find a run's inputs again (paths) but is no fact of the run: outside the chain."""
    db.execute("create table notes (run_id text primary key, body text not null) strict")


def m003_segment(db: Database) -> None:
    """Where the chain begins in this file: its first row, the hash before it, the file that ends with it."""
    columns = "first integer not null, previous blob not null, file text not null"
    db.execute(f"create table segment (id integer primary key check (id = 1), {columns}) strict")
    db.execute("insert into segment values (1, 1, zeroblob(32), '')")


STEPS = (m001_events, m002_notes, m003_segment)


def claim(db: sqlite3.Connection, path: Path) -> None:
    """Make an empty file ours; one that is not is left exactly as it is.

    Raises:
        BadInput: the file is no journal, or a newer version made it.
    """
    if not db.execute("select count(*) from sqlite_master").fetchone()[0]:
        db.execute(f"pragma application_id = {APPLICATION_ID}")
    _applied(db, path)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring a new or older journal up to date, views included; an older one is copied first."""
    from sqlite_utils import Database  # A tenth of a second, and only whoever writes needs it.

    applied = _applied(db, path)
    if 0 < len(applied) < len(STEPS):
        copy(db, path.with_name(f"{path.name}.{max(applied)[:4]}.bak"))
    _steps().apply(Database(db, execute_plugins=False))
    db.executescript(f"begin immediate; {VIEWS.read_text(encoding='utf-8')} commit;")


def copy(db: sqlite3.Connection, place: Path) -> None:
    """The whole file as it is now, in one read transaction, also while it is written.

    Raises:
        sqlite3.Error: there is no room.
    """
    target = sqlite3.connect(place)
    try:
        db.backup(target)
        target.execute("pragma journal_mode = delete")  # One file, without a log beside it.
    finally:
        target.close()


@lru_cache(1)
def blueprint() -> dict[str, str]:
    """What the steps make, by name: tables, indices and guards as SQL."""
    db = sqlite3.connect(":memory:")
    from sqlite_utils import Database

    _steps().apply(Database(db, execute_plugins=False))
    made = dict(db.execute("select name, sql from sqlite_master where sql is not null"))
    db.close()
    return {name: sql for name, sql in made.items() if not name.startswith("_")}


def check(db: sqlite3.Connection, path: Path) -> None:
    """Raises BadInput when the file is not a journal of this version."""
    if len(_applied(db, path)) < len(STEPS):
        remedy = "Write to it once (barfinex run --journal) to bring it up to date."
        raise BadInput(str(path), "was made by an older version of Barfinex", remedy)


def _applied(db: sqlite3.Connection, path: Path) -> set[str]:
    """The steps that made this journal. Raises BadInput when it is none, or a newer version's."""
    if db.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        reason = "is an SQLite file, but not a Barfinex journal"
        raise BadInput(str(path), reason, "Name another with --journal.")
    if not db.execute("select 1 from sqlite_master where name = '_sqlite_migrations'").fetchone():
        return set()
    sql = "select name from _sqlite_migrations where migration_set = ?"
    applied = {str(name) for (name,) in db.execute(sql, (_SET,))}
    unknown = sorted(applied - {step.__name__ for step in STEPS})
    if unknown:
        reason = f"was made by a newer version of Barfinex ({', '.join(unknown)})"
        raise BadInput(str(path), reason, "Update Barfinex to read it.")
    return applied


def _steps() -> Migrations:
    from sqlite_utils import Migrations

    steps = Migrations(_SET)
    for step in STEPS:
        steps()(step)
    return steps
