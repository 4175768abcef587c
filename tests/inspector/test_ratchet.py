"""Stricter at once; looser by a person, with a reason, after a while, asked for twice; all of it stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from barfinex.config import InspectorConfig
from barfinex.events.base import Event
from barfinex.events.inspector import (
    ChangeRefused,
    IntentRefused,
    LimitLoosened,
    LimitTightened,
    LooseningRequested,
)
from barfinex.events.studio import HaltRequested, LimitChangeRequested
from barfinex.inspector.ratchet import changed, is_stricter, overlaid
from tests.inspector.story import MINUTE, Story, intent, names, only
from tests.inspector.test_governor import ada

D = Decimal
LIMITS = InspectorConfig()


def wish(limit: str, value: str, **changes: Any) -> LimitChangeRequested:
    given = {"way": "api", "by": "Ada", "reason": "calm", "is_person": True, **changes}
    return LimitChangeRequested(limit=limit, value=value, **given)


def test_tightening_holds_at_once_and_needs_no_person() -> None:
    """I13."""
    story = Story()
    story.price(100.0)
    tightened = only(story.feed(wish("position_notional_max", "999", is_person=False)), LimitTightened)
    assert (tightened.old, tightened.new) == ("50000", "999")
    refused = only(story.propose(intent()), IntentRefused)
    assert [breach.code for breach in refused.breaches] == ["POSITION_SIZE"]


def test_loosening_needs_a_person_a_delay_and_a_second_call() -> None:
    """I13."""
    story = Story(limits=InspectorConfig(position_notional_max=D(999)))
    story.price(100.0)

    def ask(**changes: Any) -> list[Event]:
        return story.feed(wish("position_notional_max", "2000", **changes))

    assert "person" in only(ask(is_person=False), ChangeRefused).reason
    assert names(ask(by=" ")) == names(ask(reason="")) == ["ChangeRefused"]
    asked = only(ask(), LooseningRequested)
    assert names(ask(confirmation=asked.id)) == ["ChangeRefused"]
    story.after(60_000)
    other = wish("position_notional_max", "3000", confirmation=asked.id)
    assert names(story.feed(other)) == ["ChangeRefused"]
    assert only(ask(confirmation=asked.id), LimitLoosened).new == "2000"
    assert names(ask(confirmation=asked.id)) == ["ChangeRefused"]
    story.price(100.0)
    assert names(story.propose(intent(expires_at=story.now + MINUTE))) == ["IntentApproved"]


def test_one_that_is_confirmed_too_late_is_asked_for_again() -> None:
    """I10: an answer does not wait for ever."""
    story = Story()
    asked = only(story.feed(wish("drawdown_max", "0.5")), LooseningRequested)
    story.after(asked.expires_at - story.now + 1)
    refused = only(story.feed(wish("drawdown_max", "0.5", confirmation=asked.id)), ChangeRefused)
    assert "too late" in refused.reason


def test_a_halt_that_comes_between_makes_a_resume_be_asked_for_anew() -> None:
    story = Story()
    story.feed(HaltRequested(way="api", reason="one"))
    asked = only(story.feed(ada()), LooseningRequested)
    assert story.feed(HaltRequested(way="api", reason="two")) == []
    story.after(60_000)
    refused = only(story.feed(ada(confirmation=asked.id)), ChangeRefused)
    assert "something has happened since" in refused.reason


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        ("drawdown_max", "NaN", "drawdown_max"),
        ("drawdown_max", "2", "less than or equal to 1"),
        ("drawdown_max", "-0.1", "greater than or equal to 0"),
        ("drawdown_max", "1e999", "drawdown_max"),
        ("drawdown_max", "", "is no decimal"),
        ("open_positions_max", "2.5", "is no int"),
        ("open_positions_max", "0", "greater than or equal to 1"),
        ("nothing", "1", "is no limit"),
        ("model_config", "1", "is no limit"),
    ],
)
def test_a_value_that_is_none_is_refused_with_its_reason(limit: str, value: str, reason: str) -> None:
    """I4."""
    story = Story()
    assert reason in only(story.feed(wish(limit, value)), ChangeRefused).reason
    assert not story.book.trading.limits


def test_stricter_is_lower_for_what_is_at_most_and_higher_for_what_is_at_least() -> None:
    assert is_stricter("drawdown_max", D(1), D(2))
    assert not is_stricter("drawdown_max", D(2), D(1))
    assert is_stricter("cooldown_ms", D(2), D(1))
    assert not is_stricter("cooldown_ms", D(1), D(2))
    assert is_stricter("price_collar", D(1), D(1))
    with pytest.raises(ValueError, match="cannot be changed"):
        is_stricter("sizing", D(1), D(1))


def test_what_was_set_stays_over_a_restart_and_the_stricter_wins_over_a_changed_file() -> None:
    loosened = {"drawdown_max": (str(LIMITS.drawdown_max), "0.5")}
    assert overlaid(LIMITS, loosened).drawdown_max == D("0.5")
    edited = changed(LIMITS, "drawdown_max", "0.1")
    assert overlaid(edited, loosened).drawdown_max == D("0.1")
    tightened = {"drawdown_max": (str(LIMITS.drawdown_max), "0.05")}
    assert overlaid(edited, tightened).drawdown_max == D("0.05")
    assert overlaid(LIMITS, {"gone_max": ("1", "2")}) == LIMITS


def test_limits_that_bound_each_other_hold_whichever_was_set_first() -> None:
    """A value that does not fit a neighbour's old one is no reason to fall back to the loose one."""
    story = Story()
    steps = (("stops_total_max", "5"), ("stops_instrument_max", "2"), ("stops_total_max", "3"))
    for limit, value in steps:
        assert names(story.feed(wish(limit, value, is_person=False))) == ["LimitTightened"]
    for module in (story.module, story.restored(story.journal)):
        limits = module.ratchet.limits()
        assert (limits.stops_instrument_max, limits.stops_total_max) == (2, 3)


def test_a_restart_judges_by_the_limits_that_were_set() -> None:
    story = Story()
    story.feed(wish("position_notional_max", "999"))
    story.module = story.restored(story.journal)
    story.price(100.0)
    assert names(story.propose(intent())) == ["IntentRefused"]
