"""One envelope at a time, in order of publication: the transport that promises determinism."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from barfinex.bus.inbox import InboxOverflow
from barfinex.bus.port import Module, Port, Work
from barfinex.bus.transports.base import Routing, Seat
from barfinex.events.base import Envelope, Event


class LockstepTransport:
    """Delivers only while `settle` runs; work that a handler spawns runs at once after it, in order."""

    def __init__(self, limit: int = 100_000) -> None:
        self._routing = Routing()
        self._routes = self._routing.routes
        self._limit = limit
        self._waiting: deque[Envelope] = deque(maxlen=limit)
        self._spawned: deque[Work] = deque(maxlen=limit)

    def attach(self, module: Module, port: Callable[[Envelope], Port]) -> None:
        self._routing.attach(module, port)

    def seats(self, kind: type[Event]) -> Sequence[Seat]:
        return self._routing.to(kind)

    def deliver(self, envelope: Envelope) -> None:
        waiting = self._waiting
        if len(waiting) >= self._limit:
            raise InboxOverflow(f"more than {self._limit} events wait for delivery")
        waiting.append(envelope)

    def spawner(self, _owner: str) -> Callable[[Work], None]:
        return self._spawn

    def _spawn(self, work: Work) -> None:
        if len(self._spawned) >= self._limit:
            raise InboxOverflow(f"more than {self._limit} pieces of work wait")
        self._spawned.append(work)

    async def settle(self) -> None:
        next_one, spawned = self._waiting.popleft, self._spawned
        while spawned:
            await spawned.popleft()()
        while self._waiting:
            envelope = next_one()
            event, seq = envelope.event, envelope.seq
            for seat in self._routes[type(event)]:
                if seq:  # As `Seat.handle` does, without the call: what came before is passed over.
                    if seq <= seat.handled:
                        continue
                    seat.handled = seq
                await seat.module.handle(event, seat.make_port(envelope))
                while spawned:
                    await spawned.popleft()()
