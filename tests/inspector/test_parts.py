"""Targets in parts, slices of fills, and a venue without groups: what would be sold is what is held."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderType, Purpose
from barfinex.domain.signal import Bracket, BreakEven, Scale, Trail
from barfinex.events.base import Event
from barfinex.events.inspector import CancelRequested, IntentApproved, ProtectionApproved, TradeClosed
from barfinex.inspector.ladder import Facilities
from tests.inspector.story import BTC, MINUTE, D, Story, intent, leave, names, only

LOT = D("0.5")
SCALED = Bracket(0.02, targets=(Scale(0.5, 0.01), Scale(0.3, 0.03)))
ALONE = Facilities(oco=False)


def scaled(can: Facilities | None = None) -> Story:
    story = Story(instrument=Instrument(BTC, lot=LOT), can=can or Facilities())
    story.enter(intent(bracket=SCALED))
    return story


def test_each_part_has_its_own_pair_and_the_rest_a_stop() -> None:
    """I16: on lots, and together they are what is held."""
    story = scaled()
    orders = [permit.order for permit in story.sent.values() if permit.order.purpose is not Purpose.ENTRY]
    assert [(o.id, o.quantity, o.trigger) for o in orders] == [
        ("ord-1-s", D(5), D("98.0")),
        ("ord-1-t", D(5), D("101.0")),
        ("ord-1-s2", D(3), D("98.0")),
        ("ord-1-t2", D(3), D("103.0")),
        ("ord-1-s3", D(2), D("98.0")),
    ]
    assert len({order.oco for order in orders}) == 3


def test_a_part_that_is_sold_takes_its_own_stop_along_only() -> None:
    story = scaled()
    story.submit("ord-1-s", "ord-1-t", "ord-1-s2", "ord-1-t2", "ord-1-s3")
    assert story.fill("ord-1-t", "101") == []
    story.cancel("ord-1-s")
    assert sum(guard.open for guard in story.book.positions["trd-1"].guards) == 5
    story.fill("ord-1-s2", "98")
    trade = only(story.fill("ord-1-s3", "98"), TradeClosed).trade
    assert (trade.quantity, trade.net_pnl) == (D(10), D(5 - 10))


def test_a_part_that_lost_its_stop_gets_it_back_with_its_own_target() -> None:
    story = scaled()
    story.submit("ord-1-s", "ord-1-t", "ord-1-s2", "ord-1-t2", "ord-1-s3")
    again = only(story.expire("ord-1-s2"), ProtectionApproved)
    assert [(a.order.quantity, a.order.trigger) for a in again.approvals] == [
        (D(3), D("98.0")),
        (D(3), D("103.0")),
    ]


def test_small_fills_are_cut_on_lots_and_nothing_is_lost() -> None:
    """I16: a part smaller than a lot goes to the rest."""
    story = Story(instrument=Instrument(BTC, lot=LOT))
    story.price(100.0)
    story.propose(intent(bracket=SCALED))
    story.submit("ord-1-e")
    for quantity in ("0.5", "1.5", "3"):
        story.fill("ord-1-e", "100", quantity)
    guards = story.book.positions["trd-1"].guards
    assert [guard.open for guard in guards] == [D("0.5"), D("0.5"), D(1), D("1.5"), D("0.5"), D(1)]
    assert [guard.slice.part for guard in guards] == [2, 0, 2, 0, 1, 2]


def test_at_a_venue_without_groups_a_fill_of_one_takes_the_other_back() -> None:
    """I5, I16: the Inspector does what the venue cannot; the stop stays until something else sells."""
    for first, other in (("s", "t"), ("t", "s")):
        story = Story(can=ALONE)
        story.hold()
        events = story.fill(f"ord-1-{first}", "100")
        assert only(events, CancelRequested).order_id == f"ord-1-{other}"
        assert names(events) == ["CancelRequested", "TradeClosed", "EquityMarked"]
        story.cancel(f"ord-1-{other}")
        assert not story.book.orders


def test_at_a_venue_without_groups_an_exit_takes_both_back_when_it_sells() -> None:
    story = Story(can=ALONE)
    story.hold()
    assert names(story.propose(leave())) == ["IntentApproved"]
    assert story.submit("ord-1-x") == []
    events = story.fill("ord-1-x", "101", "4")
    assert {e.order_id for e in events if isinstance(e, CancelRequested)} == {"ord-1-s", "ord-1-t"}
    story.cancel("ord-1-s")
    story.cancel("ord-1-t")
    only(story.fill("ord-1-x", "101"), TradeClosed)


def test_at_a_venue_without_groups_a_stop_that_is_gone_is_placed_again_at_once() -> None:
    """I5: there no target is triggered by that; the old target goes, so that none is sold twice."""
    story = Story(can=ALONE)
    story.hold()
    events = story.cancel("ord-1-s")
    assert only(events, CancelRequested).order_id == "ord-1-t"
    assert [a.order.id for a in only(events, ProtectionApproved).approvals] == ["ord-1-s2", "ord-1-t2"]


def test_what_a_venue_leaves_of_a_group_whose_stop_is_gone_is_asked_back() -> None:
    """I16: a target of which the stop was lost would sell what another pair covers by now."""
    story = Story()
    story.hold()
    story.expire("ord-1-s")
    story.submit("ord-1-s2", "ord-1-t2")
    assert only(story.ring(2_000), CancelRequested).order_id == "ord-1-t"
    assert story.cancel("ord-1-t") == []
    assert story.ring(60_000) == []


def test_a_late_fill_of_a_stop_that_was_taken_for_gone_makes_the_next_one_smaller() -> None:
    """I16: the stop is as large as the position, also after a fill that overtook the end of its order."""
    story = Story()
    story.hold()
    story.expire("ord-1-s")
    story.cancel("ord-1-t")
    story.submit("ord-1-s2", "ord-1-t2")
    [smaller] = only(story.fill("ord-1-s", "98", "4"), ProtectionApproved).approvals
    assert (smaller.order.id, smaller.order.quantity, smaller.order.oco) == ("ord-1-s3", D(6), "oco-1-2")
    story.submit("ord-1-s3")
    story.cancel("ord-1-s2")
    position = story.book.positions["trd-1"]
    assert (position.left, position.surplus) == (D(6), D(0))
    assert [guard.open for guard in position.guards] == [D(6)]
    assert only(story.fill("ord-1-s3", "98"), TradeClosed).trade.quantity == 10


def test_an_exit_the_venue_has_begun_without_filling_covers_what_it_sells() -> None:
    """I16: a thin venue takes stop and target away before it fills; placing another pair would sell twice."""
    story = Story()
    story.hold()
    story.propose(leave())
    story.submit("ord-1-x")
    assert story.cancel("ord-1-s") == story.cancel("ord-1-t") == []
    again = only(story.expire("ord-1-x"), ProtectionApproved)
    assert [a.order.quantity for a in again.approvals] == [D(10), D(10)]


class Desk:
    """A venue that takes everything and fills at random, in slices on lots; with or without groups."""

    def __init__(self, seed: int, *, groups: bool) -> None:
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.story = Story(instrument=Instrument(BTC, lot=LOT), can=Facilities(oco=groups), checks=False)
        self.groups, self.price = groups, 100.0
        self.told: list[Event] = []

    def hear(self, events: list[Event]) -> None:
        """Answer what the Inspector asks for: send, accept, cancel."""
        queue = list(events)
        while queue:
            event = queue.pop(0)
            self.told.append(event)
            if isinstance(event, IntentApproved):
                queue += self.story.submit(event.approval.order.id)
            elif isinstance(event, ProtectionApproved):
                queue += self.story.submit(*[approval.order.id for approval in event.approvals])
            elif isinstance(event, CancelRequested) and event.order_id in self.story.book.orders:
                queue += self.story.cancel(event.order_id)
            self.weigh()

    def weigh(self) -> None:
        """What one order of each group would sell is what is held, to a lot."""
        for position in self.story.book.positions.values():
            guarded = sum((guard.open for guard in position.guards), D(0))
            naked = sum((one.quantity for one in position.naked), D(0))
            assert abs(guarded + naked - position.left) <= LOT
            for guard in position.guards:
                stop = self.story.book.orders.get(guard.stop)
                if guard.leg == guard.stop:
                    assert stop is not None
                    assert abs(stop.remaining - guard.open) <= LOT

    def fill(self, order_id: str) -> None:
        order = self.story.book.orders[order_id]
        lots = int(order.remaining / LOT)
        amount = LOT * Decimal(int(self.rng.integers(1, lots + 1))) if lots > 1 else order.remaining
        oco = order.request.oco
        self.hear(self.story.fill(order_id, f"{self.price:.1f}", str(amount)))
        self.leave_group(order_id, oco)

    def end(self, order_id: str) -> None:
        """An order ends by itself, and so do the others of its group."""
        oco = self.story.book.orders[order_id].request.oco
        self.hear(self.story.expire(order_id))
        self.leave_group(order_id, oco)

    def leave_group(self, order_id: str, oco: str | None) -> None:
        rest = [o for o in self.story.book.orders.values() if self.groups and oco and o.request.oco == oco]
        for other in rest:
            if other.request.id != order_id and other.request.id in self.story.book.orders:
                self.hear(self.story.cancel(other.request.id))

    def step(self) -> None:
        orders = self.story.book.orders
        move = self.rng.integers(0, 10)
        if move < 5:
            entries = [key for key, order in orders.items() if order.request.purpose.opens]
            exits = [key for key, order in orders.items() if order.request.type is OrderType.MARKET]
            pick = entries or exits or list(orders)
            if pick:
                self.fill(pick[int(self.rng.integers(len(pick)))])
        elif move < 8:
            self.price *= float(np.exp(self.rng.normal(0, 0.006)))
            self.story.after(MINUTE)
            self.hear(self.story.price(round(self.price, 1)))
        elif move == 8 and orders:
            self.end(list(orders)[int(self.rng.integers(len(orders)))])
        elif self.story.book.positions:
            self.hear(self.story.propose(leave(name=str(len(self.told)))))


@pytest.mark.parametrize("groups", [True, False], ids=["groups", "no groups"])
def test_the_stop_is_as_large_as_the_position_whatever_fills(*, groups: bool) -> None:
    """I5, I16: a thousand seeds of random slices, moves, ends and exits; no order outlives its position."""
    bracket = Bracket(0.02, trail=Trail(0.01, 0.005), break_even=BreakEven(0.008), targets=SCALED.targets)
    closed = 0
    for seed in range(500):
        desk = Desk(seed, groups=groups)
        desk.story.price(100.0)
        desk.hear(desk.story.propose(intent(bracket=bracket)))
        for _ in range(14):
            desk.step()
        closed += sum(isinstance(event, TradeClosed) for event in desk.told)
        if not desk.story.book.positions:
            desk.hear(desk.story.ring(5_000))
            assert not desk.story.book.orders, seed
    assert closed > 50
