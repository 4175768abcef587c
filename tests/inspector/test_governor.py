"""The kill switch: who pulls it, what it stops, who lets go of it."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.config import InspectorConfig
from barfinex.events.base import Event
from barfinex.events.inspector import (
    CancelRequested,
    ChangeRefused,
    IntentApproved,
    IntentRefused,
    LooseningRequested,
    TradingHalted,
)
from barfinex.events.kernel import HaltFileFound, HaltSignalled
from barfinex.events.studio import HaltRequested, ResumeRequested
from tests.inspector.story import MINUTE, Story, drive, intent, leave, names, only

WAYS = [
    (HaltRequested(way="terminal", reason="news"), ("terminal", "news")),
    (HaltFileFound(path="data/HALT"), ("file", "data/HALT")),
    (HaltSignalled(signal="SIGUSR1"), ("signal", "SIGUSR1")),
]


@pytest.mark.parametrize(("event", "expected"), WAYS)
def test_every_way_halts_once(event: Event, expected: tuple[str, str]) -> None:
    """I13: any of them, at once."""
    story = Story()
    halted = only(story.feed(event), TradingHalted)
    assert (halted.way, halted.reason) == expected
    assert story.feed(HaltRequested(way="api", reason="again")) == []


def test_a_halt_refuses_entries_and_lets_exits_and_protection_through() -> None:
    """I5: positions keep their stops and can be left."""
    story = Story()
    story.hold()
    story.feed(HaltRequested(way="command", reason="news"))
    refused = only(story.propose(intent("2", strategy="other")), IntentRefused)
    assert [breach.code for breach in refused.breaches] == ["TRADING_STATE"]
    assert "ProtectionApproved" in names(story.expire("ord-1-s"))
    assert only(story.propose(leave()), IntentApproved).approval.order.reduce_only


def test_a_halt_takes_back_the_entries_under_way_and_nothing_else() -> None:
    story = Story()
    story.hold()
    story.propose(intent("2", strategy="other"))
    events = story.feed(HaltRequested(way="command", reason="news"))
    assert names(events) == ["TradingHalted", "CancelRequested"]
    assert only(events, CancelRequested).order_id == "ord-2-e"


def test_a_fill_that_slips_past_the_halt_is_protected() -> None:
    """I5: the order was already on its way."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.feed(HaltRequested(way="command", reason="news"))
    assert "ProtectionApproved" in names(story.fill("ord-1-e", "100"))


def ada(reason: str = "checked the feed", **changes: Any) -> ResumeRequested:
    return ResumeRequested(**{"by": "Ada", "reason": reason, "is_person": True, **changes})


def resume(story: Story, **changes: Any) -> list[Event]:
    """Ask, wait and confirm."""
    asked = only(story.feed(ada(**changes)), LooseningRequested)
    story.after(asked.due_at - story.now)
    return story.feed(ada(**changes, confirmation=asked.id))


def test_only_a_person_with_a_reason_resumes_and_only_after_a_while() -> None:
    """I13: loosening needs a person, a reason and a delay."""
    story = Story()
    assert "nothing is halted" in only(story.feed(ada()), ChangeRefused).reason
    story.feed(HaltRequested(way="command", reason="news"))
    for wish in (ada(by=" "), ada(""), ada(is_person=False), ada(confirmation="lsn-1")):
        assert names(story.feed(wish)) == ["ChangeRefused"]
    asked = only(story.feed(ada()), LooseningRequested)
    assert asked.due_at - story.now == 60_000
    story.after(59_999)
    assert "can be confirmed in 0.0 s" in only(story.feed(ada(confirmation=asked.id)), ChangeRefused).reason
    story.after(1)
    assert names(story.feed(ada(confirmation=asked.id))) == ["TradingResumed"]
    assert names(story.feed(ada(confirmation=asked.id))) == ["ChangeRefused"]
    story.price(100.0)
    assert names(story.propose(intent(expires_at=story.now + MINUTE))) == ["IntentApproved"]


def test_a_halt_survives_a_restart_and_one_that_was_not_announced_is() -> None:
    """I13: the switch stays where it was put."""
    story = Story()
    request = HaltRequested(way="command", reason="news")
    story.feed(request)
    assert story.restored(story.journal[:-1]).book.halt is not None
    late = story.restored(story.journal[:1])
    before = len(story.journal)
    drive(late.recover(story))
    assert [type(e.event).__name__ for e in story.journal[before:]] == ["TradingHalted"]


def test_a_person_who_resumes_begins_the_streak_of_losses_anew() -> None:
    story = Story(InspectorConfig(loss_streak_max=1))
    for name in ("1", "2"):
        story.hold(intent(name))
        story.fill(f"ord-{name}-s", "98")
    refused = only(story.propose(intent("3")), IntentRefused)
    assert [(breach.code, breach.value) for breach in refused.breaches] == [("LOSS_STREAK", "2")]
    resume(story, reason="looked at both")
    story.price(100.0)
    assert names(story.propose(intent("4", expires_at=story.now + MINUTE))) == ["IntentApproved"]
