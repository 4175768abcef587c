"""A hundred conditions: vectorised, candle by candle, and by an oracle that shares no code."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barfinex import sdk
from barfinex.detector.program import Program
from barfinex.domain.candles import Floats, Series
from barfinex.provider.venues.history import load
from barfinex.sdk import Expr
from barfinex.sdk.expressions import Array
from tests.detector.market import walk
from tests.sdk.corpus import SERIES, TRUTHS, Listed

FILE = Path(__file__).parents[3] / "shared" / "data" / "ohlcv" / "binance_spot" / "ETH-USDT_5m_2023.parquet"
COUNT = 4_000
MARKETS = [
    "simulated",
    pytest.param("real", marks=pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is absent")),
]


@lru_cache(maxsize=2)
def candles(market: str) -> Series:
    if market == "simulated":
        return walk(COUNT, timeframe="5m")
    whole = load(FILE).series
    columns: Any = (whole.ts, whole.open, whole.high, whole.low, whole.close, whole.volume)
    return Series(whole.instrument, whole.timeframe, *[column[:COUNT].copy() for column in columns])


def values(expr: Expr, series: Series, *, singly: bool) -> Array:
    program = Program([expr])
    states, parts = program.start(), []
    cuts = range(len(series.ts) + 1) if singly else (0, len(series.ts))
    for start, stop in pairwise(cuts):
        states, [found] = program.run(states, series, start, stop)
        parts.append(np.broadcast_to(found, stop - start))
    return np.concatenate(parts)


def close_to(found: Array, expected: Floats) -> None:
    known = ~np.isnan(expected)
    assert known.any(), "the oracle says something"
    assert np.array_equal(np.isnan(found), ~known), "the warm-up is as long"
    scale = np.abs(expected[known]).max()
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("name", SERIES)
def test_a_series_and_the_conditions_on_it(name: str, market: str) -> None:
    series, made = candles(market), SERIES[name]
    whole, live = values(made.expr, series, singly=False), values(made.expr, series, singly=True)
    assert np.array_equal(whole, live, equal_nan=True)
    expected = np.asarray(made.oracle(Listed(series)), dtype=np.float64)
    close_to(whole, expected)
    low, high = np.nanquantile(expected, [0.25, 0.75])
    for condition, truth, margin in (
        (made.expr > sdk.shift(made.expr, 3), _more(expected), _apart(expected)),
        (
            sdk.between(made.expr, float(low), float(high)),
            (expected >= low) & (expected <= high),
            np.minimum(np.abs(expected - low), np.abs(expected - high)),
        ),
    ):
        found = values(condition, series, singly=False)
        assert np.array_equal(found, values(condition, series, singly=True))
        clear = ~(
            margin <= 1e-9 * np.nanmax(np.abs(expected))
        )  # What ties up to rounding may fall either way.
        assert np.array_equal(found[clear], truth[clear])
        assert clear.mean() > 0.01


def _more(values: Floats) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.concatenate((np.zeros(3, bool), values[3:] > values[:-3])))


def _apart(values: Floats) -> Floats:
    return np.concatenate((np.full(3, np.inf), np.abs(values[3:] - values[:-3])))


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("name", TRUTHS)
def test_what_is_true_or_false(name: str, market: str) -> None:
    series, made = candles(market), TRUTHS[name]
    whole = values(made.expr, series, singly=False)
    assert np.array_equal(whole, values(made.expr, series, singly=True))
    assert whole.tolist() == list(made.oracle(Listed(series)))
    assert 0 < whole.sum() < len(whole)


def test_there_are_more_than_a_hundred_conditions() -> None:
    assert 2 * len(SERIES) + len(TRUTHS) > 100
