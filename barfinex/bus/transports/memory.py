"""One task and one bounded inbox per module, in one process: the transport for markets that do not wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio
from anyio.abc import TaskGroup

from barfinex.bus.inbox import Inbox
from barfinex.bus.port import Background, Module, Port, Work
from barfinex.bus.transports.base import Routing, Seat
from barfinex.events.base import Envelope, Event


class MemoryTransport:
    """`run(name)` drains one module's inbox; the kernel runs it under supervision."""

    def __init__(self, inbox_size: int = 4_096) -> None:
        self._size = inbox_size
        self._routing = Routing()
        self._inboxes: dict[str, Inbox] = {}
        self._groups: dict[str, TaskGroup] = {}
        self._in_flight = 0
        self._idle = anyio.Event()
        self._idle.set()

    def attach(self, module: Module, port: Callable[[Envelope], Port]) -> None:
        self._routing.attach(module, port)
        self._inboxes[module.name] = Inbox(module.name, self._size)

    def replace(self, module: Module) -> None:
        """Put a new instance on a seat; its inbox and what waits in it stay."""
        self._routing.seats[module.name].module = module

    def detach(self, name: str) -> None:
        """A module that has stood down is given nothing any more; what waits for it is let go."""
        self._routing.detach(name)
        inbox = self._inboxes.pop(name)
        self._in_flight -= inbox.waiting
        inbox.dispose()
        if self._in_flight == 0:
            self._idle.set()

    def seats(self, kind: type[Event]) -> Sequence[Seat]:
        return self._routing.to(kind)

    def deliver(self, envelope: Envelope) -> None:
        for seat in self._routing.to(type(envelope.event)):
            if self._inboxes[seat.module.name].offer(envelope):
                self._enter()

    async def settle(self) -> None:
        await self._idle.wait()

    async def run(self, name: str, port: Port, ready: Callable[[], None]) -> None:
        """Serve one module until its inbox is closed and empty. Raises what the module raises."""
        seat = self._routing.seats[name]
        async with anyio.create_task_group() as group:
            self._groups[name] = group
            if isinstance(seat.module, Background):
                group.start_soon(seat.module.run, port)
            ready()
            await self._drain(seat, self._inboxes[name])
            group.cancel_scope.cancel()

    async def _drain(self, seat: Seat, inbox: Inbox) -> None:
        async for envelope in inbox:
            try:
                await seat.handle(envelope)
            finally:
                self._exit()

    def spawner(self, owner: str) -> Callable[[Work], None]:
        return lambda work: self._spawn(owner, work)

    def _spawn(self, owner: str, work: Work) -> None:
        """Run work in the owner's task group; it counts as in flight."""

        async def counted() -> None:
            try:
                await work()
            finally:
                self._exit()

        self._groups[owner].start_soon(counted)  # May raise, and then nothing is in flight.
        self._enter()

    def dropped(self, name: str) -> int:
        """Prices conflated away since the last question; none for a module that has stood down."""
        inbox = self._inboxes.get(name)
        if inbox is None:
            return 0
        count, inbox.dropped = inbox.dropped, 0
        return count

    def handled(self, name: str) -> int:
        """The last event a module was given, by seq; what waits in its inbox came later."""
        return self._routing.seats[name].handled

    def close(self, name: str) -> None:
        """Let a module finish what waits for it; one that has stood down has finished."""
        if name in self._inboxes:
            self._inboxes[name].close()

    def dispose(self) -> None:
        for inbox in self._inboxes.values():
            inbox.dispose()

    def _enter(self) -> None:
        if self._in_flight == 0:
            self._idle = anyio.Event()
        self._in_flight += 1

    def _exit(self) -> None:
        self._in_flight -= 1
        if self._in_flight == 0:
            self._idle.set()
