"""kill -9: what was acknowledged is there, and the chain holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from tests.audit.story import notes

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
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(acknowledged):
            last = int(process.stdout.readline())
        process.kill()
        last = max([last, *(int(line) for line in process.stdout.read().splitlines() if line)])
    with SqliteJournal(path, sync="full") as journal:
        assert journal.last_seq >= last
        for envelope in notes(10, journal.last_seq):
            journal.append(envelope)
    with Reader(path) as reader:
        result = reader.verify()
    assert (result.ok, result.rows, result.head) == (True, journal.last_seq, journal.head)
