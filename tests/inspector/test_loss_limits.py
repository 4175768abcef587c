"""Near a loss limit nothing raises exposure; at it everything halts, and a person resumes when it is over."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from barfinex.config import InspectorConfig
from barfinex.domain.trading import Cause, TradingState
from barfinex.events.inspector import (
    AlertRaised,
    ChangeRefused,
    TradingHalted,
    TradingReduced,
    TradingResumed,
)
from barfinex.events.studio import AcknowledgementRequested, LimitChangeRequested
from barfinex.inspector.account import Account
from barfinex.inspector.brink import Measure, is_far, measures
from tests.inspector.story import MINUTE, NOON, Story, intent, names, only
from tests.inspector.test_governor import ada, resume

D = Decimal
DAY_MS = 86_400_000
TIGHT = InspectorConfig(drawdown_max=D("0.001"), daily_loss_max=D(1), data_age_ms_max=10**12)
DAY = InspectorConfig(drawdown_max=D(1), daily_loss_max=D("0.001"), data_age_ms_max=10**12)


def look(story: Story, price: float, name: str) -> list[object]:
    """The price is there, and somebody wants to enter."""
    story.after(MINUTE)
    story.price(price)
    return list(story.propose(intent(name, strategy=name, price=price, expires_at=story.now + MINUTE)))


def test_open_losses_reduce_at_four_fifths_and_halt_at_the_limit() -> None:
    """Ten units from 100: the limit is a fall of 10 in the price."""
    story = Story(TIGHT)
    story.hold()
    assert "TradingReduced" not in [type(one).__name__ for one in look(story, 92.5, "2")]
    story.reject("ord-2-e")
    reduced, refused = look(story, 91.5, "3")
    assert isinstance(reduced, TradingReduced)
    assert (reduced.cause, reduced.lifted_by) == (Cause.DRAWDOWN_NEAR, "recovery")
    assert type(refused).__name__ == "IntentRefused"
    halted, alert, _refused = look(story, 89.0, "4")
    assert isinstance(halted, TradingHalted)
    assert isinstance(alert, AlertRaised)
    assert alert.critical
    for words in ("drawdown 0.11% of at most 0.10%", "until equity recovers", "drawdown_max is loosened"):
        assert words in halted.reason


def test_what_was_near_is_over_when_equity_is_back_with_something_to_spare() -> None:
    story = Story(TIGHT)
    story.hold()
    look(story, 91.5, "2")
    assert names(look(story, 92.5, "3")) == ["IntentRefused"], "0.075 % is not yet 0.072 %"  # type: ignore[arg-type]
    resumed, approved = look(story, 93.0, "4")
    assert isinstance(resumed, TradingResumed)
    assert (resumed.by, resumed.cause) == ("recovery", Cause.DRAWDOWN_NEAR)
    assert type(approved).__name__ == "IntentApproved"


def test_a_halt_at_the_limit_is_not_lifted_by_recovery_but_by_a_person_who_has_seen_it() -> None:
    """I13: no automatic re-arm; while it holds not even a person lifts it."""
    story = Story(TIGHT)
    story.hold()
    look(story, 89.0, "2")
    assert "need `halt --ack`" in only(story.feed(ada()), ChangeRefused).reason
    story.feed(AcknowledgementRequested(by="Ada", reason="seen", is_person=True))
    assert "until equity recovers" in only(story.feed(ada()), ChangeRefused).reason
    look(story, 100.0, "3")
    assert story.book.trading.state() is TradingState.HALTED
    assert names(resume(story)) == ["TradingResumed"]
    assert story.book.trading.state() is TradingState.ACTIVE


def test_the_loss_of_a_day_lasts_as_long_as_the_day() -> None:
    story = Story(DAY)
    story.hold()
    events = story.fill("ord-1-s", "89")
    halted = only(events, TradingHalted)
    assert (halted.cause, halted.until) == (Cause.DAILY_LOSS, (story.now // DAY_MS + 1) * DAY_MS)
    story.feed(AcknowledgementRequested(by="Ada", reason="seen", is_person=True))
    assert "until the UTC day ends" in only(story.feed(ada()), ChangeRefused).reason
    story.after(DAY_MS)
    assert names(resume(story)) == ["TradingResumed"]


def test_a_limit_that_is_tightened_below_the_loss_halts_at_once() -> None:
    story = Story()
    story.hold()
    look(story, 89.0, "2")
    wish = LimitChangeRequested(limit="drawdown_max", value="0.001", way="api", by="", reason="careful")
    assert names(story.feed(wish))[:2] == ["LimitTightened", "TradingHalted"]


def test_the_quick_look_never_overlooks_what_the_measures_see() -> None:
    """I4: over ten thousand seeded accounts."""
    draw = np.random.Generator(np.random.PCG64(5))
    part, seen = D("0.8"), 0
    for _ in range(10_000):
        peak, day, week, result, lost = (D(str(round(float(x), 2))) for x in draw.normal(0, 30, 5))
        account = Account(D(1_000))
        account.equity, account.peak = D(1_000) - abs(lost), D(1_000) + abs(peak)
        account.counters.begin(NOON // DAY_MS * DAY_MS, D(1_000) + day)
        account.counters.week_equity = D(1_000) + week
        account._day, account._realised = NOON // DAY_MS, result
        limits = InspectorConfig(
            drawdown_max=D("0.05"),
            daily_loss_max=D("0.02"),
            daily_fall_max=D("0.04"),
            weekly_fall_max=D("0.06"),
        )
        near = any(
            one.value is None or one.value > one.limit * part for one in measures(account, limits, NOON)
        )
        seen += near
        assert not (near and is_far(account, limits, NOON, part))
    assert 1_000 < seen < 9_000


def test_a_loss_that_is_not_known_is_not_called_nothing() -> None:
    unknown = Measure(Cause.DRAWDOWN_NEAR, Cause.DRAWDOWN, "drawdown_max", None, Decimal("0.1"))
    assert unknown.words().startswith("drawdown is not known of at most 10.00%")
    assert unknown._replace(value=Decimal("0.02")).words().startswith("drawdown 2.00% of at most 10.00%")
