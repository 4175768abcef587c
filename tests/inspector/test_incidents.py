"""A venue's answer to one order can be about trading itself: money, keys, hours, rules, and mad prices."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.domain.mismatch import MismatchKind, Repair, Severity
from barfinex.domain.trading import Cause, Level, Scope, TradingState
from barfinex.events.inspector import TradingHalted, TradingReduced, TradingResumed
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import AccountReconciled, MismatchFound
from barfinex.inspector.incidents import REOPEN, REOPEN_MS
from tests.inspector.story import BTC, Story, intent

HERE = Scope(Level.INSTRUMENT, BTC)
ENTRY = "ord-1-e"


def rejected(code: str) -> Story:
    """An entry was sent, and the venue said no."""
    story = Story()
    story.price(100)
    story.propose(intent())
    story.submit(ENTRY)
    story.reject(ENTRY, code)
    return story


def causes(story: Story) -> list[tuple[Scope, Cause]]:
    return list(story.book.trading.latches)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("INSUFFICIENT_FUNDS", [(HERE, Cause.FUNDS)]),
        ("KEY_REFUSED", [(Scope(), Cause.KEY_REFUSED)]),
        ("MARKET_CLOSED", [(HERE, Cause.VENUE_REFUSES)]),
        ("LOT_SIZE", [(HERE, Cause.VENUE_REFUSES)]),
        ("CLOCK", []),
        ("THROTTLED", []),
    ],
)
def test_a_rejected_entry_restricts_what_its_code_says(
    code: str, expected: list[tuple[Scope, Cause]]
) -> None:
    assert causes(rejected(code)) == expected


def test_funds_that_are_not_there_halt_one_instrument_until_a_person_looks() -> None:
    trading = rejected("INSUFFICIENT_FUNDS").book.trading
    assert trading.state_of("trend", BTC) is TradingState.HALTED
    assert trading.state_of("trend", "ETH-USDT") is TradingState.ACTIVE


def test_an_instrument_that_the_venue_does_not_take_rests_for_a_while() -> None:
    story = rejected("MARKET_CLOSED")
    assert story.book.trading.state_of("trend", BTC) is TradingState.REDUCING
    assert story.feed(AlertFired(name=REOPEN + BTC, at=story.now)) == [], "too soon"
    story.after(REOPEN_MS)
    (resumed,) = story.feed(AlertFired(name=REOPEN + BTC, at=story.now))
    assert isinstance(resumed, TradingResumed)
    assert causes(story) == []
    assert story.feed(AlertFired(name=REOPEN + BTC, at=story.now)) == []


def test_a_stop_that_the_venue_does_not_take_restricts_no_entries() -> None:
    story = Story()
    story.enter()
    story.submit("ord-1-s")
    story.reject("ord-1-s", "UNSUPPORTED")
    assert causes(story) == []


@pytest.mark.parametrize(
    ("price", "halts"), [("120", False), ("120.01", True), ("79.99", True), ("80", False)]
)
def test_a_fill_far_from_the_market_halts_its_instrument(price: str, halts: bool) -> None:
    story = Story()
    said = story.enter(price=price)
    told = [event for event in said if isinstance(event, TradingHalted)]
    assert bool(told) == halts
    assert causes(story) == ([(HERE, Cause.PRICE_ABSURD)] if halts else [])


def test_a_comparison_without_a_finding_ends_what_a_difference_restricted() -> None:
    story = Story()
    differs = MismatchFound(
        instrument="",
        kind=MismatchKind.QUERY_FAILED,
        about="fills",
        here="asked 3 times",
        there="no answer",
        repair=Repair.TELL,
        severity=Severity.REDUCING,
    )
    (reduced,) = story.feed(differs)
    assert isinstance(reduced, TradingReduced)
    looked: dict[str, Any] = {"orders_checked": 0, "fills_recovered": 0, "mismatches": ()}
    assert story.feed(AccountReconciled(**looked, standing=("query_failed fills",))) == []
    (resumed,) = story.feed(AccountReconciled(**looked))
    assert isinstance(resumed, TradingResumed)
    assert causes(story) == []
