"""A run in real time: rings of supervised modules around the journal, an orderly start and stop."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from anyio.abc import TaskStatus

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.bus import Bus
from barfinex.bus.port import JournalFailed, Module, Port, Work
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.domain.errors import BadInput
from barfinex.events.base import Event
from barfinex.events.kernel import (
    AlertFired,
    HaltSignalled,
    InboxConflated,
    LoopLagged,
    ModuleFailed,
    ModuleStarted,
    ModuleStoodDown,
    RunEnded,
)
from barfinex.runtime.haltfile import halt_in, text_of
from barfinex.runtime.health import Health
from barfinex.runtime.journaling import JournalWatch
from barfinex.runtime.lifecycle import State
from barfinex.runtime.restore import past, restore
from barfinex.runtime.supervisor import BRAIN, HANDS, ModuleLost, single, supervise

PULSE_S = 0.05
SETTLE_S = 5.0
HALT_FILE_S = 0.2

Endless = Callable[[], Coroutine[Any, Any, None]]


class System:
    """Seated modules and the kernel's own work around them.

    The inner ring (Provider, Inspector) may not fail: its loss ends the run. The outer (Detector, Advisor,
    Studio) restarts within a budget and then stands down while the hands go on protecting positions.
    """

    def __init__(
        self,
        bus: Bus,
        transport: MemoryTransport,
        clock: SystemClock,
        ports: dict[str, Port],
        makers: dict[str, Callable[[], Module]],
        health: Health,
        journal: SqliteJournal,
        halt_file: Path,
    ) -> None:
        self._bus, self._transport, self._clock, self._ports = bus, transport, clock, ports
        self._makers, self._health = makers, health
        self._journal, self._halt_file = journal, halt_file
        self.journal_watch = JournalWatch(journal, bus, health)
        self._works: list[Endless] = [self._tell_time, self._watch_halt_file, self._hear_signals]
        self._works += [health.beat, self.journal_watch.run]
        self._stop = anyio.Event()
        self._reason = "stopped"
        self._was_ready: set[str] = set()
        self._halt_text: str | None = None

    def add(self, work: Endless) -> None:
        """Work of the kernel's own until the end of the run; before the start only."""
        self._works.append(work)

    def stop(self, reason: str) -> None:
        """Ask for an orderly end."""
        self._reason = reason
        self._stop.set()

    def failed(self, module: str, error: Exception, restarts: int) -> None:
        text = f"{type(error).__name__}: {error}"
        self._note(ModuleFailed(module=module, error=text, restarts=restarts))

    def changed(self, module: str, state: State) -> None:
        self._health.states[module] = state
        if state is State.RUNNING:
            self._was_ready.add(module)
            self._note(ModuleStarted(module=module))

    def stood_down(self, module: str, error: Exception) -> None:
        """What it did is not done any more; the run goes on."""
        self._note(ModuleStoodDown(module=module, reason=f"{type(error).__name__}: {error}"))

    def _note(self, event: Event) -> None:
        """Record what became of a module; a journal that cannot be written must not hide it."""
        try:
            self._bus.publish(event, "kernel")
        except JournalFailed:
            pass  # The failure of the journal ends the run by itself.

    async def run(
        self, arm: Work, disarm: Callable[[], None], recall: Work, duration_s: float | None
    ) -> None:
        """Start everything, `arm` (reconcile, then let the market in), wait for the stop, end in order.

        Raises:
            ModuleLost: a module of the inner ring failed.
            BadInput: one of them cannot start, as when its port is taken.
        """
        try:
            async with anyio.create_task_group() as hands:
                for name in ("inspector", "provider"):
                    await hands.start(supervise, name, HANDS, self._runner(name), self)
                async with anyio.create_task_group() as brain:
                    for name in ("advisor", "detector", "studio"):
                        await brain.start(self._stand_down_when_lost, name)
                    await self._serve(arm, disarm, recall, duration_s)
                    for name in ("detector", "advisor", "studio"):
                        self._transport.close(name)
                for name in ("inspector", "provider"):
                    self._transport.close(name)
        except ExceptionGroup as wrapped:
            error = single(wrapped)
            if isinstance(error, ModuleLost) and isinstance(error.error, BadInput):
                raise error.error from None
            raise error from None
        finally:
            self._transport.dispose()

    async def _serve(
        self, arm: Work, disarm: Callable[[], None], recall: Work, duration_s: float | None
    ) -> None:
        async with anyio.create_task_group() as kernel:
            self._health.lagged = lambda ms: self._note(LoopLagged(lag_ms=ms))
            for work in self._works:
                kernel.start_soon(work)
            await arm()
            self._health.armed = True
            with anyio.move_on_after(duration_s) as limit:
                await self._stop.wait()
            if limit.cancelled_caught:
                self._reason = f"{duration_s:g} s are over"
            self._health.armed = False
            disarm()
            await recall()
            with anyio.move_on_after(SETTLE_S):
                await self._transport.settle()
            self._bus.publish(RunEnded(reason=self._reason), "kernel")
            kernel.cancel_scope.cancel()

    def _runner(self, name: str) -> Callable[[int, Callable[[], None]], Awaitable[None]]:
        async def run(restarts: int, ready: Callable[[], None]) -> None:
            if restarts:
                module = self._makers[name]()
                handled = self._transport.handled(name) or inf  # What came later still waits in its inbox.
                await to_thread.run_sync(self._refold, module, handled)
                self._transport.replace(module)
            await self._transport.run(name, self._ports[name], ready)

        return run

    def _refold(self, module: Module, handled: float) -> None:
        """Fold the journal into a new instance; in a thread, since orders must not wait for it."""
        self._journal.flush()
        with Reader(self._journal.path) as reader:
            rows = past(reader, [module])
            restore([module], (row for row in rows if row.seq <= handled or row.source == module.name))

    async def _stand_down_when_lost(self, name: str, *, task_status: TaskStatus[None]) -> None:
        try:
            await supervise(name, BRAIN, self._runner(name), self, task_status=task_status)
        except ModuleLost as lost:
            if name not in self._was_ready:
                task_status.started()  # It never ran; the others start all the same.
            self._transport.detach(name)
            self.stood_down(name, lost.error)

    async def _tell_time(self) -> None:
        """Alerts that are due become events; prices that were conflated away are reported."""
        while True:  # bound: the task's cancellation
            await anyio.sleep(PULSE_S)
            for alert in self._clock.due(self._clock.now()):
                self._bus.publish(AlertFired(name=alert.name, at=alert.at), "kernel")
            for name in self._makers:
                dropped = self._transport.dropped(name)
                if dropped:
                    self._bus.publish(InboxConflated(module=name, dropped=dropped), "kernel")

    async def _watch_halt_file(self) -> None:
        while True:  # bound: the task's cancellation
            self.look_for_halt_file()
            await anyio.sleep(HALT_FILE_S)

    def look_for_halt_file(self) -> None:
        """A HALT file that is new, or says something new, halts; one whose halt was lifted halts again."""
        text = text_of(self._halt_file)
        if text is not None:
            wish = halt_in(text, self._halt_file)
            if text != self._halt_text or not self._health.holds(wish):
                self._bus.publish(wish, "kernel")
        self._halt_text = text

    async def _hear_signals(self) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGUSR1) as signals:
            async for number in signals:
                if number == signal.SIGUSR1:
                    self._bus.publish(HaltSignalled(signal="SIGUSR1"), "kernel")
                elif self._stop.is_set():
                    raise KeyboardInterrupt
                else:
                    self.stop("interrupted" if number == signal.SIGINT else "terminated")
