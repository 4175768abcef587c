"""F29-F35: others trade on the account, and keys, instruments and archives come and go."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import Purpose
from barfinex.events.inspector import IntentApproved, IntentRefused, TradeClosed
from barfinex.events.provider import (
    ApprovalReused,
    ExternalFillFound,
    ExternalOrderFound,
    OrderExpired,
    OrderRejected,
)
from tests.faults.desk import Desk
from tests.faults.verdict import assert_nothing_doubled, assert_nothing_lost, assert_sound

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


async def test_f29_a_manual_trade_is_adopted_counted_and_never_closed() -> None:
    desk = Desk("F29")
    trade = await desk.hold()
    await desk.pass_by(40)
    assert len(desk.events(ExternalFillFound)) == 1
    assert len(desk.events(ExternalOrderFound)) == 1
    assert desk.believed() == desk.held() == D("1.5")
    await desk.leave(trade)
    await desk.pass_by(40)
    assert desk.held() == D("0.5"), "what is not ours is not ours to close"
    assert [order.request.id[:3] for order in desk.store.working()] == ["web"]
    assert_sound(desk)


async def test_f33_a_revoked_key_halts_without_a_storm() -> None:
    desk = Desk("F33")
    await desk.hold()
    await desk.pass_by(120)
    assert desk.halted
    first = len(desk.venue.doors.knocks)
    assert first <= 60, "the periodic checks, ever less often"
    await desk.pass_by(600)
    assert len(desk.venue.doors.knocks) - first <= 120, "once a minute each"
    assert desk.events(OrderRejected) == desk.events(OrderExpired) == []
    assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == desk.held() == 1
    desk.venue.heal()
    await desk.pass_by(60)
    assert_sound(desk)


async def test_f35_a_settlement_by_the_venue_is_recorded_as_not_ours() -> None:
    desk = Desk("F35")
    await desk.hold()
    await desk.pass_by(60)
    assert desk.held() == desk.believed() == 0
    assert len(desk.events(ExternalFillFound)) == 1
    (closed,) = desk.events(TradeClosed)
    assert closed.trade.reason == "external"
    sent = len(desk.venue.sent)
    await desk.enter()
    await desk.pass_by(60)
    assert desk.held() == 0
    assert len(desk.venue.sent) <= sent + 1, "nothing goes on guarding what is gone"
    assert_nothing_doubled(desk)
    assert_nothing_lost(desk)
