"""The served mixture reads as scikit-learn's does, the same for one candle as for many."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from sklearn.mixture import GaussianMixture

from barfinex.advisor.regimes.mixture import POSTERIOR_MIN, Mixture, Reader
from barfinex.advisor.regimes.states import STATES, UNKNOWN, State

SERVED = Mixture(
    weights=(0.4, 0.3, 0.2, 0.1),
    means=((-5.0, 0.6), (-5.0, 2.5), (-4.0, 0.6), (-3.6, 2.6)),
    factors=((6.0, 0.3, 2.0), (6.0, 0.0, 1.5), (5.0, -0.4, 2.0), (4.0, 0.2, 1.5)),
    states=(State.RANGE, State.TREND_UP, State.STRESS, State.BREAKOUT),
    likelihood_min=-6.0,
)
RNG = np.random.default_rng(2)
VOL, TREND = RNG.normal(-4.5, 0.6, 400), RNG.normal(0.0, 1.8, 400)


def test_it_reads_as_scikit_learn_does() -> None:
    oracle = GaussianMixture(4)
    oracle.weights_ = np.array(SERVED.weights)
    oracle.means_ = np.array(SERVED.means)
    oracle.precisions_cholesky_ = np.array([[[a, b], [0.0, c]] for a, b, c in SERVED.factors])
    oracle.covariances_ = np.linalg.inv(
        oracle.precisions_cholesky_ @ oracle.precisions_cholesky_.transpose(0, 2, 1)
    )
    rows = np.stack((VOL, np.abs(TREND)), axis=1)
    share, density = Reader(SERVED).components(rows[:, 0], rows[:, 1])
    assert np.allclose(share.T, oracle.predict_proba(rows), atol=1e-12)
    assert np.allclose(density, oracle.score_samples(rows))


def test_one_candle_reads_to_the_bit_as_among_many() -> None:
    reader = Reader(SERVED)
    seen, table = reader.read(VOL, TREND)
    for i in range(len(VOL)):
        own, column = reader.read(VOL[i : i + 1], TREND[i : i + 1])
        assert own[0] == seen[i]
        assert column[:, 0].tobytes() == table[:, i].tobytes()


def test_a_posterior_is_one_and_trends_part_by_sign() -> None:
    reader = Reader(SERVED)
    _, table = reader.read(VOL, TREND)
    assert np.allclose(table.sum(axis=0), 1.0)
    seen, _ = reader.read(np.array([-5.0, -5.0, -5.0, -4.0, -3.6]), np.array([2.5, -2.5, 0.5, 0.5, -2.6]))
    names = [STATES[number] for number in seen.tolist()]
    assert names == [State.TREND_UP, State.TREND_DOWN, State.RANGE, State.STRESS, State.BREAKOUT]


def test_what_is_like_nothing_seen_is_unknown() -> None:
    seen, table = Reader(SERVED).read(np.array([0.0, -14.0]), np.array([0.0, 30.0]))
    assert seen.tolist() == [UNKNOWN, UNKNOWN]
    assert np.isfinite(table).all()


def test_what_is_torn_between_states_is_unknown() -> None:
    flat = replace(SERVED, weights=(0.25,) * 4, means=((-5.0, 1.0),) * 4, factors=((5.0, 0.0, 2.0),) * 4)
    seen, table = Reader(flat).read(np.array([-5.0]), np.array([0.0]))
    assert table.max() < POSTERIOR_MIN
    assert seen.tolist() == [UNKNOWN]


def test_the_id_is_of_the_parameters() -> None:
    assert SERVED.model_id == replace(SERVED).model_id
    assert SERVED.model_id.startswith("rgm-")
    for change in ({"likelihood_min": -6.5}, {"weights": (0.3, 0.4, 0.2, 0.1)}):
        assert replace(SERVED, **change).model_id != SERVED.model_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"weights": (1.0,)}, "4 components"),
        ({"likelihood_min": float("nan")}, "not finite"),
        ({"weights": (0.5, 0.5, 0.0, 0.0)}, "not positive"),
        ({"factors": ((-1.0, 0.0, 1.0),) * 4}, "not positive"),
    ],
)
def test_bad_parameters_are_no_mixture(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(SERVED, **change)
