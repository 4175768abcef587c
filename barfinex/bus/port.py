"""The contracts around the bus: what a module is, and all that it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

from barfinex.clock import Clock
from barfinex.domain.candles import Candles
from barfinex.events.base import Envelope, Event

Work = Callable[[], Awaitable[None]]


class Port(Protocol):
    """A module's only way out. It stamps the cause itself; a module sees nothing else.

    `now` is the `known_at` of what is being handled, so a handler's answer depends on its inbox alone.
    """

    @property
    def cause(self) -> Envelope | None: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def now(self) -> int: ...

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        """Publish. `cause` replaces the envelope being handled when this answers an earlier one."""
        ...

    def spawn(self, work: Work) -> None:
        """Run work beside the handler, in the module's own task group; inline when in lockstep."""
        ...


class Module(Protocol):
    """One event at a time; `fold` changes state only, `handle` folds and acts."""

    @property
    def name(self) -> str: ...

    @property
    def consumes(self) -> tuple[type[Event], ...]: ...

    def fold(self, envelope: Envelope) -> None:
        """Take a past event in, without acting: how a restarted module gets its state back."""
        ...

    async def handle(self, event: Event, port: Port) -> None: ...


@runtime_checkable
class Quiet(Protocol):
    """A module that can say how many coming candles it takes at once, acting on nothing but the last.

    An answer holds until an event about its instrument, or about all instruments, is published.
    """

    def quiet(self, candles: Candles) -> int: ...


@runtime_checkable
class Background(Protocol):
    """A module with work of its own beside its inbox: a feed, a server."""

    async def run(self, port: Port) -> None: ...


class Journal(Protocol):
    """Where every event goes before any module sees it (I7)."""

    def append(self, envelope: Envelope) -> None: ...

    async def durable(self, seq: int) -> None:
        """Return once the row is on disk. Raises JournalFailed when it never will be."""
        ...


class JournalFailed(Exception):
    """The audit journal cannot be written: entries stop, protection does not."""


class Transport(Protocol):
    """Moves envelopes to modules. The bus stamps and journals; a transport only delivers."""

    def attach(self, module: Module, port: Callable[[Envelope], Port]) -> None: ...

    def spawner(self, owner: str) -> Callable[[Work], None]:
        """What a port of this module uses to run work beside its handler."""
        ...

    def seats(self, kind: type[Event]) -> Sequence[object]:
        """Who is given events of this type: a list that changes as modules come and go."""
        ...

    def deliver(self, envelope: Envelope) -> None: ...

    async def settle(self) -> None:
        """Return when nothing delivered is unhandled."""
        ...


Tap = Callable[[Envelope], None]
