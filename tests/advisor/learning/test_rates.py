"""A strategy is expected to do as its kin do, until its own labels say otherwise."""

from __future__ import annotations

import pytest

from barfinex.advisor.learning.rates import KEYS_MAX, Rates, cautious_prior

MINE = ("trend", "breakout", "BTC")
TREND = {"trend": 1.0}


def fed(*labels: tuple[tuple[str, str, str], int, int]) -> Rates:
    rates = Rates()
    for key, wins, losses in labels:
        for won in [True] * wins + [False] * losses:
            rates.learn(key, TREND, won)
    return rates


def test_without_labels_it_is_the_operators_prior():
    assert Rates().base(MINE, 0.42) == pytest.approx(0.42)
    assert Rates().within(MINE, {"trend": 0.5, "range": 0.5}, 0.42) == pytest.approx(0.42)


def test_own_labels_are_a_beta_posterior_worth_ten():
    assert fed((MINE, 6, 4)).base(MINE, 0.5) == pytest.approx(11 / 20)


def test_a_prior_is_pooled_from_family_to_strategy_to_instrument():
    family, strategy = ("trend", "other", "BTC"), ("trend", "breakout", "ETH")
    rates = fed((family, 40, 0), (("reversion", "x", "BTC"), 0, 500))
    from_family = (40 + 10 * 0.5) / 50
    assert rates.prior(MINE, 0.5) == pytest.approx(from_family)
    for _ in range(40):
        rates.learn(strategy, TREND, False)
    from_strategy = 10 * from_family / 50
    assert rates.prior(MINE, 0.5) == pytest.approx(from_strategy)
    rates.learn(MINE, TREND, True)
    assert rates.prior(MINE, 0.5) == pytest.approx(from_strategy), "no label counts twice"
    assert rates.base(MINE, 0.5) == pytest.approx((1 + 10 * from_strategy) / 11)


def test_a_regime_leans_on_the_base_rate_with_a_weight_of_twenty():
    rates = Rates()
    for won in (True,) * 20:
        rates.learn(MINE, {"trend": 1.0}, won)
    for won in (False,) * 20:
        rates.learn(MINE, {"range": 1.0}, won)
    base = rates.base(MINE, 0.5)
    assert base == 25 / 50
    assert rates.within(MINE, {"trend": 1.0}, base) == pytest.approx((20 + 20 * base) / 40)
    assert rates.within(MINE, {"range": 1.0}, base) == pytest.approx(20 * base / 40)
    assert rates.within(MINE, {"breakout": 1.0}, base) == pytest.approx(base)


def test_a_label_counts_its_weight_once():
    rates = Rates()
    rates.learn(MINE, {"trend": 0.75, "range": 0.25}, True, 0.5)
    assert rates.base(MINE, 0.5) == pytest.approx(5.5 / 10.5)


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="weight or posterior"):
        Rates().learn(MINE, {"trend": bad}, True)
    with pytest.raises(ValueError, match="weight or posterior"):
        Rates().learn(MINE, TREND, True, bad)


def test_the_key_longest_without_a_label_is_forgotten():
    rates = Rates()
    rates.learn(MINE, TREND, True)
    rates.learn(("x", "0", "BTC"), TREND, True)
    rates.learn(MINE, TREND, True)
    for k in range(1, KEYS_MAX):
        rates.learn(("x", str(k), "BTC"), TREND, False)
    assert rates.base(MINE, 0.5) == pytest.approx(7 / 12)
    assert rates.base(("x", "0", "BTC"), 0.5) < 0.1, "only its kin are remembered"


def test_a_cautious_prior_is_a_point_below_break_even():
    assert cautious_prior(1.5) == pytest.approx(0.39)
    assert cautious_prior(1e9) == 0.01
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="reward_to_risk"):
            cautious_prior(bad)
