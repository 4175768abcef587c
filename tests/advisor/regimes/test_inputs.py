"""A candle's figures are the same whatever the blocks, and are what their names say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.regimes.inputs import (
    EFFICIENCY,
    FAST,
    MIDDLE,
    SURPRISE,
    TREND,
    VOL,
    VOL_OF_VOL,
    fresh,
    measure,
)
from barfinex.domain.candles import Floats

CLOSE = 100.0 * np.exp(np.random.default_rng(3).standard_t(4, 700).cumsum() * 0.002)


def in_blocks(close: Floats, cuts: list[int]) -> Floats:
    carried, parts = fresh(), []
    edges = sorted({0, len(close), *(cut for cut in cuts if 0 < cut < len(close))})
    for start, stop in pairwise(edges):
        table, carried = measure(carried, close[start:stop])
        parts.append(table)
    return np.concatenate(parts, axis=1)


@given(st.lists(st.integers(1, 699), max_size=30), st.lists(st.integers(0, 699), max_size=5))
def test_any_blocks_give_the_same_bits(cuts: list[int], holes: list[int]) -> None:
    close = CLOSE.copy()
    close[holes] = np.nan
    assert in_blocks(close, cuts).tobytes() == in_blocks(close, []).tobytes()


def test_one_by_one_gives_the_same_bits() -> None:
    assert in_blocks(CLOSE, list(range(700))).tobytes() == in_blocks(CLOSE, []).tobytes()


def test_the_figures_are_weighted_means() -> None:
    table, _ = measure(fresh(), CLOSE)
    returns = np.diff(np.log(CLOSE), prepend=np.log(CLOSE[0]))

    def mean(values: Floats, weight: float) -> float:
        weights = (1.0 - weight) ** np.arange(len(values))[::-1]
        return float(weights @ values / weights.sum())

    assert table[VOL, -1] == pytest.approx(0.5 * np.log(mean(returns**2, FAST)), rel=1e-6)
    drift, power = mean(returns, MIDDLE), mean(returns**2, MIDDLE)
    assert table[TREND, -1] == pytest.approx(drift / np.sqrt(power * MIDDLE / (2 - MIDDLE)), rel=1e-6)
    assert table[EFFICIENCY, -1] == pytest.approx(abs(drift) / mean(abs(returns), MIDDLE), rel=1e-6)
    wobble = np.abs(np.diff(table[VOL], prepend=table[VOL, 0]))
    assert table[VOL_OF_VOL, -1] == pytest.approx(mean(wobble, MIDDLE), rel=1e-6)


def test_a_surprise_is_measured_by_what_was_known_before_it() -> None:
    close = CLOSE.copy()
    close[-1] = close[-2] * 1.1
    table, _ = measure(fresh(), close)
    assert table[SURPRISE, -1] > 100.0
    assert 0.3 < np.median(table[SURPRISE, 60:-1]) < 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_close_that_is_none_moves_nothing(bad: float) -> None:
    holed = np.insert(CLOSE, 300, bad)
    table, _ = measure(fresh(), holed)
    whole, _ = measure(fresh(), CLOSE)
    assert np.array_equal(np.delete(table, 300, axis=1), whole)
    assert np.array_equal(table[:, 300], table[:, 299])


def test_before_the_first_close_nothing_is_known() -> None:
    table, carried = measure(fresh(), np.array([np.nan, -3.0]))
    assert np.isnan(table).all()
    assert carried.taken == 0


def test_a_market_that_stands_still_gives_finite_figures() -> None:
    table, _ = measure(fresh(), np.full(2_000, 50.0))
    assert np.isfinite(table).all()
