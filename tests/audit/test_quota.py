"""A quota strikes a real process, and is lifted again (F63, R55)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from barfinex.audit.reader import Reader

ROOT = Path(__file__).parents[2]
LIMITED = """
import resource, signal, sys, time, anyio
from pathlib import Path
from barfinex.audit.journal import SqliteJournal
from barfinex.bus.port import JournalFailed
from tests.audit.story import notes

journal = SqliteJournal(Path(sys.argv[1]), sync="full", ballast=65_536)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
last = 0
while journal.trouble is None:
    for envelope in notes(100, last):
        journal.append(envelope)
    last += 100
    time.sleep(0.005)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
for envelope in notes(300, last):  # A kill and its cancels.
    journal.append(envelope)
tries = 0
while "takes nothing" not in str(journal.trouble) and tries < 1_000:  # Until its thread has tried.
    tries += 1
    time.sleep(0.005)
try:
    anyio.run(journal.durable, last + 300)
except JournalFailed as error:
    print("refused:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
while journal.trouble is not None:
    time.sleep(0.01)
anyio.run(journal.durable, last + 300)
journal.close()
print(journal.last_seq, journal.head)
"""


def test_a_quota_is_endured_by_a_real_process(tmp_path: Path) -> None:
    """R55: RLIMIT_FSIZE strikes the log and the file alike, and is lifted again."""
    path = tmp_path / "journal.db"
    command = [sys.executable, "-W", "error", "-c", LIMITED, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    refused, last = done.stdout.splitlines()
    assert refused.startswith("refused: the journal cannot be written: the disk takes nothing")
    seq, head = last.split()
    with Reader(path) as reader:
        found = reader.verify()
    assert (found.ok, found.rows, found.head) == (True, int(seq), head)
