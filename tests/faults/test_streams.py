"""F37-F40: the stream of our own orders is silent, late, repetitive, or tells of what is not ours."""

from __future__ import annotations

from decimal import Decimal

from barfinex.events.provider import ExternalFillFound, ExternalOrderFound, OrderFilled
from tests.faults.desk import Desk
from tests.faults.verdict import assert_sound

D = Decimal


async def test_f37_a_dead_stream_is_made_up_for_by_asking() -> None:
    desk = Desk("F37")
    trade = await desk.hold()
    await desk.pass_by(12)
    assert desk.believed() == desk.held() == 1
    await desk.leave(trade)
    await desk.pass_by(40)
    assert desk.believed() == desk.held() == 0
    assert_sound(desk, bare_ms_max=15_000)


async def test_f38_the_gap_of_an_expired_stream_is_filled_by_asking() -> None:
    desk = Desk("F38")
    await desk.hold()
    await desk.pass_by(40)
    assert desk.believed() == desk.held() == 1
    await desk.pass_by(10, to=97)
    assert desk.believed() == desk.held() == 0
    assert_sound(desk, bare_ms_max=15_000)


async def test_f39_what_a_snapshot_repeats_counts_once() -> None:
    desk = Desk("F39")
    trade = await desk.hold()
    await desk.pass_by(15)
    await desk.leave(trade)
    await desk.pass_by(30)
    assert len(desk.events(OrderFilled)) == 2
    assert_sound(desk)


async def test_f40_news_of_what_is_not_ours_is_asked_about_and_adopted() -> None:
    desk = Desk("F40")
    await desk.hold()
    await desk.pass_by(40)
    assert len(desk.events(ExternalFillFound)) == 1
    assert len(desk.events(ExternalOrderFound)) == 1
    assert desk.believed() == desk.held() == D("1.2")
    assert not desk.halted
    assert_sound(desk)
