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
    both_refuse(path, r"newer version of Barfinex \(m002_notes\)")


def test_a_journal_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "journal.db", migrations.STEPS
    monkeypatch.setattr(migrations, "STEPS", steps[:1])
    write(path, notes(3))
    monkeypatch.setattr(migrations, "STEPS", steps)
    with pytest.raises(BadInput, match="older version"):
        Reader(path)
    write(path, [])
    with Reader(path) as reader:
        assert (reader.verify().rows, reader.notes("run-1")) == (3, {})


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
