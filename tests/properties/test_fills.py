"""I16: whatever a venue repeats, reorders or tells across a restart, the position is the sum of its fills."""

from __future__ import annotations

import os
from decimal import Decimal
from random import Random

import pytest

from barfinex.clock import VirtualClock
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, OrderState, Side
from barfinex.events.advisor import IntentProposed
from barfinex.events.inspector import IntentApproved
from barfinex.events.provider import OrderContradicted, OrderFilled
from barfinex.inspector.book import RiskBook
from barfinex.provider.orders import OrderGateway
from barfinex.provider.venues.base import Accepted, Cancelled, Expired, Filled, Report
from tests.factories import BTC, START, approved, intent, order_request
from tests.fakes import FakeJournal, FakePort, FakeVenue

SEEDS = int(os.environ.get("BARFINEX_SEEDS", "600"))
EACH = 100
D = Decimal
ID = "ord-1-e"
CASH = D(10_000)


class World:
    """A gateway and a risk book, which both begin anew from the journal in a restart."""

    def __init__(self, quantity: Decimal, *, silent: bool) -> None:
        self.journal, self._silent = FakeJournal(), [ID] if silent else []
        self.request = order_request(ID, quantity=quantity)
        self.begin()
        self.port.emit(IntentProposed(instrument=BTC, decision_id="dec-1", authority="gate", intent=intent()))
        permit = approved(self.request)
        self.port.emit(IntentApproved(instrument=BTC, intent_id="int-1", checks=(), approval=permit))

    def begin(self) -> None:
        self.venue = FakeVenue(self._silent)
        self.port = FakePort(self.journal, VirtualClock(START))
        self.gateway = OrderGateway(self.venue, self.journal, durable_s=None)
        for row in self.journal.rows:
            self.gateway.fold(row)
        self.gateway.start(self.port)

    async def send(self) -> None:
        await self.gateway.send([approved(self.request)], self.port)

    def book(self) -> RiskBook:
        """What the Inspector makes of the journal."""
        book = RiskBook(CASH)
        for row in self.journal.rows:
            book.fold(row.event, row.known_at)
        return book


def story(random: Random, quantity: Decimal) -> tuple[list[Fill], list[Report]]:
    """All that happens to one order at the venue: some fills, and an end if they are not all of it."""
    fills: list[Fill] = []
    reports: list[Report] = [Accepted(ID, START)]
    filled = ZERO
    for k in range(random.randrange(7)):
        rest = quantity - filled
        size = rest if random.random() < 0.2 else min(rest, D(random.randrange(1, 40)) / 10)
        if size <= 0:
            break
        filled += size
        price, fee = D(random.randrange(90, 110)), D(random.randrange(9)) / 100
        fills.append(Fill(f"f{k}", ID, BTC, Side.BUY, size, price, fee, START + k))
        reports.append(Filled(fills[-1], filled, quantity))
    if filled < quantity:
        over = ID, START + 9, "over"
        reports.append(Cancelled(*over) if random.random() < 0.5 else Expired(*over))
    return fills, reports


async def live_through(seed: int) -> None:
    random = Random(seed)
    quantity = D(random.randrange(1, 100)) / 10
    world = World(quantity, silent=random.random() < 0.3)
    await world.send()
    fills, reports = story(random, quantity)
    heard = [report for report in reports for _ in range(random.choice([1, 1, 2, 3]))]
    random.shuffle(heard)
    for report in heard:
        if random.random() < 0.1:
            world.begin()
        world.venue.say(report)
    total = sum((fill.quantity for fill in fills), ZERO)
    order, book = world.gateway.orders[ID], world.book()
    position = book.portfolio.positions.get(BTC)
    assert order.filled == total
    assert not order.state.is_open
    assert (order.state is OrderState.FILLED) == (total == quantity)
    assert sorted(event.fill.id for event in world.journal.of(OrderFilled)) == [fill.id for fill in fills]
    assert (position.quantity if position else ZERO) == total
    assert book.portfolio.cash == CASH - sum((f.quantity * f.price + f.fee for f in fills), ZERO)
    assert world.journal.of(OrderContradicted) == []
    assert ID not in book.orders, "nothing is reserved for what has ended"
    for managed in book.positions.values():
        assert managed.quantity == total


@pytest.mark.parametrize("first", range(0, SEEDS, EACH))
async def test_repeated_and_reordered_fills_leave_no_error_in_the_position(first: int) -> None:
    """More seeds with BARFINEX_SEEDS."""
    for seed in range(first, min(first + EACH, SEEDS)):
        try:
            await live_through(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
