"""A file is a journal of a known version, or a clear refusal that leaves it as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from barfinex.audit import migrations
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.domain.errors import BadInput
from tests.audit.story import notes, write


def both_refuse(path: Path, message: str) -> None:
    before = path.read_bytes()
    with pytest.raises(BadInput, match=message):
        Reader(path)
    with pytest.raises(BadInput, match=message):
        SqliteJournal(path, sync="full")
    with pytest.raises(BadInput, match=message):
        SqliteJournal(path, sync="batch")
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.lock"))


def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "candles.csv"
    path.write_text("ts,open,high,low,close,volume\n" * 200)
    both_refuse(path, r"candles\.csv: is not a Barfinex journal, or is damaged")


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.executescript("create table events (seq); insert into events values (1)")
    db.close()
    both_refuse(path, "not a Barfinex journal")


def test_a_truncated_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write(path, notes(2_000))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    both_refuse(path, "damaged")


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    write(path, notes(3))
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:1])
    both_refuse(path, r"newer version of Barfinex \(m002_notes, m003_segment\)")


TABLES = ("events", "notes", "segment")  # What each step made.


@pytest.mark.parametrize("steps", [1, 2])
def test_a_journal_of_an_older_version_is_brought_up_to_date(tmp_path: Path, steps: int) -> None:
    """R64, F84: and a copy of it as it was is kept."""
    path = tmp_path / "journal.db"
    head = write(path, notes(3))
    db = sqlite3.connect(path)
    for step, table in list(zip(migrations.STEPS, TABLES, strict=True))[steps:]:
        db.execute(f"drop table {table}")
        db.execute("delete from _sqlite_migrations where name = ?", (step.__name__,))
    db.commit()
    db.close()
    with pytest.raises(BadInput, match="older version"):
        Reader(path)
    assert not list(tmp_path.glob("*.bak"))
    assert write(path, []) == head
    with Reader(path) as reader:
        assert (reader.verify().rows, reader.notes("run-1"), reader.first) == (3, {}, 1)
    kept = sqlite3.connect(tmp_path / f"journal.db.m00{steps}.bak")
    tables = {name for (name,) in kept.execute("select name from sqlite_master where type = 'table'")}
    assert (tables & set(TABLES), kept.execute("select count(*) from events").fetchone()) == (
        set(TABLES[:steps]),
        (3,),
    )
    kept.close()


def test_steps_are_applied_once_in_order(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for _ in range(3):
        write(path, [])
    db = sqlite3.connect(path)
    applied = db.execute("select name from _sqlite_migrations order by rowid").fetchall()
    db.close()
    assert [name for (name,) in applied] == [step.__name__ for step in migrations.STEPS]
    assert [step.__name__[:4] for step in migrations.STEPS] == [
        f"m{n:03}" for n in range(1, len(applied) + 1)
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.db: does not exist"):
        Reader(tmp_path / "nowhere.db")
    with pytest.raises(BadInput, match="cannot be written"):
        SqliteJournal(tmp_path / "no" / "folder.db", sync="full")
    with pytest.raises(BadInput, match="does not exist"):
        Reader(tmp_path)


def test_a_journal_whose_end_was_changed_takes_no_more_rows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write(path, notes(3))
    db = sqlite3.connect(path)
    db.executescript("drop trigger events_no_delete; delete from events where seq = 3")
    db.close()
    with pytest.raises(BadInput, match="does not end where it should"):
        SqliteJournal(path, sync="full")


def test_a_file_that_another_program_holds_is_said_to_be_in_use(tmp_path: Path) -> None:
    """F67, at the start."""
    path = tmp_path / "journal.db"
    write(path, notes(3))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    for sync in ("full", "batch"):
        with pytest.raises(BadInput, match=r"journal\.db: is in use by another program"):
            SqliteJournal(path, sync=sync)
    other.close()
    assert write(path, notes(1, before=3))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_folder_that_takes_no_file_is_named() -> None:
    """F71: permissions and read-only disks alike, whoever runs this."""
    with pytest.raises(BadInput, match=r"/proc/journal\.db: cannot be written"):
        SqliteJournal(Path("/proc/journal.db"), sync="full", ballast=0)
