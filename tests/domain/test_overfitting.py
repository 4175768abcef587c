"""Figures that keep a search honest: against what is known of them, and against plain counting."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from barfinex.domain.candles import Floats
from barfinex.domain.overfitting import daily_sharpe, deflated_sharpe, overfitting_probability
from barfinex.runtime.research.comparing import difference


def draw(days: int, trials: int, seed: int, mean: float = 0.0) -> Floats:
    return np.random.Generator(np.random.PCG64(seed)).normal(mean, 0.01, (days, trials))


def test_one_trial_is_judged_as_the_probabilistic_sharpe_ratio() -> None:
    """The formula by hand: PSR(0) = Phi(SR sqrt(T - 1) / sqrt(1 - skew SR + (kurtosis - 1) / 4 SR^2))."""
    daily = draw(250, 1, 3, 0.001)[:, 0]
    ratio = daily.mean() / daily.std(ddof=1)
    apart = (daily - daily.mean()) / daily.std()
    skew, kurtosis = (apart**3).mean(), (apart**4).mean()
    z = ratio * math.sqrt(249) / math.sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2)
    found = deflated_sharpe(daily, np.array([ratio]))
    assert found == pytest.approx(0.5 * (1 + math.erf(z / math.sqrt(2))), abs=1e-9)


def test_the_best_of_many_without_skill_is_no_discovery() -> None:
    """Of a hundred, the best looks good alone; deflated it does not, in nearly every search."""
    alone, deflated = [], []
    for seed in range(40):
        trials = draw(500, 100, seed)
        ratios = np.array([daily_sharpe(column) for column in trials.T])
        best = trials[:, int(ratios.argmax())]
        alone.append(deflated_sharpe(best, ratios[:1]))
        deflated.append(deflated_sharpe(best, ratios))
    assert np.mean(np.array(alone) > 0.95) > 0.9
    assert np.mean(np.array(deflated) > 0.95) < 0.15


def test_real_skill_is_still_seen() -> None:
    trials = draw(500, 100, 7)
    trials[:, 0] += 0.003
    ratios = np.array([daily_sharpe(column) for column in trials.T])
    found = deflated_sharpe(trials[:, 0], ratios)
    assert found is not None
    assert found > 0.95


def test_the_probability_of_overfitting_is_a_half_for_noise_and_none_for_skill() -> None:
    noise = [overfitting_probability(draw(300, 30, seed)) for seed in range(20)]
    assert 0.35 < np.mean([one for one in noise if one is not None]) < 0.65
    skilled = draw(300, 30, 5)
    skilled[:, 4] += 0.005
    assert overfitting_probability(skilled) == 0.0


def test_it_is_what_plain_counting_gives() -> None:
    daily = draw(60, 5, 2)
    blocks = [daily[at * 6 : at * 6 + 6] for at in range(10)]
    below = 0
    for chosen in combinations(range(10), 5):
        inside = np.vstack([blocks[at] for at in chosen])
        outside = np.vstack([blocks[at] for at in range(10) if at not in chosen])
        best = max(range(5), key=lambda one: inside[:, one].mean() / inside[:, one].std(ddof=1))
        ratios = [column.mean() / column.std(ddof=1) for column in outside.T]
        below += sorted(ratios).index(ratios[best]) + 1 <= 3
    assert overfitting_probability(daily) == pytest.approx(below / 252)


def test_too_little_is_said_to_be_too_little() -> None:
    assert deflated_sharpe(draw(9, 1, 1)[:, 0], np.zeros(1)) is None
    assert deflated_sharpe(np.zeros(50), np.zeros(3)) is None
    assert overfitting_probability(draw(19, 5, 1)) is None
    assert overfitting_probability(draw(90, 1, 1)) is None
    assert difference(np.zeros(10), np.zeros(10), 1) is None


def test_a_difference_is_told_from_luck_only_when_it_is_one() -> None:
    a, luck = draw(400, 2, 9).T
    nothing, much = difference(a, luck, 1), difference(a, a + 0.002 + 0.1 * luck, 1)
    assert nothing is not None
    assert much is not None
    assert nothing.low < 0 < nothing.high
    assert much.low > 0
    assert much.not_better == 0.0
    assert difference(a, luck, 1) == nothing
