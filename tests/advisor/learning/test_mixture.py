"""Components keep their places from fit to fit, and mean what their name says."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.learning.mixture import fit_mixture, match, name_states
from barfinex.advisor.regimes.mixture import Reader
from barfinex.advisor.regimes.states import State
from barfinex.domain.candles import Floats

CENTRES = np.array([[-5.2, 0.6], [-5.2, 3.0], [-4.0, 0.6], [-4.0, 3.2]])


def rows(seed: int, size: int = 1_500) -> Floats:
    rng = np.random.default_rng(seed)
    return CENTRES[rng.integers(0, 4, size)] + rng.normal(0.0, (0.15, 0.3), (size, 2))


def test_the_four_states_are_found() -> None:
    fitted = fit_mixture(rows(1), seed=0)
    assert fitted is not None
    found = dict(zip(fitted.mixture.states, fitted.mixture.means, strict=True))
    expected = (State.RANGE, State.TREND_UP, State.STRESS, State.BREAKOUT)
    for state, centre in zip(expected, CENTRES, strict=True):
        assert found[state] == pytest.approx(centre, abs=0.05)
    assert fitted.ari is None
    assert fitted.rows == 1_500


def test_a_refit_permutes_nothing() -> None:
    first = fit_mixture(rows(1), seed=0)
    assert first is not None
    for seed in range(4):
        again = fit_mixture(rows(seed + 2), seed=seed, before=first.mixture)
        assert again is not None
        assert again.mixture.states == first.mixture.states
        assert np.allclose(again.mixture.means, first.mixture.means, atol=0.1)
        assert again.ari is not None
        assert again.ari > 0.9


def test_matching_undoes_any_permutation() -> None:
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(4)
        moved = CENTRES[order] + 0.05
        assert np.allclose(moved[match(CENTRES, moved, rows(0))], CENTRES + 0.05)


def test_equal_rows_and_seed_give_the_same_model() -> None:
    one, other = fit_mixture(rows(1), seed=3), fit_mixture(rows(1), seed=3)
    assert one is not None
    assert other is not None
    assert one.mixture.model_id == other.mixture.model_id
    assert one == other


def test_one_candle_in_a_hundred_of_its_own_rows_is_strange() -> None:
    sample = rows(1)
    fitted = fit_mixture(sample, seed=0)
    assert fitted is not None
    _, density = Reader(fitted.mixture).components(sample[:, 0], sample[:, 1])
    assert np.mean(density < fitted.mixture.likelihood_min) == pytest.approx(0.01, abs=0.002)


def test_too_little_is_no_model() -> None:
    assert fit_mixture(rows(1, 59), seed=0) is None
    assert fit_mixture(np.tile([[-5.0, 1.0]], (900, 1)), seed=0) is None
    assert fit_mixture(np.full((900, 2), np.nan), seed=0) is None


def test_what_is_not_finite_is_left_out() -> None:
    sample = rows(1)
    holed = np.concatenate((sample, [[np.nan, 1.0], [-5.0, np.inf]]))
    one, other = fit_mixture(sample, seed=0), fit_mixture(holed, seed=0)
    assert one == other


def test_one_volatility_is_not_parted_by_chance() -> None:
    weights = np.full(4, 0.25)
    means = np.array([[-5.0, 0.6], [-5.1, 1.0], [-4.95, 2.4], [-5.05, 0.8]])
    assert set(name_states(weights, means)) == {State.RANGE, State.TREND_UP}


def test_a_component_without_weight_harms_nothing() -> None:
    weights = np.array([0.5, 0.5, 0.0, 0.0])
    states = name_states(weights, np.array([[-5.0, 0.6], [-4.0, 0.6], [-3.0, 9.0], [-6.0, 0.1]]))
    assert states[:2] == (State.RANGE, State.STRESS)
