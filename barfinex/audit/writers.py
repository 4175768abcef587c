"""How rows reach the ledger: from a thread that waits for the disk, or at once where nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from typing import NamedTuple

import anyio

from barfinex.audit.ledger import WIDTH, Ledger
from barfinex.bus.port import JournalFailed

GROUP = 512  # Rows after which a write is due,
LINGER_S = 0.005  # or this much time, or somebody who waits.
QUEUE_MAX = 65_536  # Rows, or tasks, that may wait for the disk; one more means that it is stuck: halt.
FLUSH_S = 60.0  # A disk that takes longer is broken.


class _Waiter(NamedTuple):
    seq: int
    loop: asyncio.AbstractEventLoop
    done: anyio.Event

    def wake(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self.done.set)
        except RuntimeError:
            pass  # Its loop has ended, and with it whoever waited.


class ThreadWriter:
    """One thread opens the ledger, writes everything, and closes it. `last` is the newest row handed over."""

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self.failure: Exception | None = None
        self.notes: dict[str, str] = {}
        self._pending: list[object] = []  # WIDTH values a row.
        self._waiters: list[_Waiter] = []
        self._closing = False
        self._due = threading.Event()
        self._mutex = threading.Lock()
        self._changed = threading.Condition(self._mutex)
        opened: Future[Ledger] = Future()
        work = partial(self._run, open_ledger, opened)
        self._thread = threading.Thread(target=work, name="journal", daemon=True)
        self._thread.start()
        ledger = opened.result()
        self.last: int = ledger.seq
        self._written: int = ledger.seq
        self.head = ledger.head

    def put(self, seq: int, values: tuple[object, ...]) -> None:
        if len(self._pending) >= QUEUE_MAX * WIDTH:
            self.fail(RuntimeError(f"more than {QUEUE_MAX} rows wait for the disk"))
            return
        with self._mutex:
            self._pending += values
        self.last = seq
        if not seq % GROUP:
            self._due.set()

    async def durable(self, seq: int) -> None:
        waiter = _Waiter(seq, asyncio.get_running_loop(), anyio.Event())
        with self._mutex:
            if seq <= self._written or self.failure is not None:
                return
            if len(self._waiters) >= QUEUE_MAX:
                raise JournalFailed(f"more than {QUEUE_MAX} wait for the disk")
            self._waiters.append(waiter)
        self._due.set()
        await waiter.done.wait()

    def has(self, seq: int) -> bool:
        return seq <= self._written

    def flush(self) -> None:
        last = self.last
        with self._changed:
            self._due.set()
            done = self._changed.wait_for(
                lambda: self.failure is not None or (self._written >= last and not self.notes), FLUSH_S
            )
        if not done:
            self.fail(TimeoutError(f"the disk took longer than {FLUSH_S:g} s"))

    def close(self) -> None:
        self._closing = True
        self._due.set()
        self._thread.join(FLUSH_S)
        if self._thread.is_alive():
            self.fail(TimeoutError(f"the disk took longer than {FLUSH_S:g} s"))

    def fail(self, error: Exception) -> None:
        """The first failure stays, and nobody goes on waiting."""
        with self._changed:
            self.failure = self.failure or error
            waiters, self._waiters = self._waiters, []
            self._changed.notify_all()
        for waiter in waiters:
            waiter.wake()

    def _run(self, open_ledger: Callable[[], Ledger], opened: Future[Ledger]) -> None:
        """Looks every few milliseconds, so that no append needs to wake it."""
        try:
            ledger = open_ledger()
        except Exception as error:
            opened.set_exception(error)
            return
        opened.set_result(ledger)
        try:
            with closing(ledger):
                while self.failure is None and not (self._closing and not self._pending):
                    self._due.wait(LINGER_S)
                    self._due.clear()
                    self._write(ledger)
        except Exception as error:
            self.fail(error)

    def _write(self, ledger: Ledger) -> None:
        with self._mutex:
            values, self._pending = self._pending, []
            notes = dict(self.notes)
        if not values and not notes:
            return
        ledger.write(values, notes)
        with self._changed:
            self._written = ledger.seq
            for run_id in notes:
                del self.notes[run_id]
            ready = [waiter for waiter in self._waiters if waiter.seq <= ledger.seq]
            self._waiters = [waiter for waiter in self._waiters if waiter.seq > ledger.seq]
            self._changed.notify_all()
        for waiter in ready:
            waiter.wake()


class InlineWriter:
    """Writes in the thread that appends: a second one that also runs Python costs more than it takes over."""

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self.failure: Exception | None = None
        self.notes: dict[str, str] = {}
        self._pending: list[object] = []  # At most GROUP rows.
        self._ledger = open_ledger()
        self.head = self._ledger.head
        self.last = self._ledger.seq

    def put(self, seq: int, values: tuple[object, ...]) -> None:
        self._pending += values
        self.last = seq
        if len(self._pending) >= GROUP * WIDTH:
            self.flush()

    async def durable(self, seq: int) -> None:
        """What would be lost with the process is lost with the simulated venue too."""

    def has(self, _seq: int) -> bool:
        return self.failure is None

    def flush(self) -> None:
        if self.failure is not None:
            return
        try:
            self._ledger.write(self._pending, self.notes)
        except Exception as error:
            self.fail(error)
        self._pending, self.notes = [], {}

    def close(self) -> None:
        self.flush()
        try:
            self._ledger.close()
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        self.failure = self.failure or error
