"""Reviews cost no more than was set, whatever comes back."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.llm.budget import (
    DAY_MS,
    Admission,
    Flight,
    Limits,
    Spending,
    reserved,
    settled,
    wall_ms,
)

LIMITS = Limits(tokens_day_max=10_000, usd_day_max=0.1)


def call(key: str, tokens: int = 1000, usd: float = 0.01) -> Flight:
    return Flight(key, 0, tokens, usd)


def test_the_wall_is_a_quarter_of_the_time_to_live_and_never_above_its_limit() -> None:
    assert [wall_ms(LIMITS, ttl) for ttl in (60_000, 10_000, 4000, 0, -5)] == [2500, 2500, 1000, 0, 0]


@pytest.mark.parametrize(
    ("spent", "asked", "answer"),
    [
        (Spending(), call("a"), Admission.GRANTED),
        (Spending(), call("a", usd=0.021), Admission.USD_DECISION),
        (Spending(), call("a", usd=nan), Admission.USD_DECISION),
        (Spending(), call("a", usd=-0.01), Admission.USD_DECISION),
        (Spending(), call("a", tokens=-1), Admission.TOKENS),
        (Spending(tokens=9001), call("a"), Admission.TOKENS),
        (Spending(usd=0.095), call("a"), Admission.USD_DAY),
        (Spending(usd=nan), call("a"), Admission.USD_DAY),
        (Spending(flights=(call("a"),)), call("a"), Admission.JOINED),
        (Spending(flights=tuple(call(f"b{n}") for n in range(4))), call("a"), Admission.BUSY),
        (Spending(flights=tuple(call(f"b{n}", 2500) for n in range(4))), call("a"), Admission.TOKENS),
    ],
)
def test_a_call_goes_out_only_within_every_limit(spent: Spending, asked: Flight, answer: Admission) -> None:
    after, admission = reserved(spent, LIMITS, 0, asked)
    assert admission is answer
    assert (asked in after.flights) is (answer is Admission.GRANTED or answer is Admission.JOINED)


def test_what_a_call_took_replaces_what_was_set_aside() -> None:
    spent, _ = reserved(Spending(), LIMITS, 0, call("a"))
    spent = settled(spent, 100, "a", 700, 0.004)
    assert spent == Spending(tokens=700, usd=0.004)


@pytest.mark.parametrize("usd", [nan, inf, -1.0])
def test_a_cost_that_is_none_counts_as_the_estimate(usd: float) -> None:
    spent, _ = reserved(Spending(), LIMITS, 0, call("a"))
    assert settled(spent, 100, "a", 700, usd).usd == 0.01


def test_a_lost_call_gives_up_its_place_and_not_its_money() -> None:
    spent, _ = reserved(Spending(), LIMITS, 0, call("a"))
    again, admission = reserved(spent, LIMITS, 5001, call("a"))
    assert admission is Admission.GRANTED
    assert (again.tokens, again.usd, len(again.flights)) == (1000, 0.01, 1)


def test_a_new_day_begins_with_nothing_spent_and_an_old_one_does_not_come_back() -> None:
    spent = Spending(day=3, tokens=10_000, usd=0.1)
    assert reserved(spent, LIMITS, 3 * DAY_MS, call("a"))[1] is Admission.TOKENS
    assert reserved(spent, LIMITS, 4 * DAY_MS, call("a"))[1] is Admission.GRANTED
    assert reserved(spent, LIMITS, 2 * DAY_MS, call("a"))[1] is Admission.TOKENS


@pytest.mark.parametrize("changes", [{"usd_day_max": 0.0}, {"wall_ms_max": -1}, {"usd_decision_max": nan}])
def test_limits_are_positive(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not positive"):
        Limits(**changes)  # type: ignore[arg-type]


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.integers(0, 3000), st.integers(0, 900))
    )
)
def test_a_day_never_costs_more_than_its_limit(steps: list[tuple[str, bool, int, int]]) -> None:
    """I10: where a call costs no more than was estimated, the sum stays inside the day's budget."""
    spent, now = Spending(), 0
    for key, comes_back, wait, tokens in steps:
        now += wait
        if comes_back and any(one.key == key for one in spent.flights):
            spent = settled(spent, now, key, tokens, 0.01 * tokens / 1000)
        else:
            spent, _ = reserved(spent, LIMITS, now, call(key))
        held = sum(one.tokens for one in spent.flights)
        assert spent.tokens + held <= LIMITS.tokens_day_max
        assert spent.usd + 1e-5 * held <= LIMITS.usd_day_max + 1e-9
        assert len(spent.flights) <= LIMITS.concurrent_max
