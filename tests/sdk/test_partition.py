"""I8: whatever chunks candles come in, every operator gives equal bits; one by one nothing can look ahead."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex import sdk
from barfinex.detector.program import Program
from barfinex.domain.candles import Series
from barfinex.sdk import Columns, Condition, Expr, close, high, low, open, volume  # noqa: A004
from barfinex.sdk.expressions import Array
from tests.detector.market import walk

HOLES = close / (high - high)  # inf everywhere
PATCHY = 1.0 / sdk.maximum(close - open, 0.0) - 1.0 / sdk.maximum(open - close, 0.0) + 0.0 * close


def three_up(shown: Columns) -> Array:
    change = np.diff(shown.close, prepend=np.nan) > 0
    before = np.concatenate(([False, False], change))
    return before[2:] & before[1:-1] & before[:-2]


EXPRESSIONS: dict[str, Expr] = {
    "arithmetic": (high + low) / 2.0 - abs(-close) * 3.0,
    "ema": sdk.ema(9),
    "ema_of_holes": sdk.ema(HOLES, 5),
    "wilder": sdk.wilder(7),
    "wilder_of_average": sdk.wilder(sdk.ema(volume, 4), 5),
    "rsi": sdk.rsi(14),
    "sma": sdk.sma(13),
    "sma_of_one": sdk.sma(1),
    "sma_after_holes": sdk.sma(sdk.change(3) / (close - sdk.shift(close, 2)), 4),
    "stdev": sdk.stdev(10),
    "stdev_of_rsi": sdk.stdev(sdk.rsi(5), 6),
    "bollinger_upper": sdk.bollinger_upper(8),
    "bollinger_lower": sdk.bollinger_lower(close, 8, 1.5),
    "atr": sdk.atr(14),
    "macd_signal": sdk.ema(sdk.macd(5, 11), 4),
    "highest": sdk.highest(high, 12),
    "lowest": sdk.lowest(low, 5),
    "patchy": sdk.highest(PATCHY, 3),
    "shift": sdk.shift(close, 6),
    "change": sdk.change(5),
    "typical": sdk.typical,
    "crosses_above": sdk.crosses_above(sdk.ema(3), sdk.ema(9)),
    "crosses_below": sdk.crosses_below(sdk.rsi(5), 50),
    "rising": sdk.rising(close, 3),
    "falling": sdk.falling(sdk.ema(4), 2),
    "between": ~sdk.between(sdk.rsi(5), 40, 60) | (close > open) & (volume >= 1.0),
    "soft": Condition("soft", sdk.soft(sdk.rsi(5), 30, 70)).expression,
    "plain": Condition("plain", three_up, lookback=3).expression,
}


def values(program: Program, series: Series, cuts: list[int]) -> list[Array]:
    states, parts = program.start(), []
    edges = sorted({0, len(series.ts), *cuts})
    for start, stop in pairwise(edges):
        states, found = program.run(states, series, start, stop)
        parts.append(found)
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1_000),
    count=st.integers(1, 120),
    cuts=st.lists(st.integers(1, 119), max_size=30),
)
def test_any_partition_gives_equal_bits(seed: int, count: int, cuts: list[int]) -> None:
    """I8: for every operator, the positions of NaN included."""
    series = walk(count, seed)
    program = Program(EXPRESSIONS.values())
    whole = values(program, series, [])
    parts = values(program, series, [cut for cut in cuts if cut < count])
    for name, a, b in zip(EXPRESSIONS, whole, parts, strict=True):
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name


def test_one_by_one_gives_equal_bits_over_a_long_series() -> None:
    """I8: rounding does not drift apart; prices that hardly move are the hard case."""
    series = walk(2_000, 3, step=1e-6)
    program = Program(EXPRESSIONS.values())
    whole, singles = values(program, series, []), values(program, series, list(range(2_000)))
    for name, a, b in zip(EXPRESSIONS, whole, singles, strict=True):
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name


@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_later_candles_change_nothing(name: str) -> None:
    """I17: a value is the same whether or not the candles after it exist."""
    series, program = walk(200), Program([EXPRESSIONS[name]])
    _, [whole] = program.run(program.start(), series, 0, 200)
    for count in (1, 2, 15, 99):
        _, [prefix] = program.run(program.start(), series, 0, count)
        assert np.array_equal(whole[:count], prefix, equal_nan=whole.dtype.kind == "f")


def test_an_expression_used_twice_is_computed_once() -> None:
    program = Program([sdk.ema(20) > close, sdk.ema(close, 20) < open, sdk.ema(20) + 1.0])
    assert len(program.start()) == 4  # the average, two comparisons and the sum; a constant is no work


def test_running_leaves_the_old_states_as_they_were() -> None:
    """Whoever keeps the states can go back: that is how the first failing candle is found."""
    series, program = walk(100), Program(EXPRESSIONS.values())
    states, _ = program.run(program.start(), series, 0, 50)
    _, first = program.run(states, series, 50, 100)
    _, again = program.run(states, series, 50, 100)
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
