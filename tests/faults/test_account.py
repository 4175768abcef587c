"""F29-F35: others trade on the account, and keys, instruments and archives come and go."""

from __future__ import annotations

from decimal import Decimal

from barfinex.events.inspector import IntentApproved, IntentRefused
from barfinex.events.provider import (
    ApprovalReused,
)
from tests.faults.desk import Desk
from tests.faults.verdict import assert_nothing_doubled, assert_sound

D = Decimal


async def test_f31_an_id_that_the_venue_would_take_again_never_gets_there() -> None:
    desk = Desk("F31")
    await desk.hold()
    approved = desk.events(IntentApproved)[0]
    desk.bus.publish(approved, "inspector")
    await desk.settle()
    assert len(desk.events(ApprovalReused)) == 1
    assert (desk.strikes(), desk.venue.sent[approved.approval.order.id]) == ([], 1)
    assert_sound(desk)


async def test_f32_our_record_stands_where_the_venues_is_archived() -> None:
    desk = Desk("F32")
    trade = await desk.hold()
    await desk.pass_by(60)
    await desk.leave(trade)
    await desk.pass_by(60)
    assert not desk.halted
    assert_sound(desk)


async def test_f34_a_halted_instrument_takes_no_entry_and_keeps_its_stop() -> None:
    desk = Desk("F34")
    await desk.hold()
    await desk.enter()
    await desk.pass_by(2)
    await desk.enter()
    sent = [order for order in desk.venue.sent if order.endswith("-e")]
    assert len(sent) <= 2
    assert len(desk.events(IntentRefused)) >= 1
    await desk.pass_by(40, to=97)
    assert desk.held() == 0, "the stop worked again as soon as the instrument did"
    assert_sound(desk)


async def test_f30_a_second_program_halts_us() -> None:
    desk = Desk("F30")
    await desk.hold()
    await desk.pass_by(40)
    assert desk.halted
    assert_nothing_doubled(desk)
