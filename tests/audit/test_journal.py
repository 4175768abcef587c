"""The one writer: groups, acknowledgements, failure, and that nobody else writes."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

import anyio
import pytest

from barfinex.audit import writers
from barfinex.audit.journal import HashJournal, SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.port import JournalFailed
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.events.kernel import RunEnded, RunStarted
from tests.audit.story import notes, stamped, told, write

Sync = Literal["full", "batch"]
MODES = pytest.mark.parametrize("sync", ["full", "batch"])


def rows_on_disk(path: Path) -> int:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (count,) = db.execute("select count(*) from events").fetchone()
    db.close()
    return int(count)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@MODES
def test_what_was_appended_comes_back_as_it_was(path: Path, sync: Sync) -> None:
    """I7: every event, with its stamp, to the last digit."""
    with SqliteJournal(path, sync=sync) as journal:
        for envelope in told():
            journal.append(envelope)
    with Reader(path) as reader:
        assert list(reader.envelopes()) == told()
        assert reader.verify().head == journal.head


def test_both_ways_of_writing_and_the_memory_give_one_hash(path: Path, tmp_path: Path) -> None:
    """I8: the hash is of the facts, not of how they were written down."""
    full, memory = SqliteJournal(path, sync="full"), HashJournal(keep=True)
    for envelope in told():
        full.append(envelope)
        memory.append(envelope)
    full.close()
    assert full.head == memory.head == write(tmp_path / "other.db", told())
    assert memory.envelopes == told()


def test_durable_means_that_another_process_can_read_it(path: Path) -> None:
    """I2: the acknowledgement comes after the commit."""

    async def scenario() -> None:
        with SqliteJournal(path, sync="full") as journal:
            for envelope in notes(40):
                journal.append(envelope)
            await journal.durable(40)
            assert rows_on_disk(path) == 40
            await journal.durable(3)

    anyio.run(scenario)


def test_waiters_are_woken_together_by_one_commit(path: Path) -> None:
    async def scenario() -> list[int]:
        woken: list[int] = []

        async def wait(seq: int) -> None:
            await journal.durable(seq)
            woken.append(seq)

        with SqliteJournal(path, sync="full") as journal:
            for envelope in notes(100):
                journal.append(envelope)
            with anyio.fail_after(10):
                async with anyio.create_task_group() as group:
                    for seq in range(1, 101):
                        group.start_soon(wait, seq)
        return woken

    assert sorted(anyio.run(scenario)) == list(range(1, 101))


def test_a_cancelled_wait_harms_nobody(path: Path) -> None:
    async def scenario() -> None:
        with SqliteJournal(path, sync="full") as journal:
            journal.append(notes(1)[0])
            with anyio.move_on_after(0):
                await journal.durable(1)
            await journal.durable(1)

    anyio.run(scenario)
    assert rows_on_disk(path) == 1


@MODES
def test_nobody_waits_for_a_row_that_was_never_appended(path: Path, sync: Sync) -> None:
    with SqliteJournal(path, sync=sync) as journal, pytest.raises(JournalFailed, match="never appended"):
        anyio.run(journal.durable, 1)


@MODES
def test_a_full_disk_fails_the_whole_group_and_everything_after(path: Path, sync: Sync) -> None:
    """I4: an audit row that cannot be written is no reason to go on."""
    small = SqliteJournal(path, sync=sync, bytes_max=600_000)
    good, bad = notes(100), notes(9_000, before=100)
    for envelope in good:
        small.append(envelope)
    small.flush()

    async def wait_for_all() -> list[int]:
        failed: list[int] = []

        async def wait(seq: int) -> None:
            with pytest.raises(JournalFailed, match="full"):
                await small.durable(seq)
            failed.append(seq)

        try:
            for envelope in bad:
                small.append(envelope)
            small.flush()  # In batches nobody waits: the thread may not have got as far.
        except JournalFailed:
            assert small.last_seq > 100
        async with anyio.create_task_group() as group:
            for seq in range(small.last_seq - 50, small.last_seq + 1):
                group.start_soon(wait, seq)
        return failed

    assert len(anyio.run(wait_for_all)) == 51
    with pytest.raises(JournalFailed, match="full"):
        small.append(notes(1, before=small.last_seq)[0])
    with pytest.raises(JournalFailed, match="full"):
        small.flush()
    with pytest.raises(JournalFailed, match="full"):
        small.close()
    with Reader(path) as reader:
        result = reader.verify()
    assert result.ok
    assert result.rows >= 100


def test_more_rows_than_may_wait_for_the_disk_halt(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """I10: the queue is bounded, and its bound means halt."""
    monkeypatch.setattr(writers, "QUEUE_MAX", 0)
    with pytest.raises(JournalFailed, match="wait for the disk"), SqliteJournal(path, sync="full") as journal:
        journal.append(notes(1)[0])


@MODES
def test_a_row_out_of_order_fails_the_journal(path: Path, sync: Sync) -> None:
    with SqliteJournal(path, sync=sync) as journal:
        journal.append(notes(1)[0])
        with pytest.raises(JournalFailed, match="row 3 does not follow row 1"):
            journal.append(notes(3)[2])
        with pytest.raises(JournalFailed, match="row 3"):
            journal.append(notes(2)[1])
        with pytest.raises(JournalFailed, match="row 3"):
            journal.close()


def test_an_event_that_cannot_be_encoded_fails_the_journal(path: Path) -> None:
    odd = RunStarted(mode="paper", version="", config={"x": object()}, config_hash="", strategies={}, data={})
    with pytest.raises(JournalFailed), SqliteJournal(path, sync="batch") as journal:
        journal.append(Envelope(1, "run", "kernel", 0, 0, 1, 0, odd))


def test_a_second_writer_is_refused_and_the_first_goes_on(path: Path) -> None:
    with SqliteJournal(path, sync="full") as first:
        with pytest.raises(BadInput, match="another process"):
            SqliteJournal(path, sync="batch")
        first.append(notes(1)[0])
    with SqliteJournal(path, sync="batch") as next_one:
        assert (next_one.last_seq, next_one.head) == (1, first.head)
    assert sorted(file.name for file in path.parent.iterdir()) == ["journal.db"]


def test_readers_do_not_disturb_the_writer(path: Path) -> None:
    with SqliteJournal(path, sync="full") as journal:
        for before in range(0, 600, 100):
            for envelope in notes(100, before):
                journal.append(envelope)
            journal.flush()
            with Reader(path) as reader:
                assert reader.verify().rows == before + 100
                assert reader.query("select count(*) as n from v_events") == [{"n": before + 100}]


@MODES
def test_a_closed_journal_takes_nothing_more(path: Path, sync: Sync) -> None:
    journal = SqliteJournal(path, sync=sync)
    journal.append(notes(1)[0])
    journal.close()
    journal.close()
    with pytest.raises(JournalFailed, match="closed"):
        journal.append(notes(2)[1])
    assert rows_on_disk(path) == 1


def test_rows_cannot_be_changed_or_deleted(path: Path) -> None:
    """I6: not even by a connection that may write."""
    write(path, notes(3))
    db = sqlite3.connect(path)
    for statement in ("update events set ts = 0", "delete from events where seq = 3"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    db.close()


@MODES
def test_notes_of_a_run_stay_outside_the_chain(path: Path, tmp_path: Path, sync: Sync) -> None:
    ended = stamped([RunEnded(reason="done")])
    with SqliteJournal(path, sync=sync) as journal:
        journal.note("run-1", {"data": ["a.csv"]})
        journal.append(ended[0])
    with Reader(path) as reader:
        assert reader.notes("run-1") == {"data": ["a.csv"]}
        assert reader.notes("run-2") == {}
        assert reader.verify().head == write(tmp_path / "other.db", ended)
