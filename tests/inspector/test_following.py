"""Stops that follow the price: placed first, and only then is the old one taken back."""

from __future__ import annotations

import pytest

from barfinex.domain.candles import series_of
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderType
from barfinex.domain.signal import Bracket, BreakEven, Direction, Trail
from barfinex.events.base import Event
from barfinex.events.inspector import (
    CancelRequested,
    PositionOpened,
    ProtectionApproved,
    ProtectionPlaced,
    TradeClosed,
)
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import CandlesClosed
from barfinex.inspector.ladder import Facilities
from tests.inspector.story import BTC, MINUTE, D, Story, drive, intent, names, only

TRAIL = Bracket(0.02, trail=Trail(0.01, activation=0.01, step=0.002))
EVEN = Bracket(0.02, break_even=BreakEven(0.01, buffer=0.001))
STARTED = RunStarted(mode="", version="", config={}, config_hash="", strategies={}, data={})


def held(bracket: Bracket = TRAIL, **wish: Direction) -> Story:
    """A position entered at 100 on ticks of a tenth, protected."""
    story = Story(instrument=Instrument(BTC, tick=D("0.1")))
    story.hold(intent(bracket=bracket, **wish))
    return story


def close_at(story: Story, price: float) -> list[Event]:
    story.after(MINUTE)
    return story.price(price)


def test_a_stop_moves_by_placing_the_new_one_first() -> None:
    """I5: never is there a moment without one; the new one joins the group, so no slice is sold twice."""
    story = held()
    assert close_at(story, 100.9) == [], "the trail has not begun"
    approved = only(close_at(story, 103.0), ProtectionApproved)
    [stop] = [approval.order for approval in approved.approvals]
    assert (approved.reason, stop.id, stop.type, stop.trigger) == (
        "trail",
        "ord-1-s2",
        OrderType.STOP,
        D(102),
    )
    assert (stop.oco, stop.quantity, stop.reduce_only) == ("oco-1", D(10), True)
    placed, recall = story.submit("ord-1-s2")
    assert isinstance(placed, ProtectionPlaced)
    assert placed.unprotected_ms == 0
    assert isinstance(recall, CancelRequested)
    assert recall.order_id == "ord-1-s"
    assert story.cancel("ord-1-s") == []
    assert only(story.fill("ord-1-s2", "102"), TradeClosed).trade.reason == "trail"
    assert story.book.positions == {}
    assert story.clock.next_alert() is None


def test_a_stop_never_goes_back_and_moves_by_whole_steps() -> None:
    story = held()
    close_at(story, 103.0)
    story.submit("ord-1-s2")
    story.cancel("ord-1-s")
    for price in (102.5, 103.0, 103.1, 102.9):
        assert close_at(story, price) == []
    assert only(close_at(story, 103.3), ProtectionApproved).approvals[0].order.trigger == D("102.3")


def test_a_short_is_followed_downwards() -> None:
    story = held(direction=Direction.SHORT)
    assert only(close_at(story, 97.0), ProtectionApproved).approvals[0].order.trigger == D("97.9")


def test_a_stop_goes_to_the_entry_once() -> None:
    """And a little beyond, for the costs."""
    story = held(EVEN)
    approved = only(close_at(story, 101.0), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.trigger) == ("break_even", D("100.1"))
    story.submit("ord-1-s2")
    story.cancel("ord-1-s")
    assert close_at(story, 105.0) == []


def test_a_price_that_is_back_already_is_sold_at_market() -> None:
    """I5: the stop would be refused; the old one stays until the exit has filled."""
    story = held(EVEN)
    story.after(MINUTE)
    start = story.now - MINUTE
    there_and_back = series_of(BTC, "1m", [[start, 100.0, 101.5, 99.5, 99.9, 1.0]]).block()
    approved = only(story.feed(CandlesClosed(candles=there_and_back)), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.type) == ("break_even", OrderType.MARKET)
    assert "ord-1-s" in story.book.orders


@pytest.mark.parametrize("code", ["VENUE", "OCO_SPENT"])
def test_a_move_that_is_refused_leaves_the_old_stop_and_is_tried_three_times(code: str) -> None:
    """I5, I10."""
    story = held()
    asked = []
    for _ in range(6):
        for event in close_at(story, 103.0):
            assert isinstance(event, ProtectionApproved)
            asked.append(event.approvals[0].order.id)
            assert story.reject(asked[-1], code) == []
        assert "ord-1-s" in story.book.orders
        assert not story.book.positions["trd-1"].naked
    assert asked == ["ord-1-s2", "ord-1-s3", "ord-1-s4"]


def test_the_old_stop_may_fill_while_it_is_being_replaced() -> None:
    """I16: whichever fills, the slice is sold once, and nothing is left at the venue."""
    for accepted in (False, True):
        story = held()
        close_at(story, 103.0)
        if accepted:
            story.submit("ord-1-s2")
        closed = only(story.fill("ord-1-s", "98"), TradeClosed)
        assert closed.trade.net_pnl == -20
        assert story.reject("ord-1-s2") == [] if not accepted else story.cancel("ord-1-s2") == []
        assert story.book.orders.keys() <= {"ord-1-s"}
        assert story.ring(60_000) == []


def test_a_venue_that_drops_the_old_stop_before_it_has_the_new_one_is_watched() -> None:
    """I5: the new one is all there is; nobody confirms it, so the position is left."""
    story = held()
    close_at(story, 103.0)
    assert story.cancel("ord-1-s") == []
    assert story.book.positions["trd-1"].bare_known == story.now
    assert only(story.ring(8_000), ProtectionApproved).reason == "unprotected"


def test_a_replaced_stop_that_stays_is_taken_back_once() -> None:
    """I10: the Provider goes on asking for it; and it is nobody's loss when it goes at last."""
    story = held()
    close_at(story, 103.0)
    asked = [event.order_id for event in story.submit("ord-1-s2") if isinstance(event, CancelRequested)]
    assert asked == ["ord-1-s"]
    assert story.ring(60_000) == []
    assert story.expire("ord-1-s") == []
    assert story.ring(120_000) == []
    assert story.book.positions["trd-1"].guards[0].stop == "ord-1-s2"


def test_a_leg_that_outlives_its_position_is_taken_back() -> None:
    """I5: no stop without a position."""
    story = held(Bracket(0.02, 0.04))
    story.fill("ord-1-s", "98")
    assert only(story.ring(2_000), CancelRequested).order_id == "ord-1-t"
    assert story.cancel("ord-1-t") == []
    assert story.ring(60_000) == []


def test_a_restart_in_the_middle_of_a_move_goes_on_with_it() -> None:
    """I5: wherever the crash was, one stop counts and the other one goes."""
    whole = held()
    close_at(whole, 103.0)
    whole.submit("ord-1-s2")
    whole.cancel("ord-1-s")
    first = next(i for i, e in enumerate(whole.journal) if isinstance(e.event, PositionOpened))
    for length in range(first + 1, len(whole.journal) + 1):
        story = Story(instrument=whole.instrument, journal=list(whole.journal[:length]))
        story.sent = dict(whole.sent)
        story.clock.move(whole.now + MINUTE)
        story.module = story.restored(story.journal)
        story.feed(STARTED)
        drive(story.module.recover(story))
        position = story.book.positions["trd-1"]
        assert sum((guard.open for guard in position.guards), D(0)) == position.left
        assert not position.naked
        stops = [key for key in story.book.orders if "-s" in key]
        assert sum(not story.book.orders[key].recalled for key in stops) == 1 or position.guards[0].coming


def test_a_stop_limit_that_the_price_has_left_behind_is_sold_at_market() -> None:
    """I5: what was to protect waits for a price that may not come back."""
    story = Story()
    story.enter()
    story.reject("ord-1-s")
    story.reject("ord-1-s2")
    assert story.sent["ord-1-s3"].order.type is OrderType.STOP_LIMIT
    assert story.sent["ord-1-s3"].order.price == D("97.02")
    story.submit("ord-1-s3", "ord-1-t3")
    assert close_at(story, 97.5) == []
    approved = only(close_at(story, 96.0), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.type) == ("stop", OrderType.MARKET)
    assert approved.approvals[0].order.oco == story.sent["ord-1-s3"].order.oco


def test_a_target_no_order_waits_for_is_taken_at_the_close() -> None:
    """Where a stop and a target cannot rest together the stop rests: never is the position without one."""
    story = Story(can=Facilities(oco=False, targets=False))
    story.hold()
    assert list(story.book.orders) == ["ord-1-s"]
    assert close_at(story, 103.9) == []
    approved = only(close_at(story, 104.0), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.id) == ("target", "ord-1-x")
    story.submit("ord-1-x")
    events = story.fill("ord-1-x", "104")
    assert names(events) == ["CancelRequested", "TradeClosed", "EquityMarked"]
    assert only(events, TradeClosed).trade.reason == "target"
