"""The report: quiet about forecasts that are true, and each figure loud about the fault it is for."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from barfinex.advisor.calibration.measures import brier_split, ece_floor, wilson
from barfinex.advisor.calibration.report import CalibrationReport, report_of
from barfinex.advisor.learning.newton import sigmoid
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput

N = 4_000


def market(seed: int = 21, n: int = N) -> tuple[Floats, Floats, Any]:
    rng = np.random.default_rng(seed)
    p = sigmoid(rng.normal(0.0, 0.8, n))
    return p, (rng.random(n) < p).astype(np.float64), rng.integers(0, 3, n)


def base_rates(won: Floats) -> Floats:
    """The win rate before each, with ten even ones before the first."""
    return (np.cumsum(won) - won + 5.0) / (np.arange(len(won)) + 10.0)


def reported(p: Floats, won: Floats, regimes: Any) -> CalibrationReport:
    return report_of(p, won, base_rates(won), regimes, p - 0.05, np.random.default_rng(22))


def test_true_forecasts_have_nothing_against_them() -> None:
    found = reported(*market())
    assert found.ece_excess < 0.01
    assert found.slope == pytest.approx(1.0, abs=0.1)
    assert found.intercept == pytest.approx(0.0, abs=0.1)
    assert abs(found.spiegelhalter) < 2.6
    assert found.bss > 0.05
    assert found.brier.miscalibration < 0.005
    assert found.lcb_coverage == 1.0
    assert sum(one.low <= one.said <= one.high for one in found.bins) >= 7


def test_the_parts_of_the_brier_score_add_up() -> None:
    p, won, _ = market()
    split = brier_split(p, won)
    assert split.score == pytest.approx(split.miscalibration - split.discrimination + split.uncertainty)
    assert split.miscalibration >= 0.0
    assert split.discrimination >= 0.0
    assert split.uncertainty == pytest.approx(won.mean() * (1.0 - won.mean()))


def test_overconfidence_shows_as_a_slope_below_one() -> None:
    p, won, regimes = market()
    loud = sigmoid(2.0 * np.log(p / (1.0 - p)))
    found = reported(loud, won, regimes)
    assert found.slope == pytest.approx(0.5, abs=0.06)
    assert found.spiegelhalter > 4.0
    assert found.ece_excess > 0.05
    assert found.brier.discrimination == pytest.approx(reported(p, won, regimes).brier.discrimination)


def test_a_fault_in_one_regime_hides_from_the_ece_and_not_from_the_worst() -> None:
    """Ten points too high in one regime, ten too low in another: the whole looks true."""
    p, _, regimes = market(n=12_000)
    truth = np.clip(p + np.array([0.1, -0.1, 0.0])[regimes], 0.01, 0.99)
    won = (np.random.default_rng(23).random(12_000) < truth).astype(np.float64)
    found = reported(p, won, regimes)
    assert found.ece < 0.03
    assert found.ece_regime_worst == pytest.approx(0.1, abs=0.03)
    assert found.regime_worst in {0, 1}


def test_a_regime_with_few_labels_is_not_judged() -> None:
    p, won, _ = market(n=500)
    assert reported(p, won, np.arange(500) // 150).ece_regime_worst is None


def test_bounds_that_do_not_hold_are_counted() -> None:
    p, won, regimes = market()
    found = report_of(p, won, base_rates(won), regimes, p + 0.1, np.random.default_rng(22))
    assert found.lcb_coverage < 0.2


def test_the_floor_is_what_true_forecasts_score_on_average() -> None:
    scores = []
    for seed in range(20):
        p, won, regimes = market(seed, 1_000)
        found = reported(p, won, regimes)
        scores.append(found.ece - found.ece_floor)
    assert np.mean(scores) == pytest.approx(0.0, abs=0.005)
    assert ece_floor(market()[0], np.random.default_rng(1)) == ece_floor(
        market()[0], np.random.default_rng(1)
    )


def test_the_interval_is_wilsons() -> None:
    """50 of 100 at 90 %: the textbook's 0.419 to 0.581."""
    assert wilson(0.5, 100) == pytest.approx((0.419, 0.581), abs=5e-4)
    assert wilson(0.0, 10)[0] == 0.0
    assert 0.0 < wilson(0.0, 10)[1] < 0.3


def test_all_alike_is_still_a_report() -> None:
    p = np.full(50, 0.5)
    found = reported(p, np.ones(50), np.zeros(50, dtype=np.int64))
    assert msgspec.json.decode(msgspec.json.encode(found), type=CalibrationReport) == found
    assert found.spiegelhalter == 0.0


@pytest.mark.parametrize(
    ("p", "won"),
    [([0.5, 1.0], [0.0, 1.0]), ([0.5, float("nan")], [0.0, 1.0]), ([0.5, 0.5], [0.0, 0.5]), ([], [])],
)
def test_what_cannot_be_judged_is_refused(p: list[float], won: list[float]) -> None:
    with pytest.raises(BadInput):
        reported(np.array(p), np.array(won), np.zeros(len(p), dtype=np.int64))
