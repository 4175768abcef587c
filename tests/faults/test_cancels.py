"""F11-F15: orders taken back, and orders that end by themselves; the venue is asked before a conclusion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from barfinex.domain.order import OrderState, Purpose
from barfinex.domain.signal import Bracket, Trail
from barfinex.events.provider import OrderCancelled, OrderExpired, OrderFilled
from tests.faults.desk import Desk
from tests.faults.verdict import assert_sound

D = Decimal
ENTRY = "ord-0001-e"


async def recalled(desk: Desk) -> None:
    """An entry waits at the venue, and a halt wants it back."""
    await desk.pass_by(3)
    await desk.enter()
    assert desk.state(ENTRY) is OrderState.ACCEPTED
    await desk.halt()


async def test_f11_the_fill_beats_its_cancel_and_is_told() -> None:
    desk = Desk("F11")
    await recalled(desk)
    assert [event.order_id for event in desk.events(OrderFilled)] == [ENTRY]
    await desk.pass_by(30)
    assert desk.held() == 1
    assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == 1
    assert_sound(desk)


async def test_f12_a_cancel_whose_answer_is_lost_is_asked_about() -> None:
    desk = Desk("F12")
    await recalled(desk)
    assert desk.state(ENTRY) is not OrderState.CANCELLED
    await desk.pass_by(15)
    assert [event.order_id for event in desk.events(OrderCancelled)] == [ENTRY]
    assert_sound(desk)


async def test_f13_an_order_called_unknown_is_not_taken_for_gone() -> None:
    desk = Desk("F13")
    await recalled(desk)
    assert desk.events(OrderCancelled) == []
    await desk.pass_by(30)
    assert [event.order_id for event in desk.events(OrderFilled)] == [ENTRY]
    assert desk.held() == 1
    assert_sound(desk)


async def test_f15_a_stop_that_ends_in_silence_is_found_and_replaced() -> None:
    desk = Desk("F15")
    await desk.hold()
    assert desk.working(Purpose.STOP) == []
    await desk.pass_by(15)
    assert [event.order_id for event in desk.events(OrderExpired)][:1] == ["ord-0001-s"]
    assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == desk.held() == 1
    assert_sound(desk, bare_ms_max=15_000)


@pytest.mark.parametrize("seed", range(3))
async def test_f14_a_replacement_half_done_leaves_one_stop_and_never_none(seed: int) -> None:
    desk = Desk("F14", seed)
    await desk.hold(bracket=Bracket(0.02, 0.2, trail=Trail(0.02)))
    for _ in range(20):
        await desk.pass_by(2, to=round(desk.price * 1.003, 2))
        assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == desk.held() == 1
    await desk.pass_by(30)
    assert desk.strikes().count("F14") == 2
    assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == desk.held() == 1
    assert_sound(desk)
    await desk.pass_by(20, to=round(desk.price * 0.9, 2))
    assert desk.held() == 0
    assert_sound(desk)
