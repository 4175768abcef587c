"""F16-F26: the venue says no, in many ways; a no is heeded, nothing is tried over and over."""

from __future__ import annotations

from decimal import Decimal

import pytest

from barfinex.domain.order import Purpose
from barfinex.events.inspector import IntentRefused, TradeClosed
from barfinex.events.provider import OrderRejected, OrderSubmitted, VenueThrottled
from barfinex.provider.venues.faults.script import At
from tests.faults.desk import Desk
from tests.faults.verdict import assert_sound

D = Decimal


def entries_sent(desk: Desk) -> int:
    return sum(count for order_id, count in desk.venue.sent.items() if order_id.endswith("-e"))


async def test_f16_a_coarser_step_refuses_once_an_order() -> None:
    desk = Desk("F16", sizing={"units": "1.005"})
    await desk.pass_by(3)
    for _ in range(3):
        await desk.enter()
        await desk.pass_by(3)
    assert desk.events(OrderRejected)[0].code in {"LOT_SIZE", "FILTER"}
    assert entries_sent(desk) <= 3
    await desk.pass_by(30)
    assert desk.held() == 0
    assert_sound(desk)


async def test_f18_a_skewed_clock_refuses_for_certain_and_the_next_decision_goes_through() -> None:
    desk = Desk("F18")
    await desk.pass_by(3)
    await desk.enter()
    await desk.pass_by(3)
    assert len(desk.events(OrderRejected)) == 1
    await desk.pass_by(30)
    assert entries_sent(desk) == 1, "the same decision is not sent again"
    await desk.hold()
    assert desk.held() == 1
    assert_sound(desk)


@pytest.mark.parametrize(("fault", "seconds"), [("F19", 10), ("F21", 60)])
async def test_a_venue_that_wants_quiet_gets_it_and_exits_still_go(fault: str, seconds: int) -> None:
    desk = Desk(fault)
    first = await desk.hold()
    await desk.leave(first)
    await desk.pass_by(5)
    await desk.enter()  # The second entry meets the fault.
    await desk.enter()
    await desk.pass_by(seconds - 5)
    await desk.enter()
    assert len(desk.events(VenueThrottled)) >= 1
    assert desk.venue.doors.escalated == 0
    assert [at for _, at in desk.venue.doors.knocks].count(At.SUBMIT) == 0
    await desk.pass_by(70)
    await desk.enter()
    await desk.pass_by(3)
    assert desk.held() == 1
    assert_sound(desk)


async def test_f19_an_exit_passes_while_entries_are_held_back() -> None:
    desk = Desk("F19")
    first = await desk.hold()
    await desk.enter(strategy="breakout")
    assert len(desk.events(VenueThrottled)) == 1
    await desk.leave(first)
    await desk.pass_by(2)
    assert desk.held() == 0
    await desk.pass_by(30)
    assert_sound(desk)


async def test_f22_too_many_orders_closes_the_throttle() -> None:
    desk = Desk("F22")
    await desk.pass_by(3)
    await desk.enter()
    for _ in range(5):
        await desk.enter()
        await desk.pass_by(1)
    assert len(desk.events(VenueThrottled)) == 1
    assert entries_sent(desk) == 1
    await desk.pass_by(30)
    assert_sound(desk)


async def test_f23_a_venue_that_takes_no_stop_is_left_within_ten_seconds() -> None:
    desk = Desk("F23")
    await desk.hold()
    await desk.pass_by(10)
    assert desk.held() == 0
    assert len(desk.events(TradeClosed)) == 1
    assert len([order for order in desk.venue.sent if "-s" in order]) <= 5
    await desk.pass_by(10)
    assert_sound(desk)


async def test_f24_a_stop_that_would_trigger_at_once_becomes_an_exit_at_once() -> None:
    desk = Desk("F24")
    await desk.pass_by(3)
    await desk.enter()
    await desk.pass_by(0.5)
    exits = [event.request for event in desk.events(OrderSubmitted) if event.request.purpose is Purpose.EXIT]
    assert len(exits) == 1
    await desk.pass_by(1)
    assert desk.held() == 0
    await desk.pass_by(10)
    assert_sound(desk)


async def test_f25_a_target_without_its_stop_is_no_protection() -> None:
    desk = Desk("F25")
    await desk.hold()
    await desk.pass_by(10)
    assert_sound(desk)


async def test_f26_a_stop_that_a_gap_left_behind_becomes_a_market_exit() -> None:
    desk = Desk("F26")
    await desk.hold()
    await desk.pass_by(4, to=93)
    assert desk.held() == 0
    await desk.pass_by(10)
    assert_sound(desk)


async def test_f17_insufficient_balance_halts_the_instrument() -> None:
    desk = Desk("F17")
    await desk.pass_by(3)
    await desk.enter()
    await desk.pass_by(3)
    assert [event.code for event in desk.events(OrderRejected)] == ["INSUFFICIENT_FUNDS"]
    await desk.enter()
    await desk.pass_by(3)
    assert len(desk.events(IntentRefused)) == 1
    assert entries_sent(desk) == 1
    assert_sound(desk)


async def test_f20_a_ban_halts_and_is_sat_out_in_silence() -> None:
    desk = Desk("F20")
    await desk.hold()
    await desk.pass_by(100)
    assert desk.halted
    assert len(desk.venue.doors.knocks) <= 2
    stops = desk.working(Purpose.STOP)
    assert sum(stop.remaining for stop in stops) == desk.held() == 1
    await desk.pass_by(300)
    assert_sound(desk)
