"""Stage 1: only what was known, and constant cost."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.context import WINDOW, Context, gather_context
from barfinex.advisor.trace import Case, Decline
from barfinex.domain.candles import Series
from barfinex.domain.signal import Regime
from barfinex.domain.view import MarketView
from tests.advisor.builders import STEP, case, market


def gathered(series: Series, decided: Case, stop: int | None = None) -> Context:
    view = MarketView()
    view.fold(series.block(0, stop))
    found = gather_context(decided, view, 2.0)
    assert isinstance(found, Context)
    return found


def test_the_figures_are_those_of_the_plain_formulas() -> None:
    series = market()
    found = gathered(series, case())
    returns = np.diff(np.log(series.close[-WINDOW:]))
    usual = returns[-60:]
    assert found.candles == WINDOW
    assert found.price == series.close[-1]
    assert found.volatility == pytest.approx(np.std(usual, ddof=1))
    assert found.trend == pytest.approx(np.mean(usual) / (np.std(usual, ddof=1) / np.sqrt(60)))
    assert found.volatility_ratio == pytest.approx(np.std(returns[-20:], ddof=1) / np.std(returns, ddof=1))
    assert (found.age_steps, found.idle_share, found.spread_bps) == (0.0, 0.0, 2.0)


def test_candles_after_the_signal_are_not_seen() -> None:
    """I17: a view that holds later candles gives the context of one that does not."""
    earlier = case(at=200)
    assert gathered(market(), earlier) == gathered(market(), earlier, stop=201)


def test_a_missing_market_is_declined_with_neutral_values() -> None:
    found = gather_context(case(), MarketView(), 2.0)
    assert isinstance(found, Decline)
    assert [objection.code for objection in found.objections] == [Code.CANDLES_MISSING]
    assert (found.output.candles, found.output.price, found.output.trend) == (0, 100.0, 0.0)
    assert found.output.regime is Regime.UNKNOWN


def test_an_expired_signal_is_declined() -> None:
    view = MarketView()
    view.fold(market().block())
    sent = case()
    assert not isinstance(gather_context(replace(sent, as_of=sent.signal.expires_at), view, 2.0), Decline)
    found = gather_context(replace(sent, as_of=sent.signal.expires_at + 1), view, 2.0)
    assert isinstance(found, Decline)
    assert found.objections[0].code is Code.SIGNAL_EXPIRED


def test_old_data_has_an_age_in_candles() -> None:
    late = replace(case(), as_of=case().signal.candle_ts + 3 * STEP)
    assert gathered(market(), late).age_steps == 2.0


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.inf])
def test_a_price_that_is_none_is_unsound_and_harms_no_figure(price: float) -> None:
    closes = market().close.copy()
    closes[250] = price
    found = gathered(market(closes), case())
    assert not found.sound
    assert (found.volatility, found.trend, found.regime) == (0.0, 0.0, Regime.RANGE)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_the_first_candles_of_a_market_have_a_context(length: int) -> None:
    found = gathered(market(np.linspace(100.0, 101.0, length)), case(at=length - 1))
    assert found.candles == length
    assert found.regime is Regime.UNKNOWN


def test_a_market_that_only_rises_has_a_bounded_trend() -> None:
    assert gathered(market(100.0 * 1.001 ** np.arange(300.0)), case()).trend == 20.0
    assert gathered(market(np.full(300, 100.0)), case()).trend == 0.0
