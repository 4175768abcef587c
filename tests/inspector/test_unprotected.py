"""When a venue will not, or does not, protect a position."""

from __future__ import annotations

from itertools import pairwise

import pytest

from barfinex.clock import VirtualClock
from barfinex.domain.order import OrderType
from barfinex.events.base import Event
from barfinex.events.inspector import (
    ProtectionApproved,
    ProtectionPlaced,
    TradeClosed,
    TradingHalted,
)
from barfinex.events.kernel import RunStarted
from barfinex.inspector.ladder import LEAVE_MS
from tests.inspector.story import MINUTE, NOON, D, Story, drive, leave, only


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


def test_a_position_that_can_be_neither_protected_nor_left_halts_trading() -> None:
    """I5: then the kill switch is on, within ten seconds."""
    story = Story()
    story.enter()
    assert not [e for e in refuse(story, 9_999) if isinstance(e, TradingHalted)]
    halted = only(refuse(story, 1), TradingHalted)
    assert halted.reason == "trd-1 has no stop and cannot be left"


def test_a_venue_that_refuses_everything_is_asked_further_and_further_apart() -> None:
    """I5, I10: never again is the position left to itself, and never is the venue flooded."""
    story = Story()
    story.enter()
    times: dict[str, int] = {}
    refuse(story, 300_000, times)
    times = {order_id: at for order_id, at in times.items() if "-t" not in order_id}
    kinds = [story.sent[order_id].order.type for order_id in times]
    stops = [kind for kind in kinds if kind is not OrderType.MARKET]
    assert kinds[:7] == [*stops[:4], *[OrderType.MARKET] * 3], "all at once first"
    assert stops[:4] == [OrderType.STOP] * 2 + [OrderType.STOP_LIMIT] * 2
    assert max(list(times.values())[:7]) == NOON
    later = list(times.values())[7:]
    waits = [b - a for a, b in pairwise([NOON, *later]) if b > a]
    assert waits[:6] == [500, 1_000, 2_000, 4_000, 8_000, 16_000]
    assert set(waits[6:]) == {30_000}
    assert len(later) < 35


def test_a_stop_that_is_taken_in_the_end_ends_the_ladder() -> None:
    """I5: what was a refusal of three seconds costs neither the position nor a person's time."""
    story = Story()
    story.enter()
    times: dict[str, int] = {}
    refuse(story, 3_000, times)
    story.ring(500)
    stop = [order_id for order_id in story.book.orders if "-s" in order_id]
    placed = only(story.submit(*stop), ProtectionPlaced)
    assert placed.order_id == stop[0]
    assert story.ring(60_000) == []
    assert story.book.halt is None
    assert story.book.positions["trd-1"].bare_ms == story.now - 60_000 - NOON


@pytest.mark.parametrize("code", ["WOULD_TRIGGER", "TOO_MANY_OPEN"])
def test_a_stop_that_no_attempt_can_help_means_leaving_now(code: str) -> None:
    """I5: the price has gone through it, or there is no room for another conditional order."""
    story = Story()
    story.enter()
    approved = only(story.reject("ord-1-s", code), ProtectionApproved)
    assert (approved.reason, approved.approvals[0].order.type) == ("unprotected", OrderType.MARKET)


def test_a_venue_that_does_not_answer_is_left_at_eight_seconds_and_no_more_is_traded_at_ten() -> None:
    """I5: the clock says so, whether or not a candle closes."""
    story = Story()
    story.enter()
    assert story.ring(LEAVE_MS - 1) == []
    assert only(story.ring(1), ProtectionApproved).reason == "unprotected"
    assert story.ring(1_999) == []
    only(story.ring(1), TradingHalted)


def test_an_exit_that_the_venue_has_is_no_reason_to_halt() -> None:
    """I5: it is in flight."""
    story = Story()
    story.enter()
    story.ring(LEAVE_MS)
    story.submit("ord-1-x")
    assert story.ring(60_000) == []


def test_the_ladder_goes_on_after_a_restart() -> None:
    """I5: with a clock of its own: what nobody could do while nothing ran is not held against the venue."""
    story = Story()
    story.enter()
    refuse(story, 3_000)
    story.after(3_600_000)
    story.module = story.restored(story.journal)
    story.clock = VirtualClock(story.now)
    story.feed(RunStarted(mode="", version="", config={}, config_hash="", strategies={}, data={}))
    drive(story.module.recover(story))
    assert story.book.orders, "tried at once"
    assert not [e for e in refuse(story, 9_000) if isinstance(e, TradingHalted)]
    only(refuse(story, 1_000), TradingHalted)


def test_the_time_without_a_stop_is_summed_over_a_life() -> None:
    """I5: two spells, of which the longer is the worst; what was bare at the end counts too."""
    story = Story()
    story.enter()
    story.after(40)
    story.submit("ord-1-s", "ord-1-t")
    story.after(MINUTE)
    story.expire("ord-1-s")
    story.after(100)
    closed = only(story.fill("ord-1-t", "104"), TradeClosed)
    assert (closed.unprotected_ms, closed.unprotected_ms_worst) == (140, 100)


def refuse(story: Story, ms: int, times: dict[str, int] | None = None) -> list[Event]:
    """For so long the venue refuses whatever it is sent; when each order came goes into `times`."""
    told: list[Event] = []
    until = story.now + ms
    while True:
        while story.book.orders:
            order_id = next(iter(story.book.orders))
            (times if times is not None else {})[order_id] = story.now
            told += story.reject(order_id)
        at = story.clock.next_alert()
        if at is None or at > until:
            story.clock.move(until)
            return told
        told += story.ring(max(0, at - story.now))


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
        one.after(LEAVE_MS)
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
    """I5: eight seconds, looked at when a candle closes too."""
    story = Story()
    story.enter()
    story.after(LEAVE_MS - 1)
    assert story.price(100.0) == []
    story.after(1)
    assert only(story.price(100.0), ProtectionApproved).reason == "unprotected"
