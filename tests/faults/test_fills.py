"""F7-F10, F27, F28 and F36: fills that come twice, in slices, out of order, at a mad price, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from barfinex.domain.order import Purpose
from barfinex.events.inspector import IntentRefused, TradeClosed
from barfinex.events.provider import OrderFilled
from tests.faults.desk import Desk
from tests.faults.verdict import assert_nothing_doubled, assert_sound

D = Decimal


async def round_trip(desk: Desk) -> None:
    """In, ten seconds, out, and time to settle."""
    trade = await desk.hold()
    await desk.pass_by(10)
    await desk.leave(trade)
    await desk.pass_by(30)


async def test_f7_a_fill_told_three_times_counts_once() -> None:
    desk = Desk("F7")
    await round_trip(desk)
    assert len(desk.events(OrderFilled)) == 2
    assert_sound(desk)


@pytest.mark.parametrize("seed", range(6))
async def test_f8_fills_in_any_order_end_the_same(seed: int) -> None:
    plain, shuffled = Desk(""), Desk("F8", seed)
    for desk in (plain, shuffled):
        await round_trip(desk)
    assert not shuffled.halted
    (one,), (other,) = plain.events(TradeClosed), shuffled.events(TradeClosed)
    assert (one.trade.quantity, one.trade.net_pnl) == (other.trade.quantity, other.trade.net_pnl)
    assert_sound(shuffled)


@pytest.mark.parametrize("seed", range(3))
async def test_f9_the_stop_follows_fifty_slices(seed: int) -> None:
    desk = Desk("F9", seed)
    trade = await desk.hold()
    await desk.pass_by(12)
    assert max(desk.bare_ms.values(), default=0) <= 2_000
    assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == desk.held() == 1
    await desk.leave(trade)
    await desk.pass_by(30)
    assert desk.held() == 0
    assert_sound(desk)


async def test_f10_a_part_is_held_and_the_rest_released() -> None:
    desk = Desk("F10")
    await desk.hold()
    assert (desk.held(), desk.inspector.book.entries()) == (D("0.5"), [])
    assert sum(stop.remaining for stop in desk.working(Purpose.STOP)) == D("0.5")
    await desk.pass_by(30)
    assert_sound(desk)


async def test_f28_fees_elsewhere_leave_the_equations_whole() -> None:
    desk = Desk("F28")
    await round_trip(desk)
    entry, exit_ = (event.fill for event in desk.events(OrderFilled))
    assert entry.fee == 0
    assert exit_.fee == exit_.quantity * exit_.price * D("0.002")
    assert desk.venue.assets["BNB"] < 0
    await desk.pass_by(60)
    assert_sound(desk)


async def test_f27_an_absurd_price_is_recorded_and_halts_the_instrument() -> None:
    desk = Desk("F27")
    await desk.hold()
    assert desk.events(OrderFilled)[0].fill.price == 150
    await desk.pass_by(30)
    await desk.enter()
    assert len(desk.events(IntentRefused)) == 1
    assert_sound(desk)


async def test_f36_a_trade_declared_void_halts_and_is_left_to_a_person() -> None:
    desk = Desk("F36")
    await desk.hold()
    await desk.pass_by(60)
    assert desk.halted
    sent = len(desk.venue.sent)
    await desk.pass_by(60)
    assert len(desk.venue.sent) == sent, "nothing is traded on a balance that nobody understands"
    assert_nothing_doubled(desk)
