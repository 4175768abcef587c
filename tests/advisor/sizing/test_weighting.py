"""Three ways of sharing risk, each held to what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.sizing.weighting import Method, equal_risk, hierarchical, inverse_volatility, weigh


def covariance(seed: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(width, 3))
    return factors @ factors.T + np.diag(rng.uniform(0.2, 2.0, width))


@given(st.integers(0, 1_000), st.integers(1, 9), st.sampled_from(Method))
def test_weights_are_positive_and_sum_to_one(seed: int, width: int, method: Method) -> None:
    weights = weigh(covariance(seed, width), method)
    assert (weights > 0.0).all()
    assert weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("method", Method)
def test_without_correlation_the_calmer_gets_more(method: Method) -> None:
    weights = weigh(np.diag([1.0, 4.0, 9.0]), method)
    assert weights[0] > weights[1] > weights[2]


@pytest.mark.parametrize("seed", range(5))
def test_equal_risk_is_equal(seed: int) -> None:
    matrix = covariance(seed, 7)
    weights = equal_risk(matrix)
    shares = weights * (matrix @ weights)
    np.testing.assert_allclose(shares / shares.sum(), 1.0 / 7.0, rtol=1e-8)


@pytest.mark.parametrize("rho", [-1.0, -0.999, 0.999, 1.0])
def test_equal_risk_of_near_twins_is_that_of_two(rho: float) -> None:
    matrix = np.array([[1e-6, rho * 1e-3], [rho * 1e-3, 1.0]])
    np.testing.assert_allclose(equal_risk(matrix), np.array([1e3, 1.0]) / 1001.0, rtol=1e-6)


def test_inverse_volatility_knows_no_correlation() -> None:
    np.testing.assert_allclose(inverse_volatility(np.array([[1.0, 0.9], [0.9, 4.0]])), [2 / 3, 1 / 3])


def test_the_hierarchy_gives_twins_the_share_of_one() -> None:
    rho = np.array([[1.0, 0.95, 0.0], [0.95, 1.0, 0.0], [0.0, 0.0, 1.0]])
    weights = hierarchical(rho)
    assert weights[2] > 0.45
    assert weights[0] == pytest.approx(weights[1])


def test_the_hierarchy_of_two_is_inverse_variance() -> None:
    np.testing.assert_allclose(hierarchical(np.diag([1.0, 4.0])), [0.8, 0.2])
