"""Candle features: the same bits however made, what their names say, missing rather than guessed."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.features.candles import WINDOW, atr, reading, row, rows
from barfinex.advisor.features.table import CANDLE
from barfinex.domain.candles import Floats, Series
from barfinex.domain.view import MarketView
from tests.advisor.features.made import market


def changed(series: Series, **columns: Floats) -> Series:
    fields: dict[str, Any] = {name: getattr(series, name).copy() for name in ("open", "high", "low", "close")}
    return replace(series, **{**fields, "volume": series.volume.copy(), **columns})


def value(series: Series, stop: int, name: str) -> float | None:
    return reading(series.block(0, stop)).values[name]


SERIES = market(700)
ALL = rows(SERIES, np.arange(1, 701))


@given(st.integers(1, 700), st.integers(0, 699))
def test_one_row_is_to_the_bit_what_it_is_among_many(stop: int, cut: int) -> None:
    values, missing = row(SERIES.block(0, stop))
    assert values.tobytes() == ALL[0][stop - 1].tobytes()
    assert missing.tobytes() == ALL[1][stop - 1].tobytes()
    if stop - cut >= WINDOW:
        assert row(SERIES.block(cut, stop))[0].tobytes() == values.tobytes()


@given(st.lists(st.integers(1, 700), min_size=1, max_size=40))
def test_any_choice_of_rows_gives_the_same_bits(ends: list[int]) -> None:
    values, missing = rows(SERIES, np.array(ends))
    assert values.tobytes() == ALL[0][np.array(ends) - 1].tobytes()
    assert missing.tobytes() == ALL[1][np.array(ends) - 1].tobytes()


def test_a_view_fed_in_blocks_gives_the_same_bits() -> None:
    view, at = MarketView(), 0
    rng = np.random.default_rng(1)
    while at < 700:
        stop = min(700, at + int(rng.integers(1, 60)))
        copy = changed(SERIES)
        held = view.fold(copy.block(at, stop))
        assert row(held)[0].tobytes() == ALL[0][stop - 1].tobytes()
        at = stop


@given(st.integers(1, 699))
def test_what_comes_later_changes_nothing(stop: int) -> None:
    later = changed(SERIES)
    columns = [np.concatenate((c[:stop], c[stop:][::-1] * 3.0)) for c in (later.high, later.low, later.close)]
    other = changed(SERIES, high=columns[0], low=columns[1], close=columns[2])
    assert rows(other, np.array([stop]))[0].tobytes() == ALL[0][stop - 1].tobytes()


def test_features_are_what_their_formulas_say() -> None:
    stop = 700
    high, low, close, volume = (getattr(SERIES, name)[:stop] for name in ("high", "low", "close", "volume"))
    logs = np.log(close)
    returns = np.diff(logs)
    ranges = np.log(np.maximum(high[1:], close[:-1]) / np.minimum(low[1:], close[:-1]))
    averages = np.convolve(ranges, np.full(14, 1 / 14), "valid")
    typical = (high + low + close) / 3.0
    vwap = (typical * volume)[-60:].sum() / volume[-60:].sum()
    angle = 2.0 * np.pi * (stop * 60_000 % 86_400_000) / 86_400_000

    def place(count: int) -> float:
        top, bottom = np.log(high[-count:].max()), np.log(low[-count:].min())
        return float(2.0 * (logs[-1] - bottom) / (top - bottom) - 1.0)

    expected = {
        "ret_1": returns[-1] / averages[-2],
        "ret_5": returns[-5:].sum() / averages[-6],
        "vwap_distance": np.log(close[-1] / vwap) / averages[-1],
        "range_place": (place(20) + place(60)) / 2.0,
        "trend_t": returns[-60:].mean() / (returns[-60:].std(ddof=1) / np.sqrt(60)),
        "oscillator_z": returns[-20:].sum() / np.abs(returns[-20:]).sum() * np.sqrt(40 / np.pi),
        "log_rv_60": 0.5 * np.log((returns[-60:] ** 2).mean()),
        "rv_ratio": 0.5 * np.log((returns[-20:] ** 2).mean() / (returns[-60:] ** 2).mean()),
        "atr_percentile": (averages[-240:] < averages[-1]).mean(),
        "hour_sin": np.sin(angle),
        "hour_cos": np.cos(angle),
    }
    found = reading(SERIES.block(0, stop))
    assert tuple(expected) == CANDLE
    assert found.known_at == stop * 60_000
    for name, number in expected.items():
        assert found.values[name] == pytest.approx(number, rel=1e-9, abs=1e-12), name
    assert atr(SERIES.block(0, stop)) == pytest.approx(averages[-1])


def test_a_jump_is_measured_by_the_candles_before_it() -> None:
    close = SERIES.close.copy()
    close[-1] *= 1.05
    high = np.maximum(SERIES.high, close)
    jumped = value(changed(SERIES, close=close, high=high), 700, "ret_1")
    assert jumped is not None
    assert jumped > 4.0


@pytest.mark.parametrize(
    ("candles", "known"),
    [
        (1, {"hour_sin", "hour_cos"}),
        (20, {"hour_sin", "hour_cos", "ret_1", "ret_5"}),
        (61, set(CANDLE) - {"atr_percentile"}),
        (254, set(CANDLE)),
    ],
)
def test_too_short_a_history_is_missing(candles: int, known: set[str]) -> None:
    values, missing = row(SERIES.block(0, candles))
    present = {name for name, gone in zip(CANDLE, missing.tolist(), strict=True) if not gone}
    assert present == known
    assert not values[missing].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 0.0, -5.0])
@pytest.mark.parametrize("column", ["high", "low", "close"])
def test_a_price_that_is_none_is_missing_without_a_warning(bad: float, column: str) -> None:
    prices = getattr(SERIES, column).copy()
    prices[694] = bad
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = reading(changed(SERIES, **{column: prices}).block()).values
    for name in ("ret_5", "vwap_distance", "atr_percentile"):
        assert found[name] is None
    assert (found["range_place"] is None) is (column != "close")
    assert (found["trend_t"] is None) is (column == "close")
    assert all(number is None or np.isfinite(number) for number in found.values())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_a_volume_that_is_none_leaves_only_the_vwap_out(bad: float) -> None:
    volume = SERIES.volume.copy()
    volume[680] = bad
    found = reading(changed(SERIES, volume=volume).block()).values
    assert [name for name, number in found.items() if number is None] == ["vwap_distance"]
    assert value(changed(SERIES, volume=np.zeros(700)), 700, "vwap_distance") is None


def test_a_market_that_stands_still_tells_only_the_hour() -> None:
    flat = np.full(700, 20.0)
    still = changed(SERIES, open=flat, high=flat.copy(), low=flat.copy(), close=flat.copy())
    found = reading(still.block()).values
    assert {name for name, number in found.items() if number is not None} == {"hour_sin", "hour_cos"}
    assert atr(still.block()) is None


def test_a_high_below_its_low_is_no_range() -> None:
    high = SERIES.high.copy()
    high[-1] = SERIES.low[-1] * 0.9
    assert atr(changed(SERIES, high=high).block()) is None
    assert atr(SERIES.block(0, 14)) is None


def test_an_end_outside_the_series_is_refused() -> None:
    for end in (0, 701):
        with pytest.raises(ValueError, match="ends"):
            rows(SERIES, np.array([end]))
    assert rows(SERIES, np.array([], dtype=np.int64))[0].shape == (0, 11)
