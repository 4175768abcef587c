"""What indicators are worth: against an independent library, and against loops as plain as possible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import talib

from barfinex import sdk
from barfinex.detector.program import Program
from barfinex.domain.candles import Floats, Series
from barfinex.sdk import Expr, close, high
from barfinex.sdk.expressions import Array
from tests.detector.market import of_closes, walk


def value(expr: Expr, series: Series) -> Array:
    program = Program([expr])
    _, [found] = program.run(program.start(), series, 0, len(series.ts))
    return found


@pytest.mark.parametrize(
    ("expr", "oracle"),
    [
        (sdk.sma(20), lambda s: talib.SMA(s.close, 20)),
        (sdk.rsi(14), lambda s: talib.RSI(s.close, 14)),
        (sdk.atr(14), lambda s: talib.ATR(s.high, s.low, s.close, 14)),
        (sdk.stdev(20), lambda s: talib.STDDEV(s.close, 20)),
        (sdk.bollinger_upper(20), lambda s: talib.BBANDS(s.close, 20)[0]),
        (sdk.bollinger_lower(20), lambda s: talib.BBANDS(s.close, 20)[2]),
        (sdk.highest(high, 15), lambda s: talib.MAX(s.high, 15)),
        (sdk.lowest(close, 15), lambda s: talib.MIN(s.close, 15)),
        (sdk.change(5), lambda s: talib.ROCP(s.close, 5)),
        (sdk.typical, lambda s: talib.TYPPRICE(s.high, s.low, s.close)),
    ],
    ids=["sma", "rsi", "atr", "stdev", "upper", "lower", "highest", "lowest", "change", "typical"],
)
def test_an_independent_library_agrees(expr: Expr, oracle: Callable[[Series], Floats]) -> None:
    series = walk(1_000)
    ours, theirs = value(expr, series), oracle(series)
    assert np.array_equal(np.isnan(ours), np.isnan(theirs)), "the warm-up is as long"
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def test_the_ema_is_seeded_with_the_first_close_and_unknown_until_the_nth() -> None:
    series = walk(300)
    average, expected = float(series.close[0]), []
    for price in series.close.tolist():
        average += 2.0 / 21.0 * (price - average)
        expected.append(average)
    found = value(sdk.ema(20), series)
    assert np.isnan(found[:19]).all()
    np.testing.assert_allclose(found[19:], expected[19:], rtol=1e-13)


def test_the_average_of_a_price_that_never_moves_is_that_price() -> None:
    """Otherwise two averages would cross on rounding alone, and a dead market would give signals."""
    series = of_closes(*[100.1] * 500)
    assert (value(sdk.ema(20), series)[19:] == 100.1).all()
    assert not value(sdk.crosses_above(sdk.ema(20), sdk.ema(100)), series).any()


def test_the_rsi_without_losses_is_a_hundred() -> None:
    assert value(sdk.rsi(3), of_closes(1, 1, 1, 1, 1))[3:].tolist() == [100.0, 100.0]
    assert value(sdk.rsi(3), of_closes(1, 2, 3, 4, 5))[3:].tolist() == [100.0, 100.0]


def test_the_deviation_of_large_prices_that_hardly_move_is_exact() -> None:
    draw = np.random.default_rng(1).normal(0.0, 1e-4, 500)
    series = of_closes(*(60_000.0 + draw))
    expected = [np.std(series.close[at - 19 : at + 1]) for at in range(19, 500)]
    np.testing.assert_allclose(value(sdk.stdev(20), series)[19:], expected, rtol=1e-4)


def test_a_cross_needs_both_candles_known() -> None:
    series = of_closes(1, 5, 5, 1, 1, 5)
    assert value(sdk.crosses_above(close, 3), series).tolist() == [False, True, False, False, False, True]
    assert value(sdk.crosses_below(close, 3), series).tolist() == [False, False, False, True, False, False]
    late = sdk.shift(close, 1)  # unknown at first
    assert value(sdk.crosses_above(late, 3), series).tolist() == [False, False, True, False, False, False]
    assert not value(sdk.crosses_above(close, sdk.shift(close, 1)), of_closes(1, 2, 3)).any()


def test_a_gap_in_the_input_is_passed_over_by_averages_and_leaves_windows_again() -> None:
    series = of_closes(1, 2, 2, 3, 4, 5, 6, 7)
    gappy = 0.0 / (close - sdk.shift(close, 1)) + close  # unknown at the first candle and where nothing moved
    assert np.isnan(value(gappy, series)).tolist() == [True, False, True, False, False, False, False, False]
    np.testing.assert_allclose(value(sdk.ema(gappy, 1), series)[3:], [3, 4, 5, 6, 7])
    assert value(sdk.highest(gappy, 2), series)[4:].tolist() == [4.0, 5.0, 6.0, 7.0]


def test_rising_and_falling_look_at_every_step() -> None:
    series = of_closes(1, 2, 3, 2, 1, 2, 3, 4)
    assert np.flatnonzero(value(sdk.rising(close, 2), series)).tolist() == [2, 6, 7]
    assert np.flatnonzero(value(sdk.falling(close, 2), series)).tolist() == [4]


def test_a_soft_condition_goes_from_nothing_to_all_either_way() -> None:
    series = of_closes(0, 30, 50, 70, 100)
    assert value(sdk.soft(close, 30, 70), series).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert value(sdk.soft(close, 70, 30), series).tolist() == [1.0, 1.0, 0.5, 0.0, 0.0]
