"""A gateway whose order is in doubt, and a venue that shows what it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from barfinex.bus.port import Work
from barfinex.clock import VirtualClock
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState
from barfinex.provider.orders import OrderGateway
from barfinex.provider.throttle import Throttle
from barfinex.provider.venues.base import OutcomeUnknown
from tests.factories import START, approved, order_request
from tests.fakes import FakeJournal, FakePort, FakeVenue

D, S = Decimal, OrderState
ID = "ord-1-e"
Answer = TypeVar("Answer")
TWO = order_request(quantity=D(2))


class Exchange(FakeVenue):
    """Shows the orders and fills it is told to; a question in `deaf` is not answered."""

    def __init__(self) -> None:
        super().__init__(silent=[ID])
        self.known: dict[str, Order] = {}
        self.resting: list[Order] = []
        self.waiting: list[Order] = []
        self.made: list[Fill] = []
        self.deaf: set[str] = set()
        self.error: Exception = OutcomeUnknown("timed out")
        self.asked: list[str] = []

    async def order(self, order_id: str) -> Order | None:
        return await self._answer("order", self.known.get(order_id))

    async def open_orders(self) -> Sequence[Order]:
        return await self._answer("open_orders", self.resting)

    async def conditional_orders(self) -> Sequence[Order]:
        return await self._answer("conditional_orders", self.waiting)

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        return await self._answer("fills", [one for one in self.made if one.ts >= since])

    async def _answer(self, question: str, answer: Answer) -> Answer:
        self.asked.append(question)
        if question in self.deaf:
            raise self.error
        return answer


class Spawning(FakePort):
    """What is spawned runs when the desk lets it."""

    def __init__(self, journal: FakeJournal, clock: VirtualClock) -> None:
        super().__init__(journal, clock)
        self.work: list[Work] = []

    def spawn(self, work: Work) -> None:
        self.work.append(work)


class Desk:
    """A gateway at START that sent one order and got no answer."""

    def __init__(self, throttle: Throttle | None = None) -> None:
        self.journal, self.clock, self.venue = FakeJournal(), VirtualClock(START), Exchange()
        self.port = Spawning(self.journal, self.clock)
        self.gateway = OrderGateway(self.venue, self.journal, durable_s=None, throttle=throttle)
        self.gateway.start(self.port)

    async def send(self, request: OrderRequest = TWO) -> None:
        await self.gateway.send([approved(request)], self.port)

    async def until(self, after_ms: int) -> None:
        """Let time pass until so long after START, and everything happen that is due."""
        end = START + after_ms
        while (at := self.clock.next_alert()) is not None and at <= end:
            self.clock.move(at)
            for alert in self.clock.due(at):
                self.gateway.ring(alert.name, self.port)
            while self.port.work:
                await self.port.work.pop(0)()
        self.clock.move(end)

    def state(self) -> OrderState:
        return self.gateway.orders[ID].state

    def said(self) -> list[str]:
        return [type(event).__name__ for event in self.journal.events()][2:]


async def unknown() -> Desk:
    desk = Desk()
    await desk.send()
    assert desk.state() is S.UNKNOWN
    return desk


def shown(state: OrderState, filled: str = "0") -> Order:
    return Order(TWO, state, D(filled))


async def accepted() -> Desk:
    desk = Desk()
    desk.venue.silent = set()
    await desk.send()
    assert desk.state() is S.ACCEPTED
    desk.venue.known[ID] = shown(S.ACCEPTED)
    return desk
