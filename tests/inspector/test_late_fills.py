"""A fill can overtake the word that its order is over: it belongs to its position all the same (I16)."""

from __future__ import annotations

import pytest

from barfinex.domain.mismatch import Severity
from barfinex.domain.order import OrderState, Purpose
from barfinex.events.inspector import (
    AlertRaised,
    CancelRequested,
    FillUnexplained,
    ProtectionApproved,
    TradeClosed,
    TradingHalted,
)
from barfinex.events.provider import OrderContradicted, VenueThrottled
from barfinex.inspector import ended as ended_module
from barfinex.inspector.ladder import Facilities
from tests.inspector.story import BTC, D, Story, intent, names, only


def entering() -> Story:
    """An entry for ten is at the venue."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.submit("ord-1-e")
    return story


@pytest.mark.parametrize("end", ["cancel", "expire", "reject"])
def test_an_entry_that_fills_after_its_end_is_a_position_and_is_protected(end: str) -> None:
    """I5: whatever the venue said before."""
    story = entering()
    getattr(story, end)("ord-1-e")
    assert not story.book.positions
    assert names(story.fill("ord-1-e", "100")) == ["PositionOpened", "ProtectionApproved"]
    assert story.book.positions["trd-1"].left == D(10)
    story.submit("ord-1-s", "ord-1-t")
    assert only(story.fill("ord-1-s", "98"), TradeClosed).trade.quantity == D(10)


def test_the_rest_of_an_entry_that_was_taken_back_is_covered_too() -> None:
    story = entering()
    story.fill("ord-1-e", "100", "4")
    story.submit("ord-1-s", "ord-1-t")
    story.cancel("ord-1-e")
    late = story.feed(story.slice("ord-1-e", "101", 6, 10))
    approved = only(late, ProtectionApproved)
    assert [a.order.quantity for a in approved.approvals] == [D(6), D(6)]
    assert story.book.positions["trd-1"].left == story.book.portfolio.positions[BTC].quantity == D(10)


def test_a_stop_that_sold_before_it_was_taken_back_has_sold() -> None:
    story = Story()
    story.hold()
    story.fill("ord-1-s", "98", "4")
    story.cancel("ord-1-s")
    story.feed(story.slice("ord-1-s", "98", 3, 7))
    assert story.book.positions["trd-1"].left == story.book.portfolio.positions[BTC].quantity == D(3)


@pytest.mark.parametrize("oco", [True, False])
def test_a_late_fill_of_a_stop_whose_slice_is_covered_again_shrinks_the_new_one(oco: bool) -> None:
    """R31: also while the new one is on its way, and without any time passing on our side: the smaller stop
    leaves with the acknowledgement of the large one, whose cancel leaves with that of the smaller."""
    story = Story(can=Facilities(oco=oco))
    story.hold()
    story.expire("ord-1-s")
    assert story.book.orders["ord-1-s2"].request.quantity == D(10)
    story.feed(story.slice("ord-1-s", "98", 4, 4))
    story.submit("ord-1-s2")
    began = story.now
    position = story.book.positions["trd-1"]
    assert (position.left, story.book.orders["ord-1-s3"].request.quantity) == (D(6), D(6))
    asked = story.submit("ord-1-s3")
    assert "ord-1-s2" in [event.order_id for event in asked if isinstance(event, CancelRequested)]
    story.cancel("ord-1-s2")
    stops = [order for order in story.book.orders.values() if order.request.purpose is Purpose.STOP]
    assert [stop.remaining for stop in stops] == [position.left]
    assert (position.surplus, story.now) == (D(0), began)


def test_a_late_fill_that_is_told_again_counts_once() -> None:
    story = entering()
    story.cancel("ord-1-e")
    late = story.slice("ord-1-e", "100", 10, 10)
    story.feed(late)
    story.feed(late)
    assert story.book.portfolio.positions[BTC].quantity == D(10)


def test_a_fill_that_no_open_position_explains_has_a_word_of_its_own_each_time() -> None:
    """Also while trading is halted already."""
    story = Story()
    story.hold()
    story.fill("ord-1-t", "104")
    assert names(story.feed(story.slice("ord-1-s", "98", 5, 5))) == [
        "FillUnexplained",
        "TradingHalted",
        "AlertRaised",
    ]
    again = story.feed(story.slice("ord-1-s", "98", 5, 10))
    assert names(again) == ["FillUnexplained"]
    assert only(again, FillUnexplained).order_id == "ord-1-s"
    assert story.book.portfolio.positions[BTC].quantity == D(-10)


def test_orders_that_have_ended_are_forgotten_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """I10."""
    monkeypatch.setattr(ended_module, "ENDED_MAX", 2)
    story = Story()
    for k in range(1, 5):
        story.price(100.0)
        story.propose(intent(str(k), strategy=f"s{k}"))
        story.submit(f"ord-{k}-e")
        story.cancel(f"ord-{k}-e")
    assert [story.book.late(f"ord-{k}-e") is not None for k in range(1, 5)] == [False, False, True, True]


@pytest.mark.parametrize(("severity", "halts"), [(Severity.HALTED, 1), (Severity.TOLD, 0)])
def test_a_venue_that_contradicts_itself_halts_if_it_matters(severity: Severity, halts: int) -> None:
    story = Story()
    told = OrderContradicted(
        instrument=BTC, order_id="ord-1-e", state=OrderState.FILLED, told="order_filled", severity=severity
    )
    halted = [event for event in story.feed(told) if isinstance(event, TradingHalted)]
    assert len(halted) == halts
    assert all("order_filled of ord-1-e, which is filled" in event.reason for event in halted)


@pytest.mark.parametrize(("code", "halts"), [("BANNED", 1), ("THROTTLED", 0)])
def test_a_ban_halts_and_a_wish_for_quiet_does_not(code: str, halts: int) -> None:
    story = Story()
    told = story.feed(VenueThrottled(code=code, until=1, reason="418"))
    assert len([event for event in told if isinstance(event, TradingHalted)]) == halts


def test_a_longer_ban_halts_longer_and_a_shorter_one_changes_nothing() -> None:
    story = Story()
    bans = [story.feed(VenueThrottled(code="BANNED", until=until, reason="418")) for until in (5, 9, 7)]
    assert ["TradingHalted" in names(told) for told in bans] == [True, True, False]
    assert [latch.until for latch in story.book.trading.latches.values()] == [9]


def test_a_wall_before_the_venue_is_told_to_people_and_halts_nothing() -> None:
    """F21: like a wish for quiet, and an alert."""
    told = Story().feed(VenueThrottled(code="FIREWALL", until=1, reason="403"))
    assert names(told) == ["AlertRaised"]
    assert not only(told, AlertRaised).critical
