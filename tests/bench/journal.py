"""The journal in figures: what an order waits for the disk, beside a bare fsync; rows a second; verifying."""

from __future__ import annotations

import os
import time
from pathlib import Path

import anyio

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import CancelRequested

COMMITS = 400
ROWS = 100_000
PORTION = 10_000
BYTES = 40_000  # About what a small transaction writes to the log.


def quantile(times: list[float], part: float) -> float:
    """In milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1e3


def fsyncs(folder: Path) -> list[float]:
    """Seconds of each bare write and fsync."""
    times = []
    with (folder / "raw").open("wb") as file:
        for _ in range(COMMITS):
            began = time.perf_counter()
            file.write(bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return times


def rows(count: int, before: int) -> list[Envelope]:
    event: Event = CancelRequested(instrument="BTC-USDT", order_id="ord-0123456789abcdef-e", reason="bench")
    return [
        Envelope(seq, "run-0123456789abcdef", event.publisher, 0, 0, seq, seq - 1, event)
        for seq in range(before + 1, before + count + 1)
    ]


async def commits(journal: SqliteJournal) -> list[float]:
    """Seconds from an append until the row is on the disk, one row after another: an order's wait."""
    times = []
    for envelope in rows(COMMITS, journal.last_seq):
        began = time.perf_counter()
        journal.append(envelope)
        await journal.durable(envelope.seq)
        times.append(time.perf_counter() - began)
    return times


async def together(journal: SqliteJournal) -> float:
    """Rows a second when a hundred wait at once, each for its own."""
    began = time.perf_counter()
    for _ in range(50):
        async with anyio.create_task_group() as group:
            for envelope in rows(100, journal.last_seq):
                journal.append(envelope)
                group.start_soon(journal.durable, envelope.seq)
    return 5_000 / (time.perf_counter() - began)


def measure(folder: Path) -> None:
    """Print one block of figures."""
    bare = fsyncs(folder)
    with SqliteJournal(folder / "journal.db", sync="full", ballast=0) as journal:
        waits = anyio.run(commits, journal)
        critical = anyio.run(together, journal)
        began = time.perf_counter()
        for _ in range(ROWS // PORTION):  # As much at once as the journal holds would halt it, by design.
            for envelope in rows(PORTION, journal.last_seq):
                journal.append(envelope)
            journal.flush()
        rate = ROWS / (time.perf_counter() - began)
        total = journal.last_seq
    with Reader(folder / "journal.db") as reader:
        began, cpu = time.perf_counter(), time.process_time()
        found = reader.verify()
        verifying, alone = total / (time.perf_counter() - began), total / (time.process_time() - cpu)
    assert found.ok
    print("the journal; every commit waits for the disk")
    print(f"  bare fsync            p50 {quantile(bare, 0.5):>7.2f} ms   p99 {quantile(bare, 0.99):>7.2f} ms")
    print(
        f"  an order's commit     p50 {quantile(waits, 0.5):>7.2f} ms   p99 {quantile(waits, 0.99):>7.2f} ms"
    )
    print(f"  100 waiting at once   {critical:>12,.0f} rows/s")
    print(f"  nobody waiting        {rate:>12,.0f} rows/s")
    print(f"  audit verify          {verifying:>12,.0f} rows/s, {alone:,.0f} a second of CPU")
