"""The hierarchical calibrator: the identity from nothing, one curve from little, each regime's from much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from barfinex.advisor.calibration.hierarchical import HierarchicalPlatt, fit_hierarchical, nudged
from barfinex.advisor.learning.newton import sigmoid
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput

SLOPES, INTERCEPTS = np.array([1.3, 0.4, 0.9]), np.array([0.3, -0.6, 0.0])
Labels = tuple[Floats, Floats, Floats]


def labels(n: int, seed: int = 3, slopes: Floats = SLOPES) -> Labels:
    """(z, posterior, won) with certain regimes, one of them at 7 %."""
    rng = np.random.default_rng(seed)
    regime = rng.choice(3, size=n, p=[0.5, 0.43, 0.07])
    z = rng.normal(0.0, 1.0, n)
    p = sigmoid(slopes[regime] * z + INTERCEPTS[regime])
    return z, np.eye(3)[regime], (rng.random(n) < p).astype(np.float64)


@pytest.fixture(scope="module")
def fitted() -> HierarchicalPlatt:
    return fit_hierarchical(*labels(2_000))


def test_no_labels_give_the_identity() -> None:
    none = fit_hierarchical(np.zeros(0), np.zeros((0, 3)), np.zeros(0))
    assert none.coefficients == pytest.approx((1.0, *[0.0] * 7), abs=1e-12)
    assert none.n_eff == (0.0, 0.0, 0.0)
    assert (none.tau_slope, none.tau_intercept) == (0.0, 0.0)


def test_many_labels_recover_each_regime() -> None:
    found = fit_hierarchical(*labels(40_000))
    assert found.slope + np.array(found.slope_offsets) == pytest.approx(SLOPES, abs=0.12)
    assert found.intercept + np.array(found.intercept_offsets) == pytest.approx(INTERCEPTS, abs=0.12)
    assert found.n_eff == pytest.approx((20_000, 17_200, 2_800), rel=0.05)


def test_a_regime_without_labels_has_the_pooled_curve_and_less_certainty(fitted: HierarchicalPlatt) -> None:
    z, posterior, won = labels(400)
    seen = posterior[:, 2] == 0.0
    found = fit_hierarchical(z[seen], posterior[seen], won[seen])
    unseen, known = found.apply(0.8, (0.0, 0.0, 1.0)), found.apply(0.8, (1.0, 0.0, 0.0))
    pooled = found.apply(0.8, (0.0, 0.0, 0.0))
    assert found.slope_offsets[2] == pytest.approx(0.0, abs=1e-6)
    assert unseen.p == pytest.approx(pooled.p, abs=0.02)
    assert unseen.se > known.se


def test_a_market_without_regimes_gives_one_curve() -> None:
    rng = np.random.default_rng(5)
    z = rng.normal(size=3_000)
    won = (rng.random(3_000) < sigmoid(0.7 * z)).astype(np.float64)
    found = fit_hierarchical(z, np.eye(3)[rng.integers(0, 3, 3_000)], won)
    assert (found.tau_slope, found.tau_intercept) in {(0.0, 0.0), (0.0, 0.15)}
    assert np.ptp(found.slope_offsets) < 0.01


def test_it_finds_what_an_independent_solver_finds(fitted: HierarchicalPlatt) -> None:
    """The same posterior at the chosen spreads, minimised by scipy."""
    z, posterior, won = labels(2_000)
    design = np.column_stack((z, np.ones(len(z)), posterior * z[:, None], posterior))
    spread = np.repeat([0.5, 0.25, fitted.tau_slope, fitted.tau_intercept], [1, 1, 3, 3])
    mean = np.eye(8)[0]

    def loss(b: Floats) -> float:
        eta = design @ b
        return float((np.logaddexp(0.0, eta) - won * eta).sum() + 0.5 * (((b - mean) / spread) ** 2).sum())

    best = minimize(loss, mean, method="BFGS", options={"gtol": 1e-6}).x
    assert fitted.coefficients == pytest.approx(tuple(best), abs=1e-4)


def test_one_and_many_agree(fitted: HierarchicalPlatt) -> None:
    rng = np.random.default_rng(1)
    z, posterior = rng.normal(0.0, 3.0, 50), rng.dirichlet(np.ones(3), 50)
    p, se = fitted.apply_with_error(z, posterior)
    one = [fitted.apply(float(at), tuple(row.tolist())) for at, row in zip(z, posterior, strict=True)]
    assert [each.p for each in one] == pytest.approx(p.tolist(), abs=1e-12)
    assert [each.se for each in one] == pytest.approx(se.tolist(), abs=1e-12)
    assert p.min() >= 0.02
    assert p.max() <= 0.98


def test_its_error_bars_hold_the_truth() -> None:
    """p within 1.645 standard errors of the truth about nine times out of ten."""
    held = []
    for seed in range(40):
        found = fit_hierarchical(*labels(500, seed))
        z = np.array([-0.8, 0.0, 0.8])
        for regime in (0, 1):
            p, se = found.apply_with_error(z, np.eye(3)[[regime] * 3])
            held += (np.abs(p - sigmoid(SLOPES[regime] * z + INTERCEPTS[regime])) <= 1.645 * se).tolist()
    assert 0.8 <= np.mean(held) <= 0.98


def test_a_slope_below_zero_is_cut_and_said() -> None:
    found = fit_hierarchical(*labels(2_000, slopes=np.array([-1.0, -1.0, -1.0])))
    low, high = found.apply(-1.0, (1.0, 0.0, 0.0)), found.apply(1.0, (1.0, 0.0, 0.0))
    assert low.slope_inverted
    assert low.p == pytest.approx(high.p, abs=0.01)


def test_doubled_weights_say_what_doubled_labels_say() -> None:
    z, posterior, won = labels(300)
    heavy = fit_hierarchical(z, posterior, won, np.full(300, 2.0))
    twice = fit_hierarchical(np.tile(z, 2), np.tile(posterior, (2, 1)), np.tile(won, 2))
    assert heavy.coefficients == pytest.approx(twice.coefficients, abs=1e-6)
    assert sum(heavy.n_eff) == pytest.approx(300.0)


def test_a_nudge_moves_only_intercepts_towards_the_outcome(fitted: HierarchicalPlatt) -> None:
    posterior = (0.1, 0.1, 0.8)
    after = nudged(fitted, 0.5, posterior, won=True, weight=1.0)
    assert (after.slope, after.slope_offsets) == (fitted.slope, fitted.slope_offsets)
    assert after.apply(0.5, posterior).p > fitted.apply(0.5, posterior).p
    assert after.apply(0.5, posterior).se < fitted.apply(0.5, posterior).se
    assert nudged(fitted, 0.5, posterior, won=False, weight=0.0).coefficients == pytest.approx(
        fitted.coefficients, abs=1e-9
    )


def test_nudges_follow_a_refit() -> None:
    """Fifty labels of a market that wins less: nudged one by one, or fitted anew with the old."""
    z, posterior, won = labels(400)
    rng = np.random.default_rng(8)
    later, now = rng.normal(size=50), np.eye(3)[rng.choice(2, 50)]
    lost = (rng.random(50) < sigmoid(later - 1.0)).astype(np.float64)
    model = fit_hierarchical(z, posterior, won)
    before = model.apply(0.0, (1.0, 0.0, 0.0)).p
    for at, row, outcome in zip(later.tolist(), now.tolist(), lost.tolist(), strict=True):
        model = nudged(model, at, tuple(row), outcome == 1.0, 1.0)
    anew = fit_hierarchical(np.append(z, later), np.vstack((posterior, now)), np.append(won, lost))
    nudge, target = model.apply(0.0, (1.0, 0.0, 0.0)).p, anew.apply(0.0, (1.0, 0.0, 0.0)).p
    assert target < before
    assert nudge == pytest.approx(target, abs=0.015)


@pytest.mark.parametrize(
    ("z", "posterior"),
    [
        (float("nan"), (1.0, 0.0, 0.0)),
        (1e9, (1.0, 0.0, 0.0)),
        (0.0, (1.0, 0.0)),
        (0.0, (float("nan"), 0.5, 0.5)),
        (0.0, (0.9, 0.9, 0.0)),
        (0.0, (-0.1, 0.5, 0.6)),
    ],
)
def test_what_is_not_known_is_not_calibrated(
    fitted: HierarchicalPlatt, z: float, posterior: tuple[float, ...]
) -> None:
    with pytest.raises(BadInput, match=r"z|posterior"):
        fitted.apply(z, posterior)


@given(
    st.lists(st.tuples(st.floats(-14, 14), st.floats(0, 1), st.booleans(), st.floats(0, 3)), max_size=40),
    st.floats(-20, 20),
    st.floats(0, 1),
)
def test_any_labels_give_a_curve_that_rises_and_is_never_certain(
    rows: list[tuple[float, float, bool, float]], z: float, share: float
) -> None:
    column = np.array([(at, q, won, w) for at, q, won, w in rows], dtype=np.float64).reshape(-1, 4)
    posterior = np.column_stack((column[:, 1], 1.0 - column[:, 1]))
    found = fit_hierarchical(column[:, 0], posterior, column[:, 2], column[:, 3])
    here = found.apply(z, (share, 1.0 - share))
    assert 0.02 <= here.p <= 0.98
    assert np.isfinite(here.se)
    assert found.apply(0.0, (share, 1.0 - share)).p <= found.apply(0.1, (share, 1.0 - share)).p + 1e-3


def test_labels_that_are_wrong_are_refused() -> None:
    z, posterior, won = labels(20)
    for wrong in (
        (z[:-1], posterior, won),
        (np.full(20, np.nan), posterior, won),
        (np.full(20, 99.0), posterior, won),
        (z, posterior * 2.0, won),
        (z, posterior, won + 0.5),
        (z, posterior, won, np.full(20, -1.0)),
    ):
        with pytest.raises(BadInput):
            fit_hierarchical(*wrong)
