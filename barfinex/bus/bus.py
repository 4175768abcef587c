"""The bus: stamp, check the publisher, journal, deliver; in that order, and without ever awaiting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from barfinex.bus.port import Journal, Port, Tap, Transport, Work
from barfinex.clock import Clock
from barfinex.events.base import Envelope, Event, Journaled

Spawner = Callable[[Work], None]
Publish = Callable[[Event, str, Envelope | None, int | None, int], Envelope]


class NotThePublisher(Exception):
    """A module tried to publish an event that belongs to another (I6)."""


class Bus:
    """One numbered stream of facts.

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
        self._deliver, self._append = transport.deliver, journal.append
        self.clock, self._now, self._run_id, self._seq = clock, clock.now, run_id, seq
        self._unrecorded = (Journaled.NEVER,) if arriving else (Journaled.NEVER, Journaled.ON_ARRIVAL)
        self.taps: list[Tap] = []

    def publish(
        self,
        event: Event,
        source: str,
        cause: Envelope | None = None,
        ts: int | None = None,
        took_us: int = 0,
    ) -> Envelope:
        """Raises NotThePublisher, or JournalFailed when the event cannot be recorded."""
        if event.publisher != source:
            raise NotThePublisher(f"{source} published {event.wire_type}, which only {event.publisher} may")
        known_at = self._now()
        if ts is None:
            ts = known_at
        seq = 0 if event.journaled in self._unrecorded else self._seq + 1
        causation = correlation = 0
        if cause is not None:
            causation, correlation = cause.seq, cause.correlation
        envelope = Envelope(
            seq, self._run_id, source, ts, known_at, correlation or seq, causation, event, took_us
        )
        if seq:
            self._append(envelope)
            self._seq = seq  # Only now: what could not be recorded leaves no gap in the numbers.
        for tap in self.taps:
            tap(envelope)
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
