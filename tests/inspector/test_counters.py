"""R28: counters are what the journal says, at every row of a scripted week, whenever the Inspector starts."""

from __future__ import annotations

import pytest

from barfinex.config import InspectorConfig
from barfinex.domain.calendar import DAY_MS
from barfinex.domain.order import Side
from barfinex.domain.trading import Level, Scope
from barfinex.events.inspector import ChangeRefused, DayOpened, IntentRefused
from barfinex.events.provider import CandlesClosed
from barfinex.events.studio import HaltRequested
from tests.inspector.story import BTC, MINUTE, NOON, D, Story, intent, names, only
from tests.inspector.test_governor import ada, resume

FRIDAY_NIGHT = NOON // DAY_MS * DAY_MS + 4 * DAY_MS - 10 * MINUTE  # NOON is on a Tuesday.


def week() -> Story:
    """From Friday night to Monday: a loss and a win, a loss on Saturday, a loss on Monday."""
    story = Story()
    ends = [(0, "98"), (5 * MINUTE, "104"), (15 * MINUTE, "98"), (2 * DAY_MS + 30 * MINUTE, "98")]
    story.after(FRIDAY_NIGHT - NOON)
    for n, (at, price) in enumerate(ends):
        story.after(FRIDAY_NIGHT + at - story.now)
        story.hold(intent(f"w{n}", expires_at=story.now + MINUTE))
        story.fill(f"ord-w{n}-{'s' if price == '98' else 't'}", price)
    return story


def test_days_and_weeks_begin_with_what_the_account_was_worth() -> None:
    story = week()
    opened = [envelope.event for envelope in story.journal if isinstance(envelope.event, DayOpened)]
    assert [(event.day % DAY_MS, event.equity) for event in opened] == [
        (0, D(100_000)),
        (0, D(100_020)),
        (0, D(100_000)),
    ]
    counters = story.book.account.counters
    assert (counters.day_equity, counters.week_equity) == (D(100_000), D(100_000))
    assert (counters.opened_on(story.now), counters.lost_on(story.now)) == (1, 1)
    assert (counters.opened_on(story.now + DAY_MS), counters.lost_on(story.now + DAY_MS)) == (0, 0)
    assert len(counters.stops) == len(counters.stops_of[BTC]) == 3
    assert list(counters.results[BTC]) == [-20, 40, -20, -20]


def test_a_restart_at_any_row_gives_identical_counters() -> None:
    """R28: with the whole journal, row by row, the fold of a prefix and of the rest is the fold of all."""
    journal = week().journal
    whole = week().restored(journal).book.account
    for row in range(len(journal) + 1):
        module = Story().restored(journal[:row])
        for envelope in journal[row:]:
            if isinstance(envelope.event, module.consumes + module.restores):
                module.fold(envelope)
        account = module.book.account
        assert account.counters == whole.counters
        assert (account.loss_streak, account.last_exit) == (whole.loss_streak, whole.last_exit)
        assert account.realised_on(journal[-1].known_at) == whole.realised_on(journal[-1].known_at)


def test_old_candles_are_not_needed_for_the_counters() -> None:
    """R28: a restart reads only the latest candles; the morning's equity is a row of its own."""
    journal = week().journal
    kept = [envelope for envelope in journal if not isinstance(envelope.event, CandlesClosed)]
    assert Story().restored(kept).book.account.counters == week().book.account.counters


def test_a_runaway_strategy_is_locked_across_a_restart_until_a_person_resumes() -> None:
    """R12: it stops at exactly N, and time alone does not unlock it."""
    story = Story(InspectorConfig(repeats_max=3, repeats_window_ms=MINUTE))
    for n in range(3):
        story.hold(intent(f"n{n}"))
        story.fill(f"ord-n{n}-t", "104")
    refused = only(story.propose(intent("n3")), IntentRefused)
    assert [breach.code for breach in refused.breaches] == ["RUNAWAY"]
    assert names(story.propose(intent("x", strategy="other"))) == ["IntentApproved"]
    story.after(10 * MINUTE)
    story.price(100.0)
    later = intent("n4", expires_at=story.now)
    story.module = story.restored(story.journal)
    assert only(story.propose(later), IntentRefused).breaches[0].code == "RUNAWAY"
    assert story.book.account.counters.runaways == {("trend", BTC, Side.BUY): None}
    elsewhere = Scope(Level.STRATEGY, "other")
    assert "nothing is halted" in only(story.feed(ada(scope=elsewhere)), ChangeRefused).reason
    resume(story, reason="mended", scope=Scope(Level.STRATEGY, "trend"))
    assert not story.book.account.counters.runaways


def test_a_resume_elsewhere_unlocks_no_runaway_and_forgives_no_losses() -> None:
    story = Story(InspectorConfig(repeats_max=2, repeats_window_ms=MINUTE))
    for n in range(2):
        story.hold(intent(f"n{n}"))
        story.fill(f"ord-n{n}-s", "98")
    only(story.propose(intent("n2")), IntentRefused)
    streak = story.book.account.loss_streak
    elsewhere = Scope(Level.STRATEGY, "other")
    story.feed(HaltRequested(way="command", reason="news of it", scope=elsewhere))
    resume(story, reason="the news was nothing", scope=elsewhere)
    account = story.book.account
    assert account.counters.runaways
    assert account.loss_streak == streak > 0


@pytest.mark.parametrize(("nets", "locked"), [("sss", True), ("sst", False)])
def test_stops_that_pile_up_lock_the_instrument_for_a_while(nets: str, locked: bool) -> None:
    story = Story(InspectorConfig(stops_instrument_max=3, stops_window_ms=MINUTE, stops_lock_ms=2 * MINUTE))
    for n, leg in enumerate(nets):
        story.hold(intent(f"g{n}"))
        story.fill(f"ord-g{n}-{leg}", "98" if leg == "s" else "104")
    verdict = story.propose(intent("g9", strategy="other"))
    assert names(verdict) == ["IntentRefused" if locked else "IntentApproved"]
    if locked:
        story.after(2 * MINUTE)
        story.price(100.0)
        again = story.propose(intent("g8", strategy="third", expires_at=story.now))
        assert names(again) == ["IntentApproved"]
