"""Before the first order: what the journal believes meets what the venue knows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from barfinex.clock import VirtualClock
from barfinex.domain.order import Fill, Order, OrderState
from barfinex.events.provider import (
    AccountReconciled,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconcile import reconcile
from barfinex.provider.venues.base import Filled, OutcomeUnknown
from tests.factories import START, approved, fill, order_request
from tests.fakes import FakeJournal, FakePort, FakeVenue

REQUEST = order_request("ord-1-e", quantity=Decimal(2))


class Exchange(FakeVenue):
    """Knows one order, or none, or does not answer."""

    def __init__(
        self, known: Order | None = None, fills: Sequence[Fill] = (), *, answers: bool = True
    ) -> None:
        super().__init__()
        self.known, self.made, self.answers = known, fills, answers

    async def order(self, order_id: str) -> Order | None:
        if not self.answers:
            raise OutcomeUnknown("timed out")
        return self.known

    async def open_orders(self) -> Sequence[Order]:
        return [self.known] if self.known and self.known.state.is_open else []

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        return self.made


class Desk:
    """A gateway that sent one order, of which it has heard nothing."""

    def __init__(self, exchange: Exchange) -> None:
        self.journal = FakeJournal()
        self.port = FakePort(self.journal, VirtualClock(START))
        self.exchange, self.gateway = exchange, OrderGateway(exchange, self.journal)
        self.gateway.start(self.port)

    async def settle(self, *, sent: bool = True) -> list[str]:
        if sent:
            self.exchange.silent = {REQUEST.id}
            await self.gateway.send([approved(REQUEST)], self.port)
        before = len(self.journal.rows)
        await reconcile(self.gateway, self.exchange, self.port)
        return [type(event).__name__ for event in self.journal.events()[before:]]


@pytest.mark.parametrize(
    ("state", "fact"),
    [
        (OrderState.ACCEPTED, OrderAccepted),
        (OrderState.CANCELLED, OrderCancelled),
        (OrderState.EXPIRED, OrderExpired),
        (OrderState.REJECTED, OrderRejected),
    ],
)
async def test_an_unknown_order_becomes_what_the_venue_says(state: OrderState, fact: type) -> None:
    """I15: evidence settles it."""
    desk = Desk(Exchange(Order(REQUEST, state)))
    assert await desk.settle() == [fact.__name__, "AccountReconciled"]
    assert desk.gateway.orders[REQUEST.id].state is state


async def test_an_order_the_venue_never_had_is_absent() -> None:
    """I15: the venue's word that it does not exist is the evidence."""
    desk = Desk(Exchange(None))
    assert await desk.settle() == ["OrderRejected", "AccountReconciled"]
    assert desk.journal.of(OrderRejected)[0].code == "ABSENT"


async def test_a_failed_query_changes_nothing() -> None:
    """I15: silence is no evidence."""
    desk = Desk(Exchange(None, answers=False))
    assert await desk.settle() == ["AccountReconciled"]
    assert desk.gateway.orders[REQUEST.id].state is OrderState.UNKNOWN
    assert "did not answer" in desk.journal.of(AccountReconciled)[0].mismatches[0]


async def test_missed_fills_are_told_once() -> None:
    """I16: they count, and a second start finds nothing left."""
    fills = [fill(id="f-1"), fill(id="f-2", price=Decimal(101))]
    desk = Desk(Exchange(Order(REQUEST, OrderState.FILLED, Decimal(2)), fills))
    assert await desk.settle() == ["OrderFilled", "OrderFilled", "AccountReconciled"]
    assert [event.filled for event in desk.journal.of(OrderFilled)] == [1, 2]
    assert await desk.settle(sent=False) == ["AccountReconciled"]
    assert desk.journal.of(AccountReconciled)[-1].mismatches == ()


async def test_an_order_of_somebody_else_is_reported_and_left_alone() -> None:
    foreign = Order(replace(REQUEST, id="theirs"), OrderState.ACCEPTED)
    desk = Desk(Exchange(foreign))
    assert await desk.settle(sent=False) == ["AccountReconciled"]
    assert desk.journal.of(AccountReconciled)[0].mismatches == ("order theirs at the venue is not ours",)
    assert desk.exchange.cancelled == []


async def test_a_fill_of_an_order_that_was_thought_absent_is_told_and_survives_a_restart() -> None:
    """I15, I16: what the table calls impossible still happened: journaled, and folded at the next start."""
    desk = Desk(Exchange(None))
    await desk.settle()
    late = fill(id="f-1")
    desk.exchange.say(Filled(late, Decimal(1), Decimal(2)))
    assert [event.fill.id for event in desk.journal.of(OrderFilled)] == ["f-1"]
    fresh = OrderGateway(FakeVenue(), FakeJournal())
    for row in desk.journal.rows:
        fresh.fold(row)
    assert fresh.orders[REQUEST.id].state is OrderState.REJECTED
    assert fresh.knows(late)
