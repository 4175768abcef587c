"""The shrunk covariance is scikit-learn's, and weights enter as repeated days would."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf as oracle

from barfinex.advisor.sizing.covariance import ledoit_wolf


@pytest.mark.parametrize(("days", "width"), [(20, 3), (40, 12), (15, 30), (300, 5), (50, 1)])
def test_with_equal_weights_it_is_that_of_scikit_learn(days: int, width: int) -> None:
    rng = np.random.default_rng(days)
    rows = rng.standard_t(5, (days, width)) @ rng.normal(size=(width, width)) + 0.3
    matrix, shrinkage = oracle(rows)
    found = ledoit_wolf(rows)
    np.testing.assert_allclose(found.matrix, matrix, rtol=1e-10, atol=1e-12)
    assert found.shrinkage == pytest.approx(shrinkage, abs=1e-12)
    assert found.n_eff == pytest.approx(days)


def test_recent_days_count_more() -> None:
    rng = np.random.default_rng(2)
    calm = rng.normal(0.0, 1.0, (200, 2)) * [1.0, 4.0]
    rows = np.concatenate([calm, 3.0 * calm[:60]])
    flat, recent = ledoit_wolf(rows), ledoit_wolf(rows, half_life=20.0)
    assert np.trace(recent.matrix) > 1.5 * np.trace(flat.matrix)
    assert recent.n_eff == pytest.approx(2.0 / np.log(2.0) * 20.0, rel=0.01)
    assert recent.shrinkage > flat.shrinkage


def test_a_long_half_life_is_none() -> None:
    rows = np.random.default_rng(4).normal(size=(50, 4))
    np.testing.assert_allclose(ledoit_wolf(rows, 1e9).matrix, ledoit_wolf(rows).matrix, rtol=1e-6)


def test_a_strategy_that_never_moves_correlates_with_none() -> None:
    rows = np.zeros((30, 2))
    assert ledoit_wolf(rows).correlation.tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("rows", "half_life"),
    [
        (np.full((5, 2), np.nan), None),
        (np.ones((1, 2)), None),
        (np.ones(5), None),
        (np.ones((5, 2)), 0.0),
        (np.ones((5, 2)), float("nan")),
    ],
)
def test_bad_input_is_named(rows: np.ndarray, half_life: float | None) -> None:
    with pytest.raises(ValueError, match="give"):
        ledoit_wolf(rows, half_life)
