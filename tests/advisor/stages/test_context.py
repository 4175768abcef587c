"""Stage 1 commits to everything the decision rests on, and says what is missing."""

from __future__ import annotations

from math import inf, nan

import pytest
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.stages.context import Context, gather_context
from barfinex.advisor.trace import Decline
from barfinex.events.advisor import ContextDegraded, ContextGathered, DecisionRequested
from barfinex.events.advisor_learning import RegimeObserved
from tests.advisor.builders import ACCOUNT, MOTION, NOW, QUOTE, STEP, case, facts, features

FEW = replace(features(), values=(0.0, 0.0, *[0.1] * 22), missing=NAMES[:2])


def gathered(**changes: object) -> Context:
    found = gather_context(case(), facts(**changes), 1)
    assert isinstance(found, Context)
    return found


def codes(found: object) -> list[Code]:
    return [one.code for one in found.objections] if isinstance(found, Decline) else []


def test_three_events_and_a_fourth_only_where_something_is_missing() -> None:
    kinds = [DecisionRequested, RegimeObserved, ContextGathered]
    assert [type(one) for one in gathered().events()] == kinds
    assert [type(one) for one in gathered(features=FEW).events()] == [*kinds, ContextDegraded]


@pytest.mark.parametrize(
    "change",
    [
        {"motion": replace(MOTION, price=100.01)},
        {"quote": replace(QUOTE, ask=100.02)},
        {"account": replace(ACCOUNT, positions=1)},
        {"features": FEW},
        {"score": 0.9},
        {"parts": (("freshness", 1.0),)},
        {"is_stalled": True},
    ],
)
def test_the_hash_commits_to_every_fact(change: dict[str, object]) -> None:
    one = gather_context(case(), facts(**change), 1)
    two = one.output if isinstance(one, Decline) else one
    assert two.context_hash != gathered().context_hash
    assert gathered().context_hash == gathered().context_hash
    assert gather_context(case(number=2), facts(), 1).context_hash != gathered().context_hash  # type: ignore[union-attr]


def test_what_is_missing_is_named_with_what_stands_in_for_it() -> None:
    found = gathered(features=FEW)
    degraded = list(found.events())[-1]
    whole, told = list(gathered().events())[2], list(found.events())[2]
    assert isinstance(degraded, ContextDegraded)
    assert isinstance(whole, ContextGathered)
    assert isinstance(told, ContextGathered)
    assert degraded.missing == NAMES[:2]
    assert degraded.substituted == tuple(f"{name}=0" for name in NAMES[:2])
    assert degraded.severity == "low"
    assert whole.leaves - told.leaves == 2


def test_without_candles_it_is_severe_and_there_is_no_history() -> None:
    found = gather_context(case(), facts(motion=replace(MOTION, candles=0), features=FEW), 1)
    assert codes(found) == [Code.CTX_INSUFFICIENT_HISTORY]
    assert isinstance(found, Decline)
    degraded = list(found.output.events())[-1]
    assert isinstance(degraded, ContextDegraded)
    assert degraded.severity == "high"


def test_nothing_may_be_known_later_than_the_moment() -> None:
    """I17."""
    assert codes(gather_context(case(), facts(features=features(known_at=NOW)), 1)) == []
    late = facts(features=features(known_at=NOW + 1))
    assert codes(gather_context(case(), late, 1)) == [Code.CTX_FUTURE_TIMESTAMP]
    early = replace(case(), as_of=NOW - 1)
    assert codes(gather_context(early, facts(features=features(known_at=0)), 1)) == [
        Code.CTX_FUTURE_TIMESTAMP
    ]


def test_a_signal_expires_a_moment_after_its_end_and_not_at_it() -> None:
    end = case().signal.expires_at
    assert codes(gather_context(replace(case(), as_of=end), facts(), 1)) == []
    assert codes(gather_context(replace(case(), as_of=end + 1), facts(), 1)) == [Code.CTX_SIGNAL_EXPIRED]
    assert Code.CTX_SIGNAL_MALFORMED in codes(gather_context(case(expires_at=NOW - STEP), facts(), 1))


@pytest.mark.parametrize("equity", [nan, inf])
def test_an_account_worth_no_number_is_none_and_one_nobody_told_of_is_no_fault(equity: float) -> None:
    found = gather_context(case(), facts(account=replace(ACCOUNT, equity=equity)), 1)
    assert codes(found) == [Code.CTX_ACCOUNT_UNAVAILABLE]
    assert codes(gather_context(case(), facts(account=replace(ACCOUNT, equity=None)), 1)) == []


def test_every_fault_is_named() -> None:
    wrong = facts(
        is_known=False,
        is_repeated=True,
        is_stalled=True,
        motion=replace(MOTION, candles=0),
        account=replace(ACCOUNT, is_waiting=True),
        features=features(known_at=NOW + 10 * STEP),
    )
    asked = replace(case(score=0.1), as_of=NOW + 9 * STEP)
    assert codes(gather_context(asked, wrong, 1)) == [code for code in Code if code.startswith("CTX")]
