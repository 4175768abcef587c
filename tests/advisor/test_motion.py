"""How the price has moved, up to a candle and no further."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.advisor.motion import TREND_MAX, WINDOW, Motion, has_sessions, motion_of, usually_absent
from barfinex.domain.candles import Candles, Floats, Provenance, Series
from tests.advisor.builders import STEP, market

COLUMNS = ("ts", "open", "high", "low", "close", "volume")


def held(closes: Floats | None = None) -> Candles:
    return market(closes).block()


def of(candles: Candles, at: int) -> Motion:
    return motion_of(candles, at * STEP, 1.0)


def plain(series: Series, at: int) -> Motion:
    """The same figures, written out."""
    close = series.close[max(0, at + 1 - WINDOW) : at + 1]
    returns = np.diff(np.log(close))
    usual, recent = returns[-60:], returns[-20:]
    high, low = series.high[at - 13 : at + 1], series.low[at - 13 : at + 1]
    before = series.close[at - 14 : at]
    ranges = np.maximum(high, before) - np.minimum(low, before)
    sigma = usual.std(ddof=1)
    return Motion(
        len(close),
        close.item(-1),
        sigma,
        recent.std(ddof=1) / returns.std(ddof=1),
        usual.mean() / (sigma / sqrt(len(usual))),
        ranges.mean() / close[-1],
        returns[-1] / sqrt((returns[-60:-1] ** 2).mean()),
        0.0,
        0.0,
        0.0,
        (at + 1) * STEP,
        STEP,
        final=True,
        sound=True,
    )


@settings(deadline=None)
@given(st.integers(30, 299), st.integers(0, 20))
def test_the_figures_are_what_they_say(at: int, seed: int) -> None:
    closes = 100.0 * np.exp(np.random.default_rng(seed).normal(0.0, 0.003, 300).cumsum())
    series = market(closes)
    found, expected = of(series.block(), at), plain(series, at)
    for name in Motion.__struct_fields__:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-6, abs=1e-9), name


def test_nothing_after_the_candle_is_seen() -> None:
    """I17: a candle that closes later changes nothing."""
    closes = market().close.copy()
    before = of(held(closes), 200)
    later = closes.copy()
    later[201:] *= 3.0
    assert of(held(later), 200) == before == of(market(closes).block(0, 201), 200)
    assert of(held(later), 201) != of(held(closes), 201)


def test_before_the_first_candle_and_without_any_there_is_none() -> None:
    nothing = Motion(0, 42.0)
    assert motion_of(None, 0, 42.0) == nothing
    assert motion_of(market().block(10, 300), 9 * STEP, 42.0) == nothing
    assert not nothing.sound


def test_one_candle_moves_nowhere() -> None:
    found = of(held(), 0)
    assert (found.candles, found.volatility, found.trend, found.jump, found.sound) == (1, 0.0, 0.0, 0.0, True)


@pytest.mark.parametrize("price", [np.nan, np.inf, 0.0, -1.0])
def test_prices_that_are_none_are_not_sound_and_leave_neutral_figures(price: float) -> None:
    closes = market().close.copy()
    closes[280] = price
    found = motion_of(held(closes), 299 * STEP, 42.0)
    assert not found.sound
    assert (found.price, found.volatility, found.volatility_ratio, found.trend) == (42.0, 0.0, 1.0, 0.0)
    assert of(held(closes), 279).sound


def test_a_price_that_only_rises_has_a_bounded_trend() -> None:
    steps = np.arange(300, dtype=np.float64)
    found = of(held(np.asarray(100.0 * np.power(1.001, steps))), 299)
    assert found.trend == TREND_MAX
    assert of(held(np.asarray(100.0 * np.power(0.999, steps))), 299).trend == -TREND_MAX
    still = of(held(np.full(300, 100.0)), 299)
    assert (still.trend, still.volatility) == (0.0, 0.0)


def test_idle_unsure_and_unfinished_candles_are_counted() -> None:
    series = market()
    flat = Series(
        "BTC-USDT", "1m", series.ts, series.open, series.close, series.close, series.close, series.volume
    )
    assert of(flat.block(), 299).idle == 1.0
    marks = np.zeros(300, dtype=np.uint8)
    marks[290:] = Provenance.REPAIRED
    marked = Series(
        *("BTC-USDT", "1m", series.ts, series.open, series.high, series.low, series.close, series.volume),
        marks=marks,
    )
    found = of(marked.block(), 299)
    assert found.unsure == pytest.approx(10 / 121)
    assert not found.final
    assert of(marked.block(), 289).final


def sessions(days: int, kept: int) -> Series:
    """Every day the first `kept` of 100 minutes."""
    ts = (np.arange(days)[:, None] * 100 + np.arange(kept)).ravel().astype(np.int64) * STEP
    close = np.array([100.0 + at % 7 for at in range(len(ts))])
    high, low = np.asarray(close + 1.0), np.asarray(close - 1.0)
    return Series("BTC-USDT", "1m", ts, close, high, low, close.copy(), np.ones(len(ts)))


def test_what_a_market_usually_lacks_is_no_gap() -> None:
    whole, nights = sessions(10, 100), sessions(20, 50)
    assert usually_absent(whole.block(), len(whole.ts)) == 0.0
    assert usually_absent(nights.block(), len(nights.ts)) == pytest.approx(0.5, abs=0.02)
    last = nights.ts.item(-1)
    assert has_sessions(nights.block(), last)
    assert not has_sessions(whole.block(), whole.ts.item(-1))
    assert motion_of(nights.block(), last, 1.0).absent < 0.05


def test_a_gap_in_a_market_without_nights_is_absent() -> None:
    whole = market()
    kept = np.delete(np.arange(300), np.arange(250, 270))
    holed = Series("BTC-USDT", "1m", *(getattr(whole, name)[kept].copy() for name in COLUMNS))
    assert motion_of(holed.block(), 299 * STEP, 1.0).absent == pytest.approx(1.0 - 121 / 141, abs=1e-9)


@pytest.mark.parametrize(("outages", "closes"), [(1, False), (2, False), (3, True)])
def test_an_outage_or_two_are_not_the_hours_of_a_market(outages: int, closes: bool) -> None:
    """Failed before: after one long outage every later gap passed for a closing."""
    lengths = np.where(np.arange(4) < outages, 150, 0)
    ts = (np.arange(500) + np.repeat(np.concatenate(([0], np.cumsum(lengths))), 100)).astype(np.int64) * STEP
    series = market(np.full(500, 100.0))
    outed = Series("BTC-USDT", "1m", ts, *(getattr(series, name) for name in COLUMNS[1:]))
    held = outed.block()
    assert has_sessions(held, ts.item(-1)) is closes
    assert usually_absent(held, 500) == (pytest.approx(450 / (379 + 450)) if closes else 0.0)
