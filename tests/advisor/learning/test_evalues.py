"""Evidence is rarely large by chance, and grows when there is something to find."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.learning.evalues import Band, Doubt, Wager

SHARE = st.floats(0.0, 1.0)


@given(p=SHARE, q=SHARE, truth=SHARE, margin=st.sampled_from([0.0, 0.001, 0.05]))
def test_a_fair_wager_is_expected_to_gain_nothing(p, q, truth, margin):
    """Exactly: over both outcomes, wherever p is no better than q by the margin."""
    gain = (q - truth) ** 2 - (p - truth) ** 2 + margin
    won, lost = (Wager(margin).after(p, q, outcome).value for outcome in (True, False))
    expected = truth * won + (1 - truth) * lost
    assert min(won, lost) >= 0.1 - 1e-12
    if gain <= 0:
        assert expected <= 1 + 1e-12
    else:
        assert expected >= 1 - 1e-12


@given(p=st.floats(0.02, 0.98), q=st.floats(0.02, 0.98))
def test_doubt_is_expected_to_stay_where_it_is_while_the_forecast_is_right(p, q):
    won, lost = (Doubt().after(p, q, outcome).value for outcome in (True, False))
    assert q * won + (1 - q) * lost == pytest.approx(1.0)


def test_the_logarithm_of_doubt_is_what_was_lost_in_log_score():
    doubt = Doubt().after(0.7, 0.4, True).after(0.7, 0.4, False)
    assert log(doubt.value) == pytest.approx(log(0.7 / 0.4) + log(0.3 / 0.6))
    assert doubt.labels == 2


def test_twenty_is_rarely_reached_by_two_that_are_as_good():
    rng, reached = np.random.default_rng(11), 0
    for _ in range(60):
        wager, best = Wager(), 0.0
        for truth, shift in zip(rng.uniform(0.3, 0.7, 300), rng.choice([-0.1, 0.1], 300), strict=True):
            wager = wager.after(truth + shift, truth - shift, bool(rng.random() < truth))
            best = max(best, wager.value)
        reached += best >= 20
    assert reached / 60 <= 0.05


def test_a_better_forecaster_is_found_and_an_equal_one_is_not_worse():
    rng = np.random.default_rng(12)
    better, equal = Wager(), Wager(0.001)
    for truth, shift in zip(rng.uniform(0.3, 0.7, 600), rng.choice([-0.15, 0.15], 600), strict=True):
        won = bool(rng.random() < truth)
        better = better.after(truth, truth + shift, won)
        equal = equal.after(truth + shift / 50, truth, won)
    assert better.value >= 20
    assert equal.value >= 20


def test_a_band_holds_the_mean_at_all_times_and_closes_in():
    rng, missed, widths = np.random.default_rng(13), 0, []
    for _ in range(60):
        band, inside = Band(-1.5, 4.0), True
        for number in np.where(rng.random(400) < 0.3, 2.0, -1.0):
            band = band.after(float(number))
            low, high = band.interval
            inside = inside and low <= -0.1 <= high
        missed += not inside
        widths.append(band.interval[1] - band.interval[0])
    assert missed / 60 <= 0.05
    assert max(widths) < 1.2


def test_a_band_begins_as_wide_as_its_range_and_clips():
    band = Band(-1.0, 3.0)
    assert band.interval == (-1.0, 3.0)
    assert band.mean == 1.0
    assert band.after(100.0).mean == 3.0


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="number"):
        Band(0.0, 1.0).after(float("nan"))
    with pytest.raises(ValueError, match="low"):
        Band(1.0, 1.0)
    for bad in (float("nan"), -0.1, 1.1):
        with pytest.raises(ValueError, match="forecast"):
            Wager().after(bad, 0.5, True)
        with pytest.raises(ValueError, match="forecast"):
            Doubt().after(0.5, bad, True)
