"""Stand-ins for what surrounds a module: they do the least that the contract asks, and remember it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import anyio

from barfinex.bus.port import JournalFailed, Port, Work
from barfinex.clock import VirtualClock
from barfinex.domain.order import Fill, Order, OrderRequest
from barfinex.domain.verdict import Approved
from barfinex.events.base import Envelope, Event
from barfinex.provider.venues.base import Accepted, Capabilities, OutcomeUnknown, Report

React = Callable[[Event, Port], Awaitable[None]]


class FakeJournal:
    """A journal in memory. `fails`: every append does; `is_slow`: `durable` never returns."""

    def __init__(self) -> None:
        self.rows: list[Envelope] = []
        self.asked: list[int] = []
        self.fails = self.is_slow = False

    def append(self, envelope: Envelope) -> None:
        if self.fails:
            raise JournalFailed("the disk is full")
        self.rows.append(envelope)

    async def durable(self, seq: int) -> None:
        self.asked.append(seq)
        if self.is_slow:
            await anyio.sleep_forever()

    def events(self) -> list[Event]:
        return [row.event for row in self.rows]

    def of(self, kind: type[Event]) -> list[Any]:
        return [row.event for row in self.rows if type(row.event) is kind]


class FakePort:
    """A port without a bus: journals, and delivers to nobody."""

    def __init__(self, journal: FakeJournal, clock: VirtualClock) -> None:
        self.journal, self.clock = journal, clock
        self.cause: Envelope | None = None

    @property
    def now(self) -> int:
        return self.clock.now()

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        seq, now = len(self.journal.rows) + 1, self.clock.now()
        happened = now if ts is None else ts
        begun = cause.seq if cause else 0
        envelope = Envelope(seq, "run", event.publisher, happened, now, begun or seq, begun, event, took_us)
        self.journal.append(envelope)
        return envelope

    def spawn(self, work: Work) -> None:
        raise AssertionError("nothing here spawns")


class FakeVenue:
    """A venue that accepts everything; `silent` ones of the orders are never answered for."""

    capabilities = Capabilities()

    def __init__(self, silent: Sequence[str] = ()) -> None:
        self.sent: list[OrderRequest] = []
        self.cancelled: list[str] = []
        self.silent = set(silent)
        self.say: Callable[[Report], None] = lambda _: None

    def listen(self, heard: Callable[[Report], None]) -> None:
        self.say = heard

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        for permit in approved:
            self.sent.append(permit.order)
            if permit.order.id in self.silent:
                raise OutcomeUnknown("timed out")
            self.say(Accepted(permit.order.id, 0))

    async def cancel(self, order_id: str) -> None:
        self.cancelled.append(order_id)
        if order_id in self.silent:
            raise OutcomeUnknown("timed out")

    async def order(self, order_id: str) -> Order | None:
        return None

    async def open_orders(self) -> Sequence[Order]:
        return ()

    async def conditional_orders(self) -> Sequence[Order]:
        return ()

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        return ()

    async def positions(self) -> Mapping[str, Decimal]:
        return {}

    async def balances(self) -> Mapping[str, Decimal]:
        return {}


class RecordingModule:
    """Remembers what it was given, in order, and answers as `react` says."""

    def __init__(self, name: str, *consumes: type[Event], react: React | None = None) -> None:
        self._name, self._consumes, self._react = name, consumes, react
        self.seen: list[Event] = []
        self.causes: list[Envelope] = []
        self.folded: list[Envelope] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def consumes(self) -> tuple[type[Event], ...]:
        return self._consumes

    def fold(self, envelope: Envelope) -> None:
        self.folded.append(envelope)

    async def handle(self, event: Event, port: Port) -> None:
        self.seen.append(event)
        assert port.cause is not None
        self.causes.append(port.cause)
        if self._react is not None:
            await self._react(event, port)
