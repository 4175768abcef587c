"""One connection writes (R51), and nobody who reads can make its log grow for ever (R62, F70)."""

from __future__ import annotations

import ast
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from barfinex.audit import endurance, guard
from barfinex.audit.copies import backup
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.port import JournalFailed
from barfinex.domain.errors import BadInput
from tests.architecture.tree import sources
from tests.audit.story import notes, told

MIB = 2**20
CONNECTS = {  # Where a connection is made, and what it may do.
    "barfinex/audit/ledger.py": "writes and checkpoints the journal",
    "barfinex/audit/reader.py": "mode=ro",
    "barfinex/audit/migrations.py": "a copy's own file, and memory",
    "barfinex/provider/store/hot.py": "candles, which are no part of the journal",
    "barfinex/provider/store/venue.py": "the simulated venue's own file",
}


def test_connections_are_made_in_known_places_only() -> None:
    found = [
        source.path
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.Call) and source.dotted(node.func) == "sqlite3.connect"
    ]
    assert set(found) == set(CONNECTS)
    assert found.count("barfinex/audit/ledger.py") == found.count("barfinex/audit/reader.py") == 1


def writable(path: Path) -> int:
    """How many descriptors of this process may write to this file."""
    count = 0
    for number in Path("/proc/self/fd").iterdir():
        try:
            if number.readlink() != path:
                continue
            flags = (
                Path(f"/proc/self/fdinfo/{number.name}")
                .read_text(encoding="ascii")
                .split("flags:")[1]
                .split()[0]
            )
        except FileNotFoundError:
            continue
        count += int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
    return count


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="needs /proc")
def test_one_connection_may_write_whoever_reads(tmp_path: Path) -> None:
    """R51: counted among the process's open files while readers of every kind are at work."""
    path = tmp_path / "journal.db"
    assert writable(path) == 0
    with SqliteJournal(path, sync="full", ballast=0) as journal:
        for envelope in told():
            journal.append(envelope)
        journal.flush()
        with Reader(path) as one, Reader(path) as other:
            assert one.verify().ok
            assert other.complete().ok
            assert one.query("select count(*) as n from v_events") == [{"n": len(told())}]
            backup(path, tmp_path / "copy.db")
            assert writable(path) == 1
            for statement in ("insert into notes values ('a', 'b')", "pragma wal_checkpoint(truncate)"):
                with pytest.raises(sqlite3.OperationalError):
                    one._db.execute(statement).fetchall()
    assert writable(path) == 0


def until(is_so: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.005)


def write_log(journal: SqliteJournal, size: int) -> None:
    """Commit after commit, until the log has this size or the journal is in trouble."""
    log, ends = journal.path.with_name(f"{journal.path.name}-wal"), time.monotonic() + 1.5
    while log.stat().st_size <= size and journal.trouble is None and time.monotonic() < ends:
        for envelope in notes(20, before=journal.last_seq):
            journal.append(envelope)
        until(lambda: journal._writer.written[0] == journal.last_seq or journal.trouble)


def test_a_stranger_who_holds_a_moment_stops_entries_until_he_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is not ours cannot be cut off; the log's bound then has a consequence."""
    monkeypatch.setattr(endurance, "WAL_BYTES_MAX", 20 * MIB)
    path = tmp_path / "journal.db"
    with SqliteJournal(path, sync="full", ballast=0) as journal:
        stranger = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        stranger.execute("begin")
        stranger.execute("select count(*) from events").fetchall()
        while journal.trouble is None:
            write_log(journal, 40 * MIB)
        until(lambda: "somebody reads" in (journal.trouble or ""))
        with pytest.raises(JournalFailed, match="somebody reads"):
            anyio.run(journal.durable, journal.last_seq)
        for envelope in notes(5, before=journal.last_seq):
            journal.append(envelope)
        stranger.close()
        until(lambda: journal.trouble is None)
        assert path.with_name("journal.db-wal").stat().st_size <= 20 * MIB
        anyio.run(journal.durable, journal.last_seq)
    with Reader(path) as reader:
        assert (reader.verify().ok, reader.last()) == (True, journal.last_seq)


def test_a_question_without_end_lets_go_of_its_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R62: cut in its time (two seconds, here less); the log is emptied and used again afterwards."""
    monkeypatch.setattr(guard, "TIME_MAX_S", 0.5)
    path = tmp_path / "journal.db"
    endless = (
        "with recursive n(x) as (select seq from events union all select x + 1 from n) select count(*) from n"
    )
    refusals: list[str] = []

    def ask() -> None:
        with Reader(path) as reader:
            try:
                reader.query(endless)
            except BadInput as error:
                refusals.append(str(error))

    with SqliteJournal(path, sync="full", ballast=0) as journal:
        write_log(journal, 2 * MIB)
        asking = threading.Thread(target=ask)
        asking.start()
        write_log(journal, 20 * MIB)  # Beyond what is checkpointed when nobody holds a moment.
        asking.join()
        for envelope in notes(100, before=journal.last_seq):
            journal.append(envelope)
        journal.flush()
        assert "longer than 0.5 s" in refusals[0]
        assert journal.trouble is None
        assert path.with_name("journal.db-wal").stat().st_size <= endurance.WAL_BYTES_MAX
    assert not path.with_name("journal.db-wal").exists()
