"""A desk at which what handlers spawn runs side by side, as it does in a live run."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup

from barfinex.bus.port import Work
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.events.base import Envelope
from barfinex.events.kernel import AlertFired
from tests.faults.desk import Desk


class Crowd(LockstepTransport):
    """What handlers spawn runs side by side, as in a live run; who sleeps is woken by the desk's clock."""

    def __init__(self, group: TaskGroup) -> None:
        super().__init__()
        self._group, self.busy = group, 0

    def _spawn(self, work: Work) -> None:
        self.busy += 1
        self._group.start_soon(self._carry_out, work)

    async def _carry_out(self, work: Work) -> None:
        await work()
        self.busy -= 1

    async def settle(self) -> None:
        while self._waiting or self.busy:
            while self._waiting:
                await super().settle()
            await anyio.lowlevel.checkpoint()


class BusyDesk(Desk):
    """A desk whose waits are waits."""

    def __init__(self, group: TaskGroup, *given: object, **changes: dict[str, object]) -> None:
        self._make: Callable[[], LockstepTransport] = lambda: Crowd(group)
        self._sleepers: dict[str, anyio.Event] = {}
        super().__init__(*given, **changes)  # type: ignore[arg-type]
        self.bus.taps.append(self._wake)

    def _transport(self) -> LockstepTransport:
        return self._make()

    async def _sleep(self, seconds: float) -> None:
        name = f"sleep {len(self._sleepers)}"
        woken = self._sleepers[name] = anyio.Event()
        self.clock.alert(self.clock.now() + max(1, round(seconds * 1_000)), name)
        self.transport.busy -= 1  # type: ignore[attr-defined]
        await woken.wait()

    def _wake(self, envelope: Envelope) -> None:
        if isinstance(envelope.event, AlertFired) and envelope.event.name in self._sleepers:
            self.transport.busy += 1  # type: ignore[attr-defined]
            self._sleepers[envelope.event.name].set()
