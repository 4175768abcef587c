"""What is published of regimes and of the Advisor's own health."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.learning.learner import Learner
from barfinex.advisor.learning.mixture import Fitted
from barfinex.advisor.regimes.course import Rotation
from barfinex.advisor.regimes.mixture import Reader
from barfinex.advisor.regimes.tracker import RegimeTracker
from barfinex.advisor.sizing.rotation import Expectations
from barfinex.advisor.upkeep import told_health, told_refit, told_rotation
from barfinex.advisor.value.accounts import Accounts
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Regime
from barfinex.domain.view import MarketView
from tests.advisor.builders import NOW, STEP, market, serving
from tests.advisor.learning_road import waves
from tests.advisor.told import decision

TURN = Rotation(3, NOW, Regime.RANGE, Regime.STRESS, 0.9, 40, 55.0)


def test_a_rotation_tells_what_each_strategy_may_expect_of_the_new_regime() -> None:
    expectations = Expectations()
    for number in range(200):
        expectations.admit("fair", Regime.STRESS, 1.0 if number % 2 else 0.5, 1.0)
        expectations.admit("foul", Regime.STRESS, -1.0 if number % 2 else -0.5, 1.0)
    expectations.admit("new", Regime.RANGE, 1.0, 1.0)
    told = told_rotation(market().block(), TURN, expectations)
    assert (told.before, told.after, told.posterior) == (Regime.RANGE, Regime.STRESS, 0.9)
    assert (told.dwell, told.expected_dwell, told.instrument, told.timeframe) == (40, 55.0, "BTC-USDT", "1m")
    rows = {row[0]: row[1:] for row in told.strategies}
    assert list(rows) == ["fair", "foul", "new"]
    assert rows["fair"][0] > 0.0 > rows["foul"][0]
    assert rows["fair"][2] > rows["new"][2] == 1.0 > rows["foul"][2]
    assert [rows[name][3] for name in rows] == ["sufficient", "sufficient", "insufficient"]
    assert all(row[1] < row[0] for row in rows.values()), "the bound is below"


def test_nobody_known_nobody_told_of() -> None:
    assert told_rotation(market().block(), TURN, Expectations()).strategies == ()


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    tracker = RegimeTracker(20, 500)
    tracker.advance(waves(1_600).block())
    assert tracker.fitted is not None
    return tracker.fitted


def test_a_refit_tells_the_model_it_made(fitted: Fitted) -> None:
    told = told_refit(market().block(), fitted)
    assert told.model_id == Reader(fitted.mixture).model_id
    assert (told.candles, told.bic, told.agreement) == (fitted.rows, fitted.bic, fitted.ari)
    assert told.states == tuple(fitted.mixture.states)
    assert np.isfinite(told.bic)


def test_health_counts_decisions_and_tells_how_old_what_serves_is() -> None:
    view = MarketView()
    accounts, learner = Accounts(), Learner(AdvisorConfig(), view)
    told = told_health(accounts, learner, NOW)
    assert (told.decisions, told.approved, told.waiting, told.dropped, told.model_age_ms) == (0, 0, 0, 0, 0)
    for number in range(3):
        made = decision(number, approved=number < 2, stage="" if number < 2 else "quality", code="X")
        accounts.decided(made, NOW)
        learner.expect(made, NOW)
    learner.seats.champion = serving()
    told = told_health(accounts, learner, NOW)
    assert (told.decisions, told.approved, told.waiting) == (3, 2, 3)
    assert told.model_age_ms == NOW - learner.seats.champion.trained_at
    assert told_health(accounts, learner, learner.seats.champion.trained_at - STEP).model_age_ms == 0
