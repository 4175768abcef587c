"""kill -9: what was acknowledged is there, and the chain holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from tests.audit.story import notes

KILLS = int(os.environ.get("BARFINEX_KILLS", "12"))
ROOT = Path(__file__).parents[2]
WRITER = """
import sys, anyio
from pathlib import Path
from barfinex.audit.journal import SqliteJournal
from tests.audit.story import notes

async def main():
    journal = SqliteJournal(Path(sys.argv[1]), sync="full")
    for envelope in notes(100_000, journal.last_seq):
        journal.append(envelope)
        if envelope.seq % 7 == 0:
            await journal.durable(envelope.seq)
            print(envelope.seq, flush=True)

anyio.run(main)
"""


@pytest.mark.parametrize("acknowledged", [1, 40])
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """I2: durable means durable; the next writer goes on from there."""
    path = tmp_path / "journal.db"
    last = killed_after(path, acknowledged)
    with SqliteJournal(path, sync="full") as journal:
        assert journal.last_seq >= last
        for envelope in notes(10, journal.last_seq):
            journal.append(envelope)
    with Reader(path) as reader:
        result = reader.verify()
    assert (result.ok, result.rows, result.head) == (True, journal.last_seq, journal.head)


@pytest.mark.timeout(60 + 4 * KILLS)
def test_kills_at_any_moment_on_one_journal_lose_nothing_acknowledged(tmp_path: Path) -> None:
    """Under load, from the first row on: `make chaos` asks for a thousand."""
    path, draw = tmp_path / "journal.db", np.random.Generator(np.random.PCG64(12))
    known = 0
    for _ in range(KILLS):
        known = max(known, killed_after(path, int(draw.integers(1, 30))))
        with SqliteJournal(path, sync="full") as journal:
            assert journal.last_seq >= known
            known = journal.last_seq
    with Reader(path) as reader:
        result = reader.verify()
    assert (result.ok, result.rows) == (True, known)


def killed_after(path: Path, acknowledged: int) -> int:
    """Let a writer run until so many rows are acknowledged, kill it; the last row it said was durable."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        last = 0
        for _ in range(acknowledged):
            last = int(process.stdout.readline())
        process.kill()
        return max([last, *(int(line) for line in process.stdout.read().splitlines() if line)])
