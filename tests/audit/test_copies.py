"""Copies: made while the journal is written, put back only where they belong (R61, F145-F147)."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from barfinex.audit.copies import backup, restore
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.lock import WriterLock
from barfinex.audit.reader import Reader
from barfinex.audit.rotation import rotate
from barfinex.audit.seal import SealFile, beside
from barfinex.domain.errors import BadInput
from tests.audit.story import notes, told, write

ROWS = told()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "journal.db"
    write(place, ROWS)
    return place


@pytest.fixture
def away(tmp_path: Path) -> Path:
    (tmp_path / "away").mkdir()
    return tmp_path / "away" / "copy.db"


def rows_in(path: Path) -> list[object]:
    with Reader(path) as reader:
        assert reader.verify().ok
        return list(reader.envelopes())


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(bytes(60_000))


def test_a_copy_is_the_journal_and_can_be_put_back_over_a_damaged_one(path: Path, away: Path) -> None:
    made = backup(path, away)
    assert (made.rows, rows_in(away)) == (len(ROWS), ROWS)
    damage(path)
    with pytest.raises(BadInput):
        Reader(path)
    done = restore(away, path, {})
    assert (done.rows, rows_in(path)) == (len(ROWS), ROWS)
    assert done.aside is not None
    assert Path(done.aside).exists()
    assert write(path, notes(5, before=len(ROWS))) != done.head


def test_a_copy_of_one_moment_is_taken_while_rows_are_written(path: Path, away: Path) -> None:
    """R61: the writer goes on, the copy verifies, and the seal beside it is true of it."""
    seal = SealFile(beside(path))
    stop, slowest = threading.Event(), 0.0

    with SqliteJournal(path, sync="full", seal=seal, ballast=0) as journal:

        def work() -> None:
            nonlocal slowest
            while not stop.is_set():
                began = time.monotonic()
                for envelope in notes(50, before=journal.last_seq):
                    journal.append(envelope)
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.001)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            time.sleep(0.1)
            journal.seal()
            made = [backup(path, away.with_name(f"copy{at}.db")) for at in range(3)]
        finally:
            stop.set()
            thread.join()
        assert journal.trouble is None
    assert slowest < 1.0
    for at, one in enumerate(made):
        place = away.with_name(f"copy{at}.db")
        with Reader(place) as reader:
            found = reader.verify(SealFile(beside(place)).read().heads)
        assert (found.ok, found.rows, found.sealed is not None) == (True, one.rows, True)
        assert one.rows > len(ROWS)


def test_closed_files_are_copied_too(path: Path, away: Path) -> None:
    rotate(path, even_if_open=True)
    write(path, notes(3, before=len(ROWS)))
    made = backup(path, away)
    assert [Path(one).name for one in made.files] == ["journal.000000001-000000064.db", "copy.db"]
    fresh = path.parent / "new" / "journal.db"
    fresh.parent.mkdir()
    assert restore(away, fresh, {}).rows == len(ROWS) + 3
    assert rows_in(fresh) == rows_in(path)


def test_nothing_is_overwritten_by_a_copy(path: Path, away: Path) -> None:
    away.write_text("precious")
    with pytest.raises(BadInput, match="exists already"):
        backup(path, away)
    assert away.read_text() == "precious"
    with pytest.raises(BadInput, match="cannot be written"):
        backup(path, path.parent / "no" / "folder.db")


def test_a_newer_journal_is_not_replaced_by_an_older_copy(path: Path, away: Path) -> None:
    backup(path, away)
    write(path, notes(2, before=len(ROWS)))
    with pytest.raises(BadInput, match="ends at row 66, after the copy's last row 64"):
        restore(away, path, {})
    assert len(rows_in(path)) == len(ROWS) + 2
    assert not list(path.parent.glob("*.aside"))


def test_another_journal_is_not_replaced(path: Path, away: Path) -> None:
    """F147: a copy of another account's journal."""
    backup(path, away)
    other = path.with_name("other.db")
    write(other, notes(3))
    with pytest.raises(BadInput, match="is another journal"):
        restore(away, other, {})
    with pytest.raises(BadInput, match="that journal itself"):
        restore(path, path, {})


def test_a_journal_that_is_being_written_is_not_replaced(path: Path, away: Path) -> None:
    backup(path, away)
    lock = WriterLock(path)
    with pytest.raises(BadInput, match="being written by another process"):
        restore(away, path, {})
    lock.release()


def test_a_copy_that_does_not_verify_is_not_put_back(path: Path, away: Path) -> None:
    """F145, F146: changed, cut, or no journal at all."""
    backup(path, away)
    with pytest.raises(BadInput, match="does not verify at row 65: it was sealed, and is missing"):
        restore(away, path, {65: "00"})
    db = sqlite3.connect(away)
    db.executescript("drop trigger events_no_update; update events set ts = 0 where seq = 9")
    db.close()
    with pytest.raises(BadInput, match="does not verify at row 9"):
        restore(away, path, {})
    away.write_text("ts,open,high,low,close,volume\n" * 100)
    with pytest.raises(BadInput, match="not a Barfinex journal"):
        restore(away, path, {})
    with pytest.raises(BadInput, match="does not exist"):
        restore(away.with_name("none.db"), path, {})
    assert rows_in(path) == ROWS


def test_a_log_without_its_journal_goes_aside_too(path: Path, away: Path) -> None:
    """A log that belongs to the old file would be played into the new one."""
    backup(path, away)
    damage(path)
    path.with_name("journal.db-wal").write_bytes(b"old")
    beside(path).write_bytes(b"")
    restore(away, path, {})
    names = sorted(one.name for one in path.parent.iterdir() if "aside" in one.name)
    assert [name.rpartition("aside")[2] for name in names] == ["", "-shm", "-wal", ".seal"]
    assert not path.with_name("journal.db-wal").exists()
