"""A scripted day of trades, losses, halts and limits, restarted at every row: nothing is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from barfinex.config import InspectorConfig
from barfinex.domain.mismatch import Severity
from barfinex.domain.order import OrderState
from barfinex.domain.trading import Action, Cause, Level, Scope, TradingState
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import DayOpened, LooseningRequested
from barfinex.events.kernel import LoopLagged, ModuleStoodDown, RunStarted
from barfinex.events.provider import AccountReconciled, OrderContradicted, ThrottleTripped, VenueThrottled
from barfinex.events.studio import (
    AcknowledgementRequested,
    HaltRequested,
    LimitChangeRequested,
    ResumeRequested,
)
from tests.inspector.story import BTC, MINUTE, Story, drive, intent, only, state

D = Decimal
LIMITS = InspectorConfig(
    drawdown_max=D("0.002"), daily_loss_max=D(1), data_age_ms_max=10**12, loss_streak_max=1
)
STARTED = RunStarted(mode="m", version="1", config={}, config_hash="", strategies={}, data={}, waits=True)
CLEAN = AccountReconciled(orders_checked=0, fills_recovered=0, mismatches=())


@dataclass
class Heard:
    """An event that the Inspector was given, and what it published in answer."""

    row: Envelope
    answers: list[Event]


def day() -> tuple[Story, list[Heard]]:
    """From the first start to the last resume."""
    story = Story(LIMITS)
    story.feed(STARTED)
    story.feed(CLEAN)
    for name, price in (("1", "98"), ("2", "97")):
        wish = intent(name, expires_at=story.now + MINUTE)
        story.hold(wish)
        story.after(MINUTE)
        story.fill(f"ord-{name}-s", price, fee="1")
    story.propose(intent("3", expires_at=story.now + MINUTE))
    story.feed(HaltRequested(way="api", reason="x", scope=Scope(Level.INSTRUMENT, "ETH-USDT")))
    tight = LimitChangeRequested(limit="drawdown_max", value="0.0001", way="api", by="", reason="careful")
    story.feed(tight)
    story.feed(LoopLagged(lag_ms=1_500))
    story.feed(AcknowledgementRequested(by="Ada", reason="seen", is_person=True))
    loosen: dict[str, Any] = {
        "limit": "drawdown_max",
        "value": "0.5",
        "way": "api",
        "by": "Ada",
        "reason": "wide",
    }
    asked = only(story.feed(LimitChangeRequested(**loosen, is_person=True)), LooseningRequested)
    story.after(asked.due_at - story.now)
    story.feed(LimitChangeRequested(**loosen, is_person=True, confirmation=asked.id))
    calm: dict[str, Any] = {"by": "Ada", "reason": "calm", "is_person": True}
    asked = only(story.feed(ResumeRequested(**calm)), LooseningRequested)
    story.feed(HaltRequested(way="api", reason="y", action=Action.STAND_DOWN))
    asked = only(story.feed(ResumeRequested(**calm)), LooseningRequested)
    story.after(asked.due_at - story.now)
    story.feed(ResumeRequested(**calm, confirmation=asked.id))
    story.feed(ModuleStoodDown(module="detector", reason="x"))
    story.after(MINUTE)
    story.feed(STARTED)
    story.feed(CLEAN)
    story.hold(intent("4", expires_at=story.now + MINUTE))
    story.feed(HaltRequested(way="api", reason="z", action=Action.CLOSE_ALL))
    story.submit("ord-4-x")
    story.fill("ord-4-x", "99")
    return story, heard(story.journal)


def heard(journal: list[Envelope]) -> list[Heard]:
    told = [Heard(row, []) for row in journal if row.source != "inspector"]
    by_seq = {one.row.seq: one for one in told}
    for row in journal:
        if row.source == "inspector" and not isinstance(row.event, DayOpened):
            by_seq[row.causation].answers.append(row.event)
    return told


def test_a_restart_at_every_row_knows_and_answers_the_same() -> None:
    """R28: at each row of the day a new Inspector, folded from the journal, goes on like the old one."""
    story, told = day()
    assert len(told) > 30
    for at, one in enumerate(told):
        again = Story(LIMITS)
        again.journal = [row for row in story.journal if row.seq < one.row.seq]
        again.module = again.restored(again.journal)
        for later in told[at:]:
            again.clock.move(later.row.known_at)
            assert again.feed_late(later.row.event) == later.answers, (at, later.row.event)
        assert state(again.book, story.now) == state(story.book, story.now)


def test_the_day_went_through_every_state() -> None:
    story, told = day()
    said = {type(event).__name__ for one in told for event in one.answers}
    assert said >= {
        "TradingArmed",
        "TradingHalted",
        "TradingReduced",
        "TradingResumed",
        "LimitTightened",
        "LimitLoosened",
        "AlertRaised",
        "AlertsAcknowledged",
        "IntentRefused",
        "TradeClosed",
    }
    assert story.book.trading.state() is TradingState.HALTED


def test_a_start_trades_nothing_before_the_account_is_reconciled() -> None:
    """R16: the start state is HALTED."""
    story = Story()
    story.price(100.0)
    story.feed(STARTED)
    assert story.book.trading.state() is TradingState.HALTED
    assert type(story.propose(intent())[0]).__name__ == "IntentRefused"
    failed = AccountReconciled(orders_checked=0, fills_recovered=0, mismatches=(), failed=("fills",))
    assert story.feed(failed) == []
    assert [type(event).__name__ for event in story.feed(CLEAN)] == ["TradingArmed"]
    assert type(story.propose(intent("2"))[0]).__name__ == "IntentApproved"


def test_a_restart_loop_stays_halted() -> None:
    """R16, F83: ten starts in a minute are enough; a person resumes."""
    story = Story()
    for _ in range(10):
        story.feed(STARTED)
        assert [type(event).__name__ for event in story.feed(CLEAN)] == ["TradingArmed"]
        story.after(5_000)
    assert [type(event).__name__ for event in story.feed(STARTED)] == ["TradingHalted", "AlertRaised"]
    assert story.feed(CLEAN) == []
    assert (Scope(), Cause.RESTARTS) in story.book.trading.latches
    drive(story.module.recover(story))
    assert story.book.trading.state() is TradingState.HALTED


def test_bans_tripped_budgets_and_contradictions_halt_where_they_are() -> None:
    story = Story()
    story.feed(VenueThrottled(code="THROTTLED", until=story.now + 1_000, reason="429"))
    story.feed(ThrottleTripped(instrument=BTC, strategy="noisy", trips=3, window_ms=60_000))
    story.feed(VenueThrottled(code="BANNED", until=story.now + 1_000, reason="418"))
    odd: dict[str, Any] = {
        "instrument": BTC,
        "order_id": "ord-1-e",
        "state": OrderState.FILLED,
        "told": "OrderFilled",
    }
    for severity in Severity:
        story.feed(OrderContradicted(**odd, severity=severity))
    assert list(story.book.trading.latches) == [
        (Scope(Level.STRATEGY, "noisy"), Cause.THROTTLED),
        (Scope(Level.VENUE, "sim"), Cause.BANNED),
        (Scope(Level.INSTRUMENT, BTC), Cause.DIFFERENCE),
        (Scope(Level.INSTRUMENT, BTC), Cause.MISMATCH),
    ]
