"""When a venue will not, or does not, protect a position."""

from __future__ import annotations

from barfinex.domain.order import OrderType
from barfinex.events.inspector import (
    ProtectionApproved,
    ProtectionPlaced,
    TradeClosed,
    TradingHalted,
)
from barfinex.inspector.protection import UNPROTECTED_MS_MAX
from tests.inspector.story import MINUTE, D, Story, leave, only


def test_a_stop_the_venue_does_not_take_is_placed_again_and_then_the_position_is_left() -> None:
    """I5: three more attempts, then a market exit."""
    story = Story()
    story.enter()
    for attempt in ("", "2", "3"):
        approved = only(story.reject(f"ord-1-s{attempt}"), ProtectionApproved)
        assert approved.reason == "stop"
        assert approved.approvals[0].order.trigger == D("98.0")
        assert story.reject(f"ord-1-t{attempt}") == []
    approved = only(story.reject("ord-1-s4"), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.id) == ("unprotected", "ord-1-x")
    story.submit("ord-1-x")
    assert only(story.fill("ord-1-x", "99"), TradeClosed).trade.reason == "unprotected"


def test_a_stop_that_would_trigger_at_once_means_leaving_now() -> None:
    """I5: the price has gone through it."""
    story = Story()
    story.enter()
    approved = only(story.reject("ord-1-s", "WOULD_TRIGGER"), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.type) == ("unprotected", OrderType.MARKET)


def test_a_position_that_can_be_neither_protected_nor_left_halts_trading() -> None:
    """I5: then the kill switch is on."""
    story = Story()
    story.enter()
    story.reject("ord-1-s", "WOULD_TRIGGER")
    story.reject("ord-1-x")
    story.reject("ord-1-x2")
    halted = only(story.reject("ord-1-x3"), TradingHalted)
    assert halted.reason == "trd-1 has no stop and cannot be left"


def test_a_stop_that_ends_at_the_venue_is_replaced() -> None:
    """I5: whoever took it away."""
    story = Story()
    story.hold()
    story.after(MINUTE)
    approved = only(story.expire("ord-1-s"), ProtectionApproved)
    assert [approval.order.id for approval in approved.approvals] == ["ord-1-s2", "ord-1-t2"]
    story.after(5)
    assert only(story.submit("ord-1-s2"), ProtectionPlaced).unprotected_ms == 5


def test_a_pair_that_is_cancelled_is_replaced_when_its_second_leg_goes() -> None:
    """I5: until then the first may be gone because the second was triggered."""
    story = Story()
    story.hold()
    assert story.cancel("ord-1-s") == []
    assert only(story.cancel("ord-1-t"), ProtectionApproved).reason == "stop"


def test_a_target_left_alone_must_begin_to_fill_soon() -> None:
    """I5: a resting target is no protection; ten seconds tell it from a triggered one."""
    story, filling = Story(), Story()
    for one in (story, filling):
        one.hold()
        one.cancel("ord-1-s")
    filling.fill("ord-1-t", "104", "1")
    for one in (story, filling):
        one.after(UNPROTECTED_MS_MAX)
    assert only(story.price(103.0), ProtectionApproved).reason == "unprotected"
    assert filling.price(103.0) == []


def test_a_target_that_fills_in_part_is_an_exit_in_flight() -> None:
    """I5: its pair's stop is gone, and what it does not sell is protected again when it ends."""
    story = Story()
    story.hold()
    story.fill("ord-1-t", "104", "3")
    assert story.cancel("ord-1-s") == []
    approved = only(story.expire("ord-1-t"), ProtectionApproved)
    assert [approval.order.quantity for approval in approved.approvals] == [D(7), D(7)]


def test_an_exit_that_ends_unfilled_leaves_the_stop_in_place() -> None:
    story = Story()
    story.hold()
    story.propose(leave())
    only(story.reject("ord-1-x"), ProtectionApproved)
    assert {"ord-1-s", "ord-1-t", "ord-1-x2"} <= story.book.orders.keys()


def test_a_stop_nobody_confirms_in_time_means_leaving() -> None:
    """I5: ten seconds, looked at when a candle closes."""
    story = Story()
    story.enter()
    story.after(UNPROTECTED_MS_MAX - 1)
    assert story.price(100.0) == []
    story.after(1)
    assert only(story.price(100.0), ProtectionApproved).reason == "unprotected"
