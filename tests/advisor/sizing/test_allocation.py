"""Weights sum to one, and every constraint that shaped them is reported."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.sizing.allocation import Kind, Rules, allocate
from barfinex.advisor.sizing.weighting import Method

NAMES = ("a", "b", "c", "d")


def days(count: int = 120, seed: int = 5, width: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(0.1, 1.0, (count, width)) * np.array([1.0, 2.0, 1.0, 0.8])[:width])


@given(st.integers(0, 500), st.integers(2, 80), st.sampled_from(Method), st.floats(0.05, 1.0))
def test_weights_are_shares_within_their_limit(seed: int, count: int, method: Method, most: float) -> None:
    rules = Rules(method, weight_max=most)
    found = allocate(NAMES, days(count, seed), {"a": 0.5, "gone": 0.5}, rules)
    assert sum(found.weights) == pytest.approx(1.0)
    assert all(0.0 <= w <= max(most, 0.25) + 1e-9 for w in found.weights)
    assert 0.0 <= found.turnover <= 1.0 + 1e-9


def test_the_default_is_inverse_volatility() -> None:
    found = allocate(NAMES, days(2_000), {}, Rules(half_life=1e6))
    want = np.array([1.0, 0.5, 1.0, 1.25]) / 3.75
    np.testing.assert_allclose(found.weights, want, rtol=0.1)
    assert found.constraints == ()
    assert found.method is Method.INVERSE_VOLATILITY


def test_turnover_is_half_of_what_moves() -> None:
    table = days()
    first = allocate(NAMES, table, {}, Rules())
    held = dict(zip(NAMES, first.weights, strict=True))
    assert first.turnover == pytest.approx(0.5)
    assert allocate(NAMES, table, held, Rules()).turnover == pytest.approx(0.0)
    assert allocate(NAMES, table, {"gone": 1.0}, Rules()).turnover == pytest.approx(1.0)
    assert allocate(NAMES, table, held, Rules()).previous == first.weights


def test_of_two_that_are_one_the_lesser_gives_way() -> None:
    table = days()
    table[:, 2] = table[:, 0] - 0.2
    found = allocate(NAMES, table, {}, Rules())
    (cut,) = (one for one in found.constraints if one.kind is Kind.CORRELATION)
    assert cut.strategy == "c"
    assert cut.value > cut.limit == 0.8
    assert found.weights[2] < 0.7 * found.weights[0]


def test_few_days_give_equal_weights_and_say_so() -> None:
    found = allocate(NAMES, days(19), {}, Rules())
    assert found.weights == (0.25,) * 4
    assert [one.kind for one in found.constraints] == [Kind.TOO_FEW_DAYS]


def test_who_never_traded_gets_nothing_rather_than_everything() -> None:
    table = days()
    table[:, 1] = 0.0
    found = allocate(NAMES, table, {}, Rules())
    assert found.weights[1] == 0.0
    assert [(one.kind, one.strategy) for one in found.constraints] == [(Kind.IDLE, "b")]
    idle = allocate(NAMES, np.zeros((50, 4)), {}, Rules())
    assert idle.weights == (0.25,) * 4


def test_a_weight_above_its_limit_is_shared_out() -> None:
    table = days()
    table[:, 0] *= 0.02
    found = allocate(NAMES, table, {}, Rules(weight_max=0.4))
    assert found.weights[0] == pytest.approx(0.4)
    (limit,) = found.constraints
    assert (limit.kind, limit.strategy, limit.after) == (Kind.WEIGHT_MAX, "a", 0.4)


def test_one_strategy_has_it_all() -> None:
    assert allocate(("a",), days(width=1), {}, Rules()).weights == (1.0,)


@pytest.mark.parametrize(
    ("names", "table"),
    [
        ((), np.zeros((30, 0))),
        (NAMES, days(width=3)),
        (NAMES, np.full((30, 4), np.inf)),
        (NAMES, np.zeros(4)),
    ],
)
def test_bad_input_is_named(names: tuple[str, ...], table: np.ndarray) -> None:
    with pytest.raises(ValueError, match="daily results"):
        allocate(names, table, {}, Rules())


def test_rules_that_are_none_are_refused() -> None:
    for bad in ({"half_life": 0.0}, {"days_min": 1}, {"weight_max": 0.0}, {"weight_max": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            Rules(**bad)
