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

from barfinex.audit.endurance import Endurance
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
    process is lost with the simulated venue in it too. With an `endurance` a disk that takes nothing is
    waited for; without, the first fault is the last. Rows that were never written are given to `save` at the
    end.
    """

    def __init__(
        self,
        open_ledger: Callable[[], Ledger],
        *,
        prompt: bool,
        endurance: Endurance | None = None,
        save: Callable[[list[object]], int] = lambda _: 0,
    ) -> None:
        self._prompt = prompt
        self.failure: Exception | None = None
        self.notes: dict[str, str] = {}
        self._endurance, self._save = endurance, save
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
        self.written: tuple[int, bytes] = ledger.seq, ledger.head
        self.head = ledger.head

    @property
    def trouble(self) -> str | None:
        """Why entries must stop although nothing has failed for good."""
        return None if self._endurance is None else self._endurance.trouble

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
        if len(self._pending) >= GROUP * WIDTH:
            self._due.set()

    async def durable(self, seq: int) -> None:
        if not self._prompt:
            return
        waiter = _Waiter(seq, asyncio.get_running_loop(), anyio.Event())
        with self._mutex:
            if seq <= self.written[0] or self.failure is not None or self.trouble is not None:
                return
            if len(self._waiters) >= QUEUE_MAX:
                raise JournalFailed(f"more than {QUEUE_MAX} wait for the disk")
            self._waiters.append(waiter)
        self._due.set()
        await waiter.done.wait()

    def has(self, seq: int) -> bool:
        if not self._prompt:
            return self.failure is None
        return seq <= self.written[0] and self.trouble is None

    def flush(self) -> None:
        last = self.last
        with self._changed:
            self._due.set()
            done = self._changed.wait_for(
                lambda: (
                    self.failure is not None
                    or self.trouble is not None
                    or (self.written[0] >= last and not self.notes)
                ),
                FLUSH_S,
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
        with self._mutex:
            self.failure = self.failure or error
        self._let_go()

    def _let_go(self) -> None:
        """Nobody goes on waiting."""
        with self._changed:
            waiters, self._waiters = self._waiters, []
            self._changed.notify_all()
        for waiter in waiters:
            waiter.wake()

    def _run(self, open_ledger: Callable[[], Ledger], opened: Future[Ledger]) -> None:
        """Looks every few milliseconds when somebody may wait, so that no append needs to wake it."""
        try:
            ledger = open_ledger()
        except Exception as error:
            opened.set_exception(error)
            return
        opened.set_result(ledger)
        try:
            with closing(ledger):
                while self.failure is None and not (self._closing and not self._pending):
                    is_last = self._closing and self.trouble is not None
                    self._due.wait(self._pause())
                    self._due.clear()
                    if not self._write(ledger) and is_last:
                        break
        except Exception as error:
            self.fail(error)
        if self._pending:
            self._rescue()

    def _pause(self) -> float | None:
        if not self._prompt:
            return None
        if self.trouble is None or self._endurance is None or self._closing:
            return LINGER_S
        return self._endurance.pause_s

    def _write(self, ledger: Ledger) -> bool:
        """False when the rows still wait."""
        values, notes = self._take()
        if values or notes:
            try:
                ledger.write(values, notes)
            except Exception as error:
                with self._mutex:
                    self._pending = values + self._pending
                if self._endurance is None or not self._endurance.strike(error, ledger):
                    raise
                self._let_go()
                return False
            self._acknowledge(ledger, notes)
        if self._endurance is not None:
            self._endurance.look(ledger, bool(self._pending))
        return True

    def _take(self) -> tuple[list[object], dict[str, str]]:
        """What to write next; a disk in trouble is given little at a time, so that some gets through."""
        with self._mutex:
            values, self._pending = self._pending, []
            if self.trouble is not None:
                values, self._pending = values[: GROUP * WIDTH], values[GROUP * WIDTH :]
            return values, dict(self.notes)

    def _acknowledge(self, ledger: Ledger, notes: dict[str, str]) -> None:
        with self._changed:
            self.written = ledger.seq, ledger.head
            for run_id in notes:
                del self.notes[run_id]
            ready = [waiter for waiter in self._waiters if waiter.seq <= ledger.seq]
            self._waiters = [waiter for waiter in self._waiters if waiter.seq > ledger.seq]
            self._changed.notify_all()
        for waiter in ready:
            waiter.wake()

    def _rescue(self) -> None:
        """The journal did not take them: another file may."""
        count = len(self._pending) // WIDTH
        saved = self._save(self._pending)
        text = f"{saved} rows wait beside it for the next start"
        if saved < count:
            text += f", {count - saved} are lost: no file took them"
        first, self.failure = self.failure or self.trouble, None
        self.fail(RuntimeError(f"{first}; {text}"))
