"""A signal's outcome is its first touch, the same however the candles arrive."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.learning.barriers import Barrier, Touch, Trip, Watch

LONG = Trip(100.0, 1, 0.02, 0.04, 5, 0.001)
SHORT = Trip(100.0, -1, 0.02, 0.04, 5, 0.001)


def candles(*rows: tuple[float, float, float, float]) -> Any:
    return np.array(rows, dtype=np.float64).T


def touch(trip: Trip, *columns: Any) -> Touch | None:
    """The first touch over whole arrays; None when they end before the trip does."""
    found = Watch(trip).advance(*columns)
    return found if isinstance(found, Touch) else None


FLAT = (100.0, 100.5, 99.5, 100.0)


@pytest.mark.parametrize(
    ("trip", "row", "barrier", "net_r", "ambiguous", "gapped"),
    [
        (LONG, (100, 101, 97, 99), Barrier.STOP, -1.05, False, False),
        (LONG, (100, 105, 99, 104), Barrier.TARGET, 1.95, False, False),
        (LONG, (100, 105, 97, 104), Barrier.STOP, -1.05, True, False),
        (LONG, (95, 96, 94, 95), Barrier.STOP, -2.55, False, True),
        (LONG, (106, 107, 97, 99), Barrier.TARGET, 2.95, False, True),
        (SHORT, (100, 103, 99, 101), Barrier.STOP, -1.05, False, False),
        (SHORT, (100, 101, 95, 96), Barrier.TARGET, 1.95, False, False),
        (SHORT, (100, 103, 95, 96), Barrier.STOP, -1.05, True, False),
        (SHORT, (105, 106, 95, 100), Barrier.STOP, -2.55, False, True),
    ],
)
def test_the_first_barrier_inside_a_candle_ends_the_trip(trip, row, barrier, net_r, ambiguous, gapped):
    found = touch(trip, *candles(FLAT, row, FLAT, FLAT, FLAT))
    assert found is not None
    assert (found.barrier, found.index, found.ambiguous, found.gapped) == (barrier, 1, ambiguous, gapped)
    assert found.net_r == pytest.approx(net_r)


def test_the_horizon_is_scored_at_the_last_close_after_cost():
    rows = [FLAT] * 4 + [(100.0, 101.5, 99.5, 101.0), (90.0, 91.0, 89.0, 90.0)]
    found = touch(LONG, *candles(*rows))
    assert found is not None
    assert (found.barrier, found.index) == (Barrier.HORIZON, 4)
    assert found.net_r == pytest.approx(0.45)
    just_above = touch(LONG, *candles(*[FLAT] * 4, (100.0, 100.2, 99.9, 100.05)))
    assert just_above is not None
    assert just_above.net_r < 0.0, "a move smaller than its cost is no win"


def test_what_has_not_ended_has_no_outcome():
    assert touch(LONG, *candles(FLAT, FLAT)) is None


def test_a_trip_without_a_target_runs_to_stop_or_horizon():
    trip = Trip(100.0, 1, 0.02, None, 2)
    found = touch(trip, *candles((100.0, 200.0, 99.0, 150.0), (150.0, 160.0, 140.0, 150.0)))
    assert found is not None
    assert (found.barrier, found.index) == (Barrier.HORIZON, 1)
    assert found.net_r == pytest.approx(25.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_price_that_is_none_is_not_passed_over(bad):
    opens, highs, lows, closes = candles(FLAT, FLAT)
    lows[1] = bad
    with pytest.raises(ValueError, match="price"):
        touch(LONG, opens, highs, lows, closes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("entry", bad) for bad in (0.0, np.nan, np.inf)),
        *(("stop", bad) for bad in (0.0, 1.0, np.nan)),
        *(("target", bad) for bad in (0.0, np.nan)),
        *(("cost", bad) for bad in (-0.1, np.nan)),
        ("sign", 0),
        ("horizon", 0),
    ],
)
def test_a_trip_that_cannot_be_made_is_refused(field, value):
    fields = {"entry": 100.0, "sign": 1, "stop": 0.02, "target": 0.04, "horizon": 5, "cost": 0.0}
    with pytest.raises(ValueError, match=field):
        Trip(**{**fields, field: value})


def by_hand(trip: Trip, rows: Any) -> tuple[Barrier, int, bool] | None:
    """One candle after another, in plain words."""
    stop = trip.entry * (1 - trip.sign * trip.stop)
    target = trip.entry * (1 + trip.sign * trip.target) if trip.target is not None else trip.sign * np.inf
    for at, (opened, high, low, _) in enumerate(rows[: trip.horizon]):
        worst, best = (low, high) if trip.sign == 1 else (high, low)
        if trip.sign * (opened - stop) <= 0:
            return Barrier.STOP, at, False
        if trip.sign * (opened - target) >= 0:
            return Barrier.TARGET, at, False
        stopped, paid = trip.sign * (worst - stop) <= 0, trip.sign * (best - target) >= 0
        if stopped:
            return Barrier.STOP, at, bool(paid)
        if paid:
            return Barrier.TARGET, at, False
    return (Barrier.HORIZON, trip.horizon - 1, False) if len(rows) >= trip.horizon else None


@given(
    seed=st.integers(0, 2**32 - 1),
    sign=st.sampled_from([1, -1]),
    target=st.sampled_from([None, 0.01, 0.02, 0.05]),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
def test_blocks_of_any_length_give_the_touch_of_the_whole(seed, sign, target, cuts):
    rng = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.006, 40)))
    opens = np.append(100.0, closes[:-1]) * np.exp(rng.normal(0, 0.003, 40))
    highs = np.maximum(opens, closes) * np.exp(rng.exponential(0.004, 40))
    lows = np.minimum(opens, closes) * np.exp(-rng.exponential(0.004, 40))
    trip = Trip(100.0, sign, 0.02, target, 30, 0.001)
    whole = touch(trip, opens, highs, lows, closes)
    expected = by_hand(trip, np.column_stack([opens, highs, lows, closes]))
    assert whole is not None
    assert (whole.barrier, whole.index, whole.ambiguous) == expected
    state: Watch | Touch = Watch(trip)
    edges = [0, *sorted(cuts), 40]
    for start, stop in pairwise(edges):
        if isinstance(state, Watch):
            part = slice(start, stop)
            state = state.advance(opens[part], highs[part], lows[part], closes[part])
    assert state == whole
