"""A journal in several files is one chain (R66)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.lock import WriterLock
from barfinex.audit.reader import Reader
from barfinex.audit.rotation import NotFlat, rotate
from barfinex.audit.seal import SealFile, beside
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import TradeClosed
from barfinex.events.provider import OrderFilled
from tests.audit.story import entered, left, notes, stamped, told, write

ROWS = told()


def parts(path: Path, *cuts: int, rows: list[Envelope] = ROWS) -> list[Path]:
    """These rows with the file closed after each of `cuts`; the closed ones."""
    closed, begin = [], 0
    for cut in cuts:
        write(path, rows[begin:cut])
        done = rotate(path, even_if_open=True)
        assert done is not None
        closed.append(done)
        begin = cut
    write(path, rows[begin:])
    return closed


def test_the_chain_runs_through_all_files_as_if_there_were_one(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.db", ROWS)
    path = tmp_path / "journal.db"
    closed = parts(path, 20, 45)
    assert [one.name for one in closed] == [
        "journal.000000001-000000020.db",
        "journal.000000021-000000045.db",
    ]
    with Reader(path) as reader:
        assert list(reader.envelopes()) == ROWS
        found = reader.verify()
        assert (found.ok, found.rows, found.head) == (True, len(ROWS), whole)
        newest = reader.verify(newest_only=True)
        assert (newest.ok, newest.rows, newest.head) == (True, len(ROWS) - 45, whole)
        assert reader.complete() == Reader(tmp_path / "whole.db").complete()
        assert [row.seq for row in reader.envelopes(after=18, until=22)] == [19, 20, 21, 22]
        assert reader.at(3) == ROWS[2]
    for one, rows in zip(closed, (20, 45), strict=True):
        with Reader(one) as reader:
            assert (reader.verify().rows, reader.runs() == []) == (rows, rows == 45)


def test_what_state_is_folded_from_is_found_in_all_files(tmp_path: Path) -> None:
    """A segment may be closed with positions open: restoring reads the same rows in the same order."""
    path = tmp_path / "journal.db"
    write(tmp_path / "whole.db", ROWS)
    parts(path, 12, 30)  # In the middle of a trade.
    with Reader(path) as reader, Reader(tmp_path / "whole.db") as whole:
        kinds: list[type[Event]] = [OrderFilled, TradeClosed]
        assert list(reader.envelopes(types=kinds)) == list(whole.envelopes(types=kinds)) != []
        assert reader.related("trd-aa") == whole.related("trd-aa") != []
        for count in range(1, 8):
            args = (OrderFilled.wire_type, count)
            assert reader.seq_of_latest(*args) == whole.seq_of_latest(*args)


@pytest.mark.parametrize("cut", [1, 20, len(ROWS) - 1])
def test_a_cut_anywhere_gives_the_same_head(tmp_path: Path, cut: int) -> None:
    whole = write(tmp_path / "whole.db", ROWS)
    parts(tmp_path / "journal.db", cut)
    with Reader(tmp_path / "journal.db") as reader:
        assert reader.verify().head == whole


def test_a_file_that_is_too_large_is_closed_at_the_start(tmp_path: Path) -> None:
    path, seal = tmp_path / "journal.db", SealFile(beside(tmp_path / "journal.db"))
    head, last = "", 0
    for _ in range(4):
        with SqliteJournal(path, sync="full", seal=seal, segment_bytes=150_000) as journal:
            assert (journal.last_seq, journal.head) == (last, head or bytes(32).hex())
            for envelope in notes(600, before=journal.last_seq):
                journal.append(envelope)
        head, last = journal.head, journal.last_seq
    assert len(list(tmp_path.glob("journal.0*.db"))) == 3
    with Reader(path) as reader:
        found = reader.verify(seal.read().heads)
    assert (found.ok, found.rows, found.sealed) == (True, 2_400, 2_400)


def test_an_empty_file_is_not_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write(path, [])
    assert rotate(path) is None
    write(path, ROWS)
    assert rotate(path, even_if_open=True) is not None
    assert rotate(path) is None
    with Reader(path) as reader:
        assert reader.verify().rows == len(ROWS)


@pytest.mark.parametrize("target", [0, 1])
def test_a_change_in_any_file_is_found(tmp_path: Path, target: int) -> None:
    path = tmp_path / "journal.db"
    closed = parts(path, 20, 45)
    closed[target].chmod(0o644)
    db = sqlite3.connect(closed[target])
    (guard,) = db.execute("select sql from sqlite_master where name = 'events_no_update'").fetchone()
    db.executescript(
        f"drop trigger events_no_update; update events set ts = 1 where seq = {10 + target * 20}"
    )
    db.execute(guard)
    db.commit()
    db.close()
    with Reader(path) as reader:
        found = reader.verify()
        assert (found.ok, found.broken_seq) == (False, 10 + target * 20)
        assert reader.verify(newest_only=True).ok


def test_a_file_of_another_journal_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    (closed,) = parts(path, 20)
    closed.unlink()
    write(tmp_path / "other.db", notes(20))
    (tmp_path / "other.db").rename(closed)
    with Reader(path) as reader:
        found = reader.verify()
    assert (found.ok, found.broken_seq, found.reason) == (False, 21, "it does not follow the segment before")


def test_a_file_that_was_moved_away_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    (closed,) = parts(path, 20)
    closed.unlink()
    with Reader(path) as reader:
        with pytest.raises(
            BadInput, match=r"continues journal\.000000001-000000020\.db, which is not beside it"
        ):
            list(reader.envelopes())
        assert reader.verify(newest_only=True).ok


def test_a_rotation_that_a_crash_cut_short_is_undone(tmp_path: Path) -> None:
    """Between the second name of the old file and the first of the new."""
    path = tmp_path / "journal.db"
    write(path, ROWS)
    (tmp_path / "journal.000000001-000000063.db").hardlink_to(path)
    write(tmp_path / "journal.db.next", [])
    assert write(path, notes(1, before=len(ROWS))) != ""
    assert sorted(one.name for one in tmp_path.iterdir()) == ["journal.db"]
    with Reader(path) as reader:
        assert reader.verify().rows == len(ROWS) + 1


def test_only_one_process_may_rotate(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write(path, ROWS)
    lock = WriterLock(path)
    with pytest.raises(BadInput, match="another process"):
        SqliteJournal(path, sync="full", segment_bytes=1)
    lock.release()
    with SqliteJournal(path, sync="full", segment_bytes=1) as journal:
        assert journal.last_seq == len(ROWS)


def test_a_file_is_closed_when_nothing_is_open(tmp_path: Path) -> None:
    """Views are asked of the newest file: what is open is always in it."""
    path, story = tmp_path / "journal.db", [*entered("aa"), *left("aa", by="dd")]
    write(path, stamped(story[:-10]))
    with pytest.raises(NotFlat, match="has 1 positions and 1 orders open"):
        rotate(path)
    with SqliteJournal(path, sync="full", segment_bytes=1):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["journal.db"]
    write(path, stamped(story)[-10:])
    with SqliteJournal(path, sync="full", segment_bytes=1) as journal:
        assert journal.last_seq == len(story)
    assert len(list(tmp_path.glob("journal.0*.db"))) == 1
