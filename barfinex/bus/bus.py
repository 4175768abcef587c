"""The bus: stamp, check the publisher, journal, deliver; in that order, and without ever awaiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from barfinex.bus.port import Journal, Port, Tap, Transport, Work
from barfinex.clock import Clock
from barfinex.events.base import Envelope, Event, Journaled

Spawner = Callable[[Work], None]
Publish = Callable[[Event, str, Envelope | None, int | None, int], Envelope]


class NotThePublisher(Exception):
    """A module tried to publish an event that belongs to another (I6)."""


class _Route:
    """What there is to know of a type of event when one is published."""

    __slots__ = ("count", "publisher", "recorded", "seats", "taps")

    def __init__(self, kind: type[Event], recorded: bool, seats: Sequence[object]) -> None:
        self.publisher, self.recorded, self.seats = kind.publisher, recorded, seats
        self.taps: list[Tap] = []
        self.count = 0


class Bus:
    """One numbered stream of facts. `taps` are shown every event, before any module is.

    Args:
        arriving: market data arrives as it happens and is journaled; otherwise it comes from files that can
            be read again, and only what follows from it is.
        seq: the last number used in the journal so far.
    """

    def __init__(
        self,
        transport: Transport,
        journal: Journal,
        clock: Clock,
        run_id: str,
        *,
        arriving: bool,
        seq: int = 0,
    ) -> None:
        self._transport, self._deliver, self._append = transport, transport.deliver, journal.append
        self.clock, self._now, self._run_id, self._seq = clock, clock.now, run_id, seq
        self._unrecorded = (Journaled.NEVER,) if arriving else (Journaled.NEVER, Journaled.ON_ARRIVAL)
        self.taps: list[Tap] = []
        self._routes: dict[type[Event], _Route] = {}

    @property
    def counts(self) -> Counter[type[Event]]:
        """How many events of each type were published."""
        return Counter({kind: route.count for kind, route in self._routes.items() if route.count})

    def tap(self, tap: Tap, *kinds: type[Event]) -> None:
        """Show these types of events to a tap, and no others."""
        for kind in kinds:
            self._route(kind).taps.append(tap)

    def _route(self, kind: type[Event]) -> _Route:
        route = self._routes.get(kind)
        if route is None:
            recorded = kind.journaled not in self._unrecorded
            route = self._routes[kind] = _Route(kind, recorded, self._transport.seats(kind))
        return route

    def publish(
        self,
        event: Event,
        source: str,
        cause: Envelope | None = None,
        ts: int | None = None,
        took_us: int = 0,
    ) -> Envelope:
        """Raises NotThePublisher, or JournalFailed when the event cannot be recorded."""
        kind = type(event)
        route = self._routes.get(kind) or self._route(kind)
        if route.publisher != source:
            raise NotThePublisher(f"{source} published {event.wire_type}, which only {route.publisher} may")
        known_at = self._now()
        seq = self._seq + 1 if route.recorded else 0
        causation, correlation = (0, seq) if cause is None else (cause.seq, cause.correlation or seq)
        happened = known_at if ts is None else ts
        envelope = Envelope(
            seq, self._run_id, source, happened, known_at, correlation, causation, event, took_us
        )
        if seq:
            self._append(envelope)
            self._seq = seq  # Only now: what could not be recorded leaves no gap in the numbers.
        route.count += 1
        for tap in route.taps:
            tap(envelope)
        for tap in self.taps:
            tap(envelope)
        if route.seats:
            self._deliver(envelope)
        return envelope

    def port(self, owner: str, spawner: Spawner) -> Port:
        """A module's port for what it does on its own account."""
        return _Port(self.publish, owner, spawner, self.clock)

    def answers(self, owner: str, spawner: Spawner) -> Callable[[Envelope], Port]:
        """What makes a module's port for one `handle` call."""
        return partial(_Answer, self.publish, owner, spawner, self.clock)


class _Port:
    """The capability of a module acting on its own account."""

    __slots__ = ("_owner", "_publish", "clock", "spawn")

    def __init__(self, publish: Publish, owner: str, spawner: Spawner, clock: Clock) -> None:
        self._publish, self._owner, self.spawn, self.clock = publish, owner, spawner, clock

    @property
    def cause(self) -> None:
        """It answers nothing."""

    @property
    def now(self) -> int:
        return self.clock.now()

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        return self._publish(event, self._owner, cause, ts, took_us)


class _Answer(Struct):
    """The capability handed to one `handle` call: it remembers the cause, so modules need not."""

    publish: Publish
    owner: str
    spawn: Spawner
    clock: Clock
    cause: Envelope

    @property
    def now(self) -> int:
        return self.cause.known_at

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        return self.publish(event, self.owner, cause or self.cause, ts, took_us)
