"""How rows reach the ledger: from a thread of its own, in groups."""

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
LINGER_S = 0.005  # or this much time, where somebody may wait; or somebody who does.
AHEAD_MAX = 4_096  # Rows that may wait where nobody waits for the disk: then whoever appends does.
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


class Writer:
    """One thread opens the ledger, writes everything, and closes it. `last` is the newest row handed over.

    Without `prompt` rows are written group by group and nobody waits for them: what would be lost with the
    process is lost with the simulated venue in it too.
    """

    def __init__(self, open_ledger: Callable[[], Ledger], *, prompt: bool) -> None:
        self._prompt = prompt
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

    def put(self, seq: int, values: list[object]) -> None:
        """Hand rows over (`WIDTH` values each), the last being number `seq`."""
        if self._prompt and len(self._pending) >= QUEUE_MAX * WIDTH:
            self.fail(RuntimeError(f"more than {QUEUE_MAX} rows wait for the disk"))
            return
        if not self._prompt and len(self._pending) >= AHEAD_MAX * WIDTH:
            self.flush()
        with self._mutex:
            self._pending += values
        self.last = seq
        if not self._prompt or not seq % GROUP:
            self._due.set()

    async def durable(self, seq: int) -> None:
        if not self._prompt:
            return
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
        return seq <= self._written or not (self._prompt or self.failure)

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
        """Looks every few milliseconds when somebody may wait, so that no append needs to wake it."""
        linger_s = LINGER_S if self._prompt else None
        try:
            ledger = open_ledger()
        except Exception as error:
            opened.set_exception(error)
            return
        opened.set_result(ledger)
        try:
            with closing(ledger):
                while self.failure is None and not (self._closing and not self._pending):
                    self._due.wait(linger_s)
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
