"""The calibrator: nothing from nothing, little from little, the truth from much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from barfinex.advisor.learning.platt import Platt, fit


def test_no_labels_give_the_identity() -> None:
    assert fit([], [], Platt()) == Platt(1.0, 0.0)


def outcomes(slope: float, intercept: float, count: int = 4_000) -> tuple[list[float], list[bool]]:
    rng = np.random.default_rng(11)
    odds = rng.normal(0.0, 1.5, count)
    won = rng.random(count) < 1.0 / (1.0 + np.exp(-(slope * odds + intercept)))
    return odds.tolist(), won.tolist()


def test_many_labels_recover_the_truth() -> None:
    found = fit(*outcomes(0.6, -0.4), Platt())
    assert found.slope == pytest.approx(0.6, abs=0.08)
    assert found.intercept == pytest.approx(-0.4, abs=0.08)


def test_few_labels_move_little() -> None:
    """Ten losses at even odds: the plain likelihood would run away to certainty."""
    found = fit([0.0] * 10, [False] * 10, Platt())
    assert found.slope == 1.0
    assert -1.0 < found.intercept < -0.3


def test_it_finds_what_an_independent_solver_finds() -> None:
    """The same posterior, minimised by scipy with derivatives of its own."""
    odds, won = outcomes(0.7, 0.3, 200)
    z, sign = np.array(odds), np.where(won, 1.0, -1.0)

    def loss(x: Any) -> float:
        likelihood = np.logaddexp(0.0, -sign * (x[0] * z + x[1])).sum()
        return float(likelihood + 2.0 * (x[0] - 1.0) ** 2 + 2.0 * x[1] ** 2)

    best = minimize(loss, (1.0, 0.0), method="BFGS").x
    found = fit(odds, won, Platt())
    assert (found.slope, found.intercept) == pytest.approx(tuple(best), abs=1e-4)


@given(
    rows=st.lists(st.tuples(st.floats(-14, 14), st.booleans()), max_size=60),
    start=st.tuples(st.floats(0, 5), st.floats(-5, 5)),
)
def test_the_fit_is_finite_never_inverted_and_independent_of_its_start(
    rows: list[tuple[float, bool]], start: tuple[float, float]
) -> None:
    odds, won = [row[0] for row in rows], [row[1] for row in rows]
    found, again = fit(odds, won, Platt(*start)), fit(odds, won, Platt())
    assert found.slope >= 0.0
    assert (found.slope, found.intercept) == pytest.approx((again.slope, again.intercept), abs=1e-6)
