"""A rung earns its weight by what it said before the outcome."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.learning.ladder import SHARES, Ladder, Phase, Rung

FORECASTS = st.lists(st.tuples(*[st.floats(0.0, 1.0)] * 5, st.booleans()), min_size=1, max_size=60)


def said(forecasts) -> dict[Rung, float]:
    return dict(zip(SHARES, forecasts, strict=True))


def test_it_begins_with_the_shares_of_the_specification():
    assert tuple(SHARES.values()) == (0.40, 0.30, 0.15, 0.075, 0.075)
    ladder = Ladder()
    assert ladder.pool(ladder.climb(said([1, 0, 0, 0, 0]))) == pytest.approx(0.98 * 0.4 + 0.02 * 0.6)


@given(FORECASTS)
def test_the_pool_never_loses_more_than_its_bound_to_any_rung(steps):
    ladder = Ladder()
    for *forecasts, won in steps:
        ladder = ladder.learn(ladder.climb(said(forecasts)), won)
    assert sum(ladder.weights) == pytest.approx(1.0)
    assert ladder.labels == len(steps)
    for rung, share in SHARES.items():
        bound = -log(share) - len(steps) * log(1 - 1 / 1_000)
        assert ladder.regret(rung) <= bound + 1e-9


def test_losses_are_log_losses_of_what_was_said_before():
    ladder = Ladder()
    climbed = ladder.climb(said([0.5, 0.6, 0.7, 0.8, 0.9]))
    after = ladder.learn(climbed, True)
    assert after.loss == pytest.approx(-log(ladder.pool(climbed)))
    np.testing.assert_allclose(after.losses, [-log(p) for p in climbed])


def test_a_rung_without_a_forecast_says_what_the_one_below_says():
    ladder = Ladder()
    assert ladder.climb({Rung.PRIOR: 0.4, Rung.REGIME: 0.6}) == (0.4, 0.4, 0.6, 0.6, 0.6)
    with pytest.raises(ValueError, match="prior"):
        ladder.climb({Rung.BASE: 0.5})
    for bad in (float("nan"), -0.1, 1.01):
        with pytest.raises(ValueError, match="base forecasts"):
            ladder.climb({Rung.PRIOR: 0.5, Rung.BASE: bad})


def test_a_rung_that_is_right_gains_and_comes_back_faster_after_an_alarm():
    ladder = Ladder()
    for _ in range(100):
        ladder = ladder.learn(ladder.climb(said([0.5, 0.5, 0.5, 0.1, 0.9])), True)
    assert ladder.weights[4] > 0.95
    calm, alarmed = ladder, ladder.alarmed()
    for _ in range(4):
        calm = calm.learn(calm.climb(said([0.5, 0.5, 0.5, 0.9, 0.1])), True)
        alarmed = alarmed.learn(alarmed.climb(said([0.5, 0.5, 0.5, 0.9, 0.1])), True)
    assert alarmed.weights[3] > calm.weights[3]
    assert alarmed.alarm_left == 46
    for _ in range(50):
        alarmed = alarmed.learn(alarmed.climb(said([0.5] * 5)), True)
    assert alarmed.alarm_left == 0


def test_a_rung_that_joins_starts_with_a_small_share_and_no_regret():
    ladder = Ladder()
    for _ in range(20):
        ladder = ladder.learn(ladder.climb(said([0.5, 0.6, 0.6, 0.7, 0.7])), True)
    joined = ladder.join(Rung.BOOSTED, 0.05)
    assert joined.weights[-1] == 0.05
    assert sum(joined.weights) == pytest.approx(1.0)
    assert sum(joined.shares) == pytest.approx(1.0)
    assert joined.regret(Rung.BOOSTED) == 0.0
    with pytest.raises(ValueError, match="boosted"):
        joined.join(Rung.BOOSTED)
    for bad in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="share"):
            ladder.join(Rung.BOOSTED, bad)


def test_a_trial_loses_little_to_what_serves_without_it():
    ladder = Ladder()
    for _ in range(50):
        ladder = ladder.learn(ladder.climb(said([0.5, 0.5, 0.5, 0.7, 0.7])), True)
    trial = ladder.trial()
    assert (trial.weights[-1], trial.back) == (0.5, 0.05)
    for won in (True,) * 40 + (False,) * 40:
        forecasts = {**said([0.5, 0.5, 0.5, 0.6, 0.6]), Rung.TRIED: 0.9}
        trial = trial.learn(trial.climb(forecasts), won)
        ladder = ladder.learn(ladder.climb(forecasts), won)
    assert trial.losses[-1] - trial.losses[-2] > 20
    assert trial.loss - ladder.loss < 0
    with pytest.raises(ValueError, match="tried"):
        trial.trial()


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="unequal length"):
        Ladder(weights=(1.0,))


@pytest.mark.parametrize(
    ("n_eff", "phase", "size_max"),
    [
        (float("nan"), Phase.PRIOR, 0.25),
        (0, Phase.PRIOR, 0.25),
        (29.9, Phase.PRIOR, 0.25),
        (30, Phase.BASE, 0.5),
        (60, Phase.SHRUNK, 0.75),
        (200, Phase.LEARNED, 1.0),
        (1_000, Phase.MATURE, 1.0),
    ],
)
def test_phases_by_effective_labels(n_eff, phase, size_max):
    assert Phase.of(n_eff) is phase
    assert phase.size_max == size_max
    assert phase.fits_models is (n_eff >= 60)
