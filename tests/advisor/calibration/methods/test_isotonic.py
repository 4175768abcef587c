"""Centred isotonic calibration: what scikit-learn finds, joined by lines and kept from certainty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from barfinex.advisor.calibration.methods.isotonic import Isotonic, fit_isotonic
from barfinex.advisor.learning.newton import sigmoid
from barfinex.domain.errors import BadInput

NONE = np.zeros((0, 0))


def test_its_inner_knots_are_the_blocks_of_scikit_learn() -> None:
    rng = np.random.default_rng(6)
    z = rng.normal(size=2_000)
    won = (rng.random(2_000) < sigmoid(z)).astype(np.float64)
    weights = rng.uniform(0.2, 1.0, 2_000)
    found = fit_isotonic(z, np.zeros((2_000, 1)), won, weights)
    oracle = IsotonicRegression().fit(z, won, sample_weight=weights)
    assert found.p[1:-1] == pytest.approx(oracle.predict(found.z)[1:-1].tolist(), abs=1e-9)
    assert len(found.p) == len(np.unique(oracle.predict(z).round(12)))


def test_many_labels_recover_a_bent_truth() -> None:
    rng = np.random.default_rng(7)
    z = rng.normal(size=50_000)
    truth = np.where(z > 0.5, 0.8, 0.4)
    found = fit_isotonic(z, np.zeros((50_000, 1)), (rng.random(50_000) < truth).astype(np.float64))
    assert np.abs(found.apply_many(z, NONE) - truth).mean() < 0.02


def test_three_wins_in_a_row_are_not_certainty() -> None:
    """Scikit-learn says 0 and 1 here, which is infinite loss when it is wrong."""
    z = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    found = fit_isotonic(z, np.zeros((6, 1)), np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]))
    assert found == Isotonic((-1.0, 2.0), (0.2, 0.8))
    assert found.apply_many(np.array([-9.0, 0.5, 9.0]), NONE) == pytest.approx([0.2, 0.5, 0.8])


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans(), st.floats(0.01, 2)), min_size=1, max_size=40))
def test_it_rises_and_is_never_certain(rows: list[tuple[int, bool, float]]) -> None:
    column = np.array(rows, dtype=np.float64)
    found = fit_isotonic(column[:, 0], np.zeros((len(column), 1)), column[:, 1], column[:, 2])
    p = found.apply_many(np.linspace(-6, 6, 49), NONE)
    assert (np.diff(p) >= 0.0).all()
    assert p.min() >= 0.02
    assert p.max() <= 0.98


def test_nothing_can_be_made_of_nothing() -> None:
    with pytest.raises(BadInput, match="weight"):
        fit_isotonic(np.zeros(2), np.zeros((2, 1)), np.ones(2), np.zeros(2))


@pytest.mark.parametrize(
    ("z", "p"), [((), ()), ((0.0,), (0.5, 0.6)), ((1.0, 0.0), (0.1, 0.2)), ((0.0, 1.0), (0.2, 0.1))]
)
def test_a_wrong_curve_cannot_be_made(z: tuple[float, ...], p: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="isotonic"):
        Isotonic(z, p)
