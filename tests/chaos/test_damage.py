"""Power lost in the middle of a write, and bits that turned: a prefix opens, and damage is never believed.

`BARFINEX_TRANSACTIONS` and `BARFINEX_FLIPS` make the samples larger.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import anyio
import numpy as np
import pytest

from barfinex.audit.chain import COLUMNS
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.domain.errors import BadInput
from tests.audit.story import notes, told

TRANSACTIONS = int(os.environ.get("BARFINEX_TRANSACTIONS", "5"))
FLIPS = int(os.environ.get("BARFINEX_FLIPS", "200"))
CUT = 512
ROWS = told()


def with_log(folder: Path) -> tuple[Path, list[int]]:
    """A journal as a crash leaves it, its log full of transactions; after which rows each of them ended."""
    path, ends = folder / "live.db", [0]
    with SqliteJournal(path, sync="full") as journal:
        for turn in range(TRANSACTIONS):
            for envelope in notes(1 + turn % 3, before=journal.last_seq):
                journal.append(envelope)
            anyio.run(journal.durable, journal.last_seq)
            ends.append(journal.last_seq)
        for end in ("", "-wal"):
            shutil.copyfile(f"{path}{end}", folder / f"cut.db{end}")
    return folder / "cut.db", ends


@pytest.mark.timeout(600)
def test_a_log_cut_anywhere_opens_to_a_prefix(tmp_path: Path) -> None:
    """R56, F62: at every 512 bytes. What opens ends with a whole transaction, and its chain holds."""
    path, ends = with_log(tmp_path)
    log = path.with_name("cut.db-wal")
    before, cuts, refused = ends[-1], 0, 0
    for size in range(log.stat().st_size, -1, -CUT):
        os.truncate(log, size)
        path.with_name("cut.db-shm").unlink(missing_ok=True)
        try:
            with Reader(path) as reader:
                found = reader.verify()
        except BadInput:
            refused = size
            continue
        assert found.ok, (size, found)
        assert found.rows in ends, (size, found)
        assert found.rows <= before
        before, cuts = found.rows, cuts + 1
    assert before == 0 or TRANSACTIONS > 100  # So many are folded into the file before the log is full.
    assert refused < 500_000  # Where not even the schema is there yet.
    assert cuts >= min(TRANSACTIONS, 100) * 32


def test_a_writer_goes_on_from_a_cut_log(tmp_path: Path) -> None:
    path, ends = with_log(tmp_path)
    log = path.with_name("cut.db-wal")
    whole = log.read_bytes()
    draw = np.random.Generator(np.random.PCG64(56))
    stored = path.read_bytes()
    for size in draw.integers(len(whole) // 2, len(whole), 12):
        path.write_bytes(stored)
        log.write_bytes(whole[: int(size)])
        path.with_name("cut.db-shm").unlink(missing_ok=True)
        with SqliteJournal(path, sync="full") as journal:
            assert journal.last_seq in ends
            for envelope in notes(3, before=journal.last_seq):
                journal.append(envelope)
        with Reader(path) as reader:
            found = reader.verify()
        assert (found.ok, found.rows, found.head) == (True, journal.last_seq, journal.head)


def facts(path: Path) -> list[tuple[object, ...]]:
    """Every hashed column of every row, by number and again by type."""
    db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        fields = ", ".join((*COLUMNS, "hash"))
        rows = db.execute(f"select {fields} from events order by seq").fetchall()
        return (
            rows + db.execute(f"select {fields} from events where type >= '' order by type, seq").fetchall()
        )
    finally:
        db.close()


@pytest.mark.timeout(600)
def test_a_bit_that_turned_is_found_or_changes_no_fact(tmp_path: Path) -> None:
    """R57, F66: seeded positions over the whole file, in data, indices, schema and unused space alike."""
    path = tmp_path / "journal.db"
    with SqliteJournal(path, sync="full") as journal:
        for envelope in [*ROWS, *notes(500, before=len(ROWS))]:
            journal.append(envelope)
    original = path.read_bytes()
    truth = facts(path)
    draw = np.random.Generator(np.random.PCG64(57))
    found = harmless = 0
    for position, bit in zip(draw.integers(0, len(original), FLIPS), draw.integers(0, 8, FLIPS), strict=True):
        damaged = bytearray(original)
        damaged[position] ^= 1 << int(bit)
        path.write_bytes(damaged)
        try:
            with Reader(path) as reader:
                is_ok = reader.verify().ok
        except BadInput:
            is_ok = False
        if is_ok:
            assert facts(path) == truth, f"bit {bit} of byte {position} turned unseen"
            harmless += 1
        else:
            found += 1
    print(f"{FLIPS} flips: {found} found, {harmless} where no fact lies")
    assert found > FLIPS // 10
