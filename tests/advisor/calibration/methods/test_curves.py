"""The curves: each recovers the distortion it is made for, and none makes more conviction mean less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.calibration.methods.curves import IDENTITY, Curve, Shape, fit_curve
from barfinex.advisor.learning.newton import sigmoid
from barfinex.domain.candles import Floats

NONE = np.zeros((0, 0))
AT = np.linspace(-2.5, 2.5, 11)


def outcomes(true_logit: Floats, seed: int = 4) -> Floats:
    return (np.random.default_rng(seed).random(len(true_logit)) < sigmoid(true_logit)).astype(np.float64)


def scores(n: int = 20_000) -> tuple[Floats, Floats]:
    return np.random.default_rng(2).normal(0.0, 1.2, n), np.zeros((n, 1))


def test_each_recovers_its_own_distortion() -> None:
    z, nowhere = scores()
    q = sigmoid(z)
    truths = {
        Shape.TEMPERATURE: 0.5 * z,
        Shape.PLATT: 0.6 * z - 0.4,
        Shape.BETA: 1.4 * np.log(q) - 0.5 * np.log(1.0 - q) + 0.3,
        Shape.QUADRATIC: 0.8 * z + 0.12 * z * z - 0.2,
    }
    for shape, logit in truths.items():
        found = fit_curve(shape, z, nowhere, outcomes(logit))
        error = np.abs(found.apply_many(z, nowhere) - np.clip(sigmoid(logit), 0.02, 0.98))
        assert error.mean() < 0.01, shape


@pytest.mark.parametrize("shape", Shape)
def test_no_labels_give_the_identity(shape: Shape) -> None:
    found = fit_curve(shape, np.zeros(0), np.zeros((0, 1)), np.zeros(0))
    assert found.apply_many(AT, NONE) == pytest.approx(IDENTITY.apply_many(AT, NONE))


@pytest.mark.parametrize("shape", [s for s in Shape if s != Shape.IDENTITY])
def test_scores_that_mislead_are_not_listened_to(shape: Shape) -> None:
    z, nowhere = scores(3_000)
    found = fit_curve(shape, z, nowhere, outcomes(-z))
    assert np.ptp(found.apply_many(np.linspace(-2, 0, 9), NONE)) < 0.05


@pytest.mark.parametrize("seed", range(6))
def test_of_two_that_fall_one_after_the_other_both_are_held(seed: int) -> None:
    """Real candles did that to beta: what was held first came back a hair below 0."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0.0, 1.0, 1_000)
    won = (rng.random(1_000) < sigmoid(-0.1 * z - 0.4)).astype(np.float64)
    found = fit_curve(Shape.BETA, z, np.zeros((1_000, 1)), won)
    assert min(found.coefficients[:2]) == 0.0


@given(
    st.sampled_from(list(Shape)),
    st.lists(st.tuples(st.floats(-14, 14), st.booleans()), max_size=40),
)
def test_it_rises_and_is_never_certain(shape: Shape, rows: list[tuple[float, bool]]) -> None:
    z = np.array([row[0] for row in rows])
    won = np.array([row[1] for row in rows], dtype=np.float64)
    p = fit_curve(shape, z, np.zeros((len(z), 1)), won).apply_many(np.linspace(-20, 20, 81), NONE)
    assert p.min() >= 0.02
    assert p.max() <= 0.98
    assert (np.diff(p) >= -1e-12).all()


@pytest.mark.parametrize("wrong", [(1.0,), (1.0, float("nan")), (-0.1, 0.0)])
def test_a_wrong_curve_cannot_be_made(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="platt"):
        Curve(Shape.PLATT, wrong)
