"""The kill switch: every way and every level from every state, with a venue that is away, and close-all."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.config import InspectorConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import Purpose
from barfinex.domain.trading import Action, Cause, Level, Scope, TradingState
from barfinex.events.base import Event
from barfinex.events.inspector import (
    CancelRequested,
    ChangeRefused,
    IntentApproved,
    IntentRefused,
    ProtectionApproved,
    TradingHalted,
)
from barfinex.events.kernel import AlertFired, HaltFileFound, HaltSignalled, ModuleStoodDown, RunStarted
from barfinex.events.studio import HaltRequested
from tests.inspector.story import BTC, MINUTE, Story, intent, names, only

LEVELS = (
    Scope(),
    Scope(Level.VENUE, "sim"),
    Scope(Level.INSTRUMENT, BTC),
    Scope(Level.STRATEGY, "other"),
    Scope(Level.ORDER, "ord-2-e"),
)
ELSEWHERE = (
    Scope(Level.VENUE, "another"),
    Scope(Level.INSTRUMENT, "ETH-USDT"),
    Scope(Level.STRATEGY, "third"),
)
BEFORE: dict[TradingState, tuple[Event, ...]] = {
    TradingState.ACTIVE: (),
    TradingState.REDUCING: (ModuleStoodDown(module="detector", reason="x"),),
    TradingState.HALTED: (HaltSignalled(signal="SIGUSR1"),),
}


def by_command(scope: Scope) -> Event:
    return HaltRequested(way="command", reason="news", scope=scope)


def by_file(scope: Scope) -> Event:
    return HaltFileFound(path="data/HALT", reason="news", scope=scope)


def busy() -> Story:
    """A protected position of one strategy, and an entry of another on its way to the venue."""
    story = Story(also=(Instrument("ETH-USDT"),))
    story.hold()
    story.propose(intent("2", strategy="other"))
    story.submit("ord-2-e")
    return story


@pytest.mark.parametrize("state", BEFORE)
@pytest.mark.parametrize("scope", LEVELS, ids=str)
@pytest.mark.parametrize("way", [by_command, by_file])
def test_from_every_state_every_way_and_level_takes_the_entry_back(
    way: Any, scope: Scope, state: TradingState
) -> None:
    """I13, I5: and no order that protects."""
    story = busy()
    asked = [event for cause in BEFORE[state] for event in story.feed(cause)]
    assert story.book.trading.state() is state
    asked += story.feed(way(scope))
    assert [event.order_id for event in asked if isinstance(event, CancelRequested)] == ["ord-2-e"]
    latch = story.book.trading.latches[scope, Cause.KILL]
    assert (latch.announced, latch.state) == (True, TradingState.HALTED)
    if scope.level is not Level.ORDER:
        refused = only(story.propose(intent("3", strategy="other")), IntentRefused)
        assert "TRADING_STATE" in [breach.code for breach in refused.breaches]
    story.cancel("ord-2-e")
    assert "ProtectionApproved" in names(story.expire("ord-1-s"))


@pytest.mark.parametrize("scope", ELSEWHERE, ids=str)
def test_a_kill_of_something_else_changes_nothing_here(scope: Scope) -> None:
    """R19: one strategy is stopped alone."""
    story = busy()
    assert names(story.feed(by_command(scope))) == ["TradingHalted"]
    assert names(story.propose(intent("3", strategy="fourth"))) == ["IntentApproved"]


@pytest.mark.parametrize(
    "scope", [Scope(Level.INSTRUMENT, "BTCUSDT"), Scope(Level.STRATEGY, "trnd")], ids=str
)
@pytest.mark.parametrize("action", [Action.HALT, Action.CLOSE_ALL, Action.CANCEL_ENTRIES])
def test_a_halt_of_a_name_that_is_not_there_is_not_taken_for_one_that_holds(
    scope: Scope, action: Action
) -> None:
    """I4: a slip of the finger is told; in a file, where nobody waits for an answer, it halts everything."""
    story = busy()
    started = {"trend": "", "other": ""}
    story.feed(RunStarted(mode="", version="", config={}, config_hash="", strategies=started, data={}))
    wish = HaltRequested(way="command", reason="news", scope=scope, action=action)
    reason = only(story.feed(wish), ChangeRefused).reason
    assert scope.target in reason
    assert (BTC if scope.level is Level.INSTRUMENT else "trend") in reason
    assert not story.book.trading.latches
    by_file = HaltFileFound(path="HALT", scope=scope, action=action)
    story.feed(by_file)
    assert story.book.trading.holds(by_file)
    if action is not Action.CANCEL_ENTRIES:
        assert story.book.halt is not None


@pytest.mark.parametrize("order_id", ["ord-1-s", "ord-1-e", "ord-none"])
def test_only_an_entry_that_is_under_way_can_be_killed_alone(order_id: str) -> None:
    """I5: a stop is not taken away by a slip of the finger."""
    story = busy()
    before = dict(story.book.trading.latches)
    assert names(story.feed(by_command(Scope(Level.ORDER, order_id)))) == ["ChangeRefused"]
    assert story.book.trading.latches == before


def test_the_kill_of_an_order_is_over_when_the_order_is() -> None:
    story = busy()
    story.feed(by_command(Scope(Level.ORDER, "ord-2-e")))
    story.cancel("ord-2-e")
    assert not story.book.trading.latches
    assert names(story.propose(intent("3", strategy="other"))) == ["IntentApproved"]


def test_an_entry_is_asked_back_once_and_the_wish_stands_until_it_has_ended() -> None:
    """R23: that the venue is asked again and again is the Provider's (tests/provider/test_recall.py)."""
    story = busy()
    story.feed(by_command(Scope()))
    for alert in ring_until(story, story.now + 600_000):
        story.feed(alert)
    asked = [row.event.order_id for row in story.journal if isinstance(row.event, CancelRequested)]
    assert asked == ["ord-2-e"]
    assert story.book.orders["ord-2-e"].recalled
    story.cancel("ord-2-e")
    assert not any(story.feed(alert) for alert in ring_until(story, story.now + 60_000))


def ring_until(story: Story, end: int) -> Any:
    """The alerts that the clock would deliver."""
    while (at := story.clock.next_alert()) is not None and at <= end:
        for alert in story.clock.due(at):
            story.after(max(0, at - story.now))
            yield AlertFired(name=alert.name, at=alert.at)
    story.after(max(0, end - story.now))


def test_more_kills_than_anybody_needs_are_one_of_everything() -> None:
    """I10."""
    story = Story()
    trading = story.book.trading
    for n in range(1_001):
        trading.wish(HaltRequested(way="api", reason="x", scope=Scope(Level.STRATEGY, f"s{n}")), story.now)
    assert len(trading.latches) == 1_001
    assert (Scope(), Cause.KILL) in trading.latches


def test_entries_are_taken_back_once_without_a_halt() -> None:
    story = busy()
    events = story.feed(HaltRequested(way="api", reason="x", action=Action.CANCEL_ENTRIES))
    assert names(events) == ["CancelRequested"]
    assert not story.book.trading.latches


def test_standing_down_refuses_entries_and_leaves_those_under_way() -> None:
    story = busy()
    events = story.feed(HaltRequested(way="api", reason="x", action=Action.STAND_DOWN))
    assert names(events) == ["TradingReduced"]
    refused = only(story.propose(intent("3", strategy="third")), IntentRefused)
    assert [(breach.code, breach.value) for breach in refused.breaches] == [("TRADING_STATE", "reducing")]


def test_a_throttle_lets_one_entry_a_while_through() -> None:
    story = Story(limits=InspectorConfig(data_age_ms_max=10**12))
    story.price(100.0)
    scope = Scope(Level.INSTRUMENT, BTC)
    story.feed(HaltRequested(way="api", reason="x", action=Action.THROTTLE, scope=scope))

    def entry(name: str) -> Event:
        return story.propose(intent(name, strategy=name, expires_at=story.now + MINUTE))[0]

    assert isinstance(entry("1"), IntentApproved)
    refused = entry("2")
    assert isinstance(refused, IntentRefused)
    assert [breach.code for breach in refused.breaches] == ["THROTTLED"]
    story.after(59_999)
    assert isinstance(entry("3"), IntentRefused)
    story.after(1)
    assert isinstance(entry("4"), IntentApproved)


def test_closing_all_halts_and_leaves_every_position_in_its_scope_through_approvals() -> None:
    """I1, I5: exits at market in the group of their stops."""
    story = busy()
    story.fill("ord-2-e", "100")
    story.submit("ord-2-s", "ord-2-t")
    scope = Scope(Level.STRATEGY, "other")
    events = story.feed(HaltRequested(way="command", reason="news", action=Action.CLOSE_ALL, scope=scope))
    assert only(events, TradingHalted).closes
    (approval,) = only(events, ProtectionApproved).approvals
    assert (approval.order.purpose, approval.order.trade_id) == (Purpose.EXIT, "trd-2")
    assert approval.order.reduce_only
    assert approval.order.oco is not None
    again = story.feed(HaltRequested(way="api", reason="news", action=Action.CLOSE_ALL, scope=scope))
    assert again == []
    story.submit("ord-2-x")
    assert "TradeClosed" in names(story.fill("ord-2-x", "99"))
    assert "trd-1" in story.book.positions


def test_what_fills_after_closing_all_is_left_as_well() -> None:
    story = busy()
    story.feed(HaltRequested(way="command", reason="news", action=Action.CLOSE_ALL))
    late = story.fill("ord-2-e", "100")
    purposes = [
        approval.order.purpose
        for event in late
        if isinstance(event, ProtectionApproved)
        for approval in event.approvals
    ]
    assert purposes.count(Purpose.EXIT) == 1


def test_a_halt_becomes_a_close_all_and_a_restart_goes_on_with_it() -> None:
    story = busy()
    story.feed(by_command(Scope()))
    events = story.feed(HaltRequested(way="command", reason="worse", action=Action.CLOSE_ALL))
    assert names(events) == ["TradingHalted", "ProtectionApproved"]
    latch = story.restored(story.journal).book.trading.closes("trend", BTC)
    assert latch is not None
    assert latch.reason == "worse"
