"""F1-F6: an order is sent and something is lost on the way; UNKNOWN until evidence settles it (I15)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from barfinex.domain.order import OrderState
from barfinex.events.inspector import IntentRefused
from barfinex.events.provider import OrderAccepted, OrderFilled, OrderRejected, OrderUnconfirmed
from tests.faults.desk import Desk
from tests.faults.verdict import assert_sound

D = Decimal
ENTRY = "ord-0001-e"


async def test_f1_a_lost_request_is_proven_absent_and_never_sent_again() -> None:
    desk = Desk("F1")
    await desk.pass_by(3)
    await desk.enter()
    assert desk.state(ENTRY) is OrderState.UNKNOWN
    await desk.enter()
    assert len(desk.events(IntentRefused)) == 1, "it counts in full while nobody knows"
    await desk.pass_by(15)
    assert desk.state(ENTRY) is OrderState.UNKNOWN, "an order sent may still be under way"
    await desk.pass_by(45)
    (rejected,) = desk.events(OrderRejected)
    assert (rejected.code, desk.state(ENTRY)) == ("PROVEN_ABSENT", OrderState.REJECTED)
    assert (desk.venue.sent[ENTRY], desk.held()) == (1, D(0))
    assert desk.inspector.book.entries() == []
    assert_sound(desk)


async def test_f2_a_lost_answer_is_settled_by_the_stream() -> None:
    desk = Desk("F2")
    await desk.hold()
    assert len(desk.events(OrderUnconfirmed)) == 1
    assert (desk.state(ENTRY), desk.held()) == (OrderState.FILLED, D(1))
    await desk.pass_by(30)
    assert_sound(desk)


async def test_f3_errors_of_the_server_are_no_answer() -> None:
    desk = Desk("F3")
    await desk.hold()
    await desk.pass_by(30)
    assert {event.order_id for event in desk.events(OrderUnconfirmed)} >= {ENTRY, "ord-0001-s"}
    assert desk.events(OrderRejected) == []
    assert desk.held() == 1
    assert_sound(desk)


@pytest.mark.parametrize("seed", range(4))
async def test_f4_a_late_acknowledgement_counts_once(seed: int) -> None:
    desk = Desk("F4", seed)
    await desk.hold()
    await desk.pass_by(90)
    accepted = [event.order_id for event in desk.events(OrderAccepted)]
    assert len(accepted) == len(set(accepted))
    assert_sound(desk)


async def test_f5_a_fill_before_its_acknowledgement_counts_at_once() -> None:
    desk = Desk("F5")
    await desk.hold()
    told = [
        type(row.event).__name__
        for row in desk.journal.envelopes
        if getattr(row.event, "order_id", "") == ENTRY
    ]
    assert told.index("OrderFilled") < told.index("OrderAccepted")
    assert desk.state(ENTRY) is OrderState.FILLED
    assert_sound(desk)


async def test_f6_not_found_for_two_seconds_proves_nothing() -> None:
    desk = Desk("F6")
    await desk.hold()
    assert desk.state(ENTRY) is OrderState.UNKNOWN
    await desk.pass_by(30)
    assert [event.order_id for event in desk.events(OrderRejected)] == []
    assert [event.order_id for event in desk.events(OrderFilled)] == [ENTRY]
    assert_sound(desk)
