"""A disk that takes nothing: entries stop, records wait in memory, none is lost (F63-F68, R54, R55)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from barfinex.audit import writers
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.port import JournalFailed
from barfinex.domain.errors import BadInput
from tests.audit.fragile import FINAL, PASSING, STATEMENTS, Fragile
from tests.audit.story import notes, write


def append(journal: SqliteJournal, count: int) -> None:
    for envelope in notes(count, before=journal.last_seq):
        journal.append(envelope)


def until(is_so: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.005)


def assert_whole(path: Path, journal: SqliteJournal) -> None:
    with Reader(path) as reader:
        found = reader.verify()
    assert (found.ok, found.rows, found.head) == (True, journal.last_seq, journal.head), found


@pytest.mark.parametrize("at", STATEMENTS)
@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_endured_and_nothing_is_lost(tmp_path: Path, name: str, at: str) -> None:
    """R54: at every statement; nobody is told that a row is durable before it is."""
    path = tmp_path / "journal.db"
    disk: dict[str, Any] = {"error": None, "at": at}
    with SqliteJournal(path, sync="full", ballast=0, ledger=partial(Fragile, disk=disk)) as journal:
        for envelope in notes(20):
            journal.append(envelope)
        anyio.run(journal.durable, 20)
        disk["error"] = PASSING[name]
        for envelope in notes(2_000, before=20):
            journal.append(envelope)
        for seq in (21, 2_020):
            with pytest.raises(JournalFailed, match="takes nothing"):
                anyio.run(journal.durable, seq)
        assert "takes nothing" in (journal.trouble or "")
        with pytest.raises(JournalFailed):
            journal.flush()
        disk["error"] = None
        until(lambda: journal.trouble is None)
        anyio.run(journal.durable, 2_020)
    assert_whole(path, journal)


@pytest.mark.parametrize("at", STATEMENTS)
@pytest.mark.parametrize("name", FINAL)
def test_what_does_not_pass_halts_and_the_rows_are_there_at_the_next_start(
    tmp_path: Path, name: str, at: str
) -> None:
    """After a failed fsync nobody knows what is on the disk: the file is not written to again by this run."""
    path = tmp_path / "journal.db"
    disk: dict[str, Any] = {"error": None, "at": at}
    journal = SqliteJournal(path, sync="full", ballast=0, ledger=partial(Fragile, disk=disk))
    disk["error"] = FINAL[name]
    for envelope in notes(30):
        journal.append(envelope)
    with pytest.raises(JournalFailed, match="cannot be written"):
        anyio.run(journal.durable, 30)
    with pytest.raises(JournalFailed, match="cannot be written"):
        journal.append(notes(1, before=30)[0])
    with pytest.raises(JournalFailed):
        journal.close()
    assert (tmp_path / "journal.db.unwritten").exists()
    with SqliteJournal(path, sync="full", ballast=0) as again:
        assert again.last_seq == 30
    assert not (tmp_path / "journal.db.unwritten").exists()
    assert_whole(path, journal)


def test_the_ballast_keeps_records_going_to_a_full_disk(tmp_path: Path) -> None:
    """R55: `bytes_max` is the disk. Entries stop; what is appended still reaches the file."""
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, sync="full", bytes_max=2**21, ballast=2**20)
    ballast = tmp_path / "journal.db.ballast"
    assert ballast.stat().st_size == 2**20
    last = 0
    while journal.trouble is None:
        for envelope in notes(200, before=last):
            journal.append(envelope)
        last += 200
        until(lambda: journal._writer.written[0] == journal.last_seq or journal.trouble)
    until(lambda: journal.trouble == "the disk is nearly full")
    assert not ballast.exists()
    with Reader(path) as reader:
        assert reader.verify().rows == last
    with pytest.raises(JournalFailed, match="nearly full"):
        anyio.run(journal.durable, last)
    while "takes nothing" not in (journal.trouble or ""):
        for envelope in notes(200, before=last):
            journal.append(envelope)
        last += 200
        time.sleep(0.01)
    with pytest.raises(JournalFailed, match="rows wait beside it"):
        journal.close()
    with SqliteJournal(path, sync="full", ballast=0) as again:
        assert again.last_seq == last
    assert_whole(path, journal)


def test_more_rows_than_may_wait_for_a_full_disk_halt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I10: memory is bounded too; and even then what was taken is not lost."""
    monkeypatch.setattr(writers, "QUEUE_MAX", 1_000)
    disk: dict[str, Any] = {"error": PASSING["full"], "at": "insert"}
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, sync="full", ballast=0, ledger=partial(Fragile, disk=disk))
    with pytest.raises(JournalFailed, match="wait for the disk"):
        append(journal, 5_000)
    taken = journal.last_seq
    assert 1_000 <= taken < 5_000
    with pytest.raises(JournalFailed):
        journal.close()
    with SqliteJournal(path, sync="full") as again:
        assert again.last_seq == taken


def test_a_lock_of_somebody_else_stops_entries_until_it_goes(tmp_path: Path) -> None:
    """F67."""
    path = tmp_path / "journal.db"
    with SqliteJournal(path, sync="full", ballast=0) as journal:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        journal.append(notes(1)[0])
        with pytest.raises(JournalFailed, match="locked"):
            anyio.run(journal.durable, 1)
        other.execute("rollback")
        until(lambda: journal.trouble is None)
        anyio.run(journal.durable, 1)
        other.close()
    assert_whole(path, journal)


def test_a_row_that_somebody_else_wrote_ends_the_run(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, sync="full", ballast=0)
    other = sqlite3.connect(path)
    other.execute("update head set seq = 5, hash = zeroblob(32)")
    other.commit()
    other.close()
    journal.append(notes(1)[0])
    with pytest.raises(JournalFailed, match="somebody else has written"):
        anyio.run(journal.durable, 1)
    with pytest.raises(JournalFailed):
        journal.close()


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal"])
@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_file_that_is_taken_away_while_it_is_written_ends_the_run(
    tmp_path: Path, name: str, is_replaced: bool
) -> None:
    """F68: what is committed to a file without a name is gone, and nobody may believe that it is durable."""
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, sync="full", ballast=0)
    for envelope in notes(3):
        journal.append(envelope)
    anyio.run(journal.durable, 3)
    stored = (tmp_path / name).read_bytes()
    (tmp_path / name).rename(tmp_path / "moved")
    if is_replaced:
        (tmp_path / name).write_bytes(stored)
    journal.append(notes(1, before=3)[0])
    with pytest.raises(JournalFailed, match="deleted or replaced"):
        anyio.run(journal.durable, 4)
    with pytest.raises(JournalFailed):
        journal.close()


def test_rows_saved_for_another_journal_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    disk: dict[str, Any] = {"error": FINAL["fsync"], "at": "commit"}
    journal = SqliteJournal(path, sync="full", ledger=partial(Fragile, disk=disk))
    for envelope in notes(5):
        journal.append(envelope)
    with pytest.raises(JournalFailed):
        journal.close()
    write(tmp_path / "new.db", notes(2)[:1])
    saved = tmp_path / "journal.db.unwritten"
    for text in (saved.read_bytes().replace(b"m3", b"m9"), b"[9]\n", b"{\n"):
        (tmp_path / "new.db.unwritten").write_bytes(text)
        with pytest.raises(BadInput, match=r"do not continue new\.db"):
            SqliteJournal(tmp_path / "new.db", sync="full")
    (tmp_path / "new.db.unwritten").write_bytes(saved.read_bytes()[:-9])
    with SqliteJournal(tmp_path / "new.db", sync="full") as again:
        assert again.last_seq == 4
    assert (tmp_path / "new.db.unwritten.torn").exists()  # A row was lost, and this is the sign of it.
    (tmp_path / "new.db.unwritten").write_bytes(saved.read_bytes())
    with SqliteJournal(tmp_path / "new.db", sync="full") as again:
        assert again.last_seq == 5


def test_no_room_for_the_ballast_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no room for .* of ballast"):
        SqliteJournal(tmp_path / "journal.db", sync="full", ballast=2**60)
    assert list(tmp_path.iterdir()) == []
