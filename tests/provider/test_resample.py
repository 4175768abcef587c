"""Longer candles say nothing sooner than their parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.candles import Series, series_of
from barfinex.domain.errors import BadInput
from barfinex.provider.candles import resample

MINUTE, START = 60_000, 1_700_000_040_000


@st.composite
def broken_series(draw: st.DrawFn) -> Series:
    """Minutes with gaps, on the minute or beside it."""
    minutes = sorted(draw(st.sets(st.integers(0, 90), min_size=1)))
    offset = draw(st.sampled_from([0, 1, 30_000]))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    rows = []
    for minute in minutes:
        low, first, last, high = sorted(rng.uniform(90, 110, 4))
        rows.append([START + offset + minute * MINUTE, first, high, low, last, float(rng.integers(0, 5))])
    return series_of("X", "1m", rows)


def rows_of(series: Series) -> list[list[float]]:
    return series.block().rows() if len(series.ts) else []


@given(broken_series(), st.sampled_from(["5m", "15m", "1h"]))
def test_candles_of_a_prefix_are_a_prefix_of_the_candles(series: Series, timeframe: str) -> None:
    """I17: what comes later changes no candle that was closed."""
    whole = rows_of(resample(series, timeframe))
    for count in range(1, len(series.ts) + 1):
        head = series_of("X", "1m", series.block(0, count).rows())
        part = rows_of(resample(head, timeframe))
        assert part == whole[: len(part)]


@given(broken_series(), st.sampled_from(["5m", "15m", "1h"]))
def test_a_longer_candle_is_its_parts_and_is_known_after_the_last_of_them(
    series: Series, timeframe: str
) -> None:
    longer = resample(series, timeframe)
    taken = 0
    for ts, first, high, low, last, volume in rows_of(longer):
        ends = series.ts + series.step_ms
        parts = np.flatnonzero((ends > ts) & (ends <= ts + longer.step_ms))
        assert ts % longer.step_ms == 0
        assert (first, last) == (series.open[parts[0]], series.close[parts[-1]])
        assert (high, low) == (series.high[parts].max(), series.low[parts].min())
        assert volume == series.volume[parts].sum()
        taken += len(parts)
    left = series.ts[taken:] + series.step_ms
    assert not len(left) or left[-1] < (left[0] - 1) // longer.step_ms * longer.step_ms + longer.step_ms


def test_a_window_closes_with_its_last_minute() -> None:
    rows = [[START // 300_000 * 300_000 + k * MINUTE, 1.0, 2.0, 0.5, 1.5, 1.0] for k in range(5)]
    assert len(resample(series_of("X", "1m", rows[:4]), "5m").ts) == 0
    assert rows_of(resample(series_of("X", "1m", rows), "5m")) == [[rows[0][0], 1.0, 2.0, 0.5, 1.5, 5.0]]


def test_the_same_timeframe_is_the_series_itself_and_a_shorter_one_is_refused() -> None:
    series = series_of("X", "5m", [[START, 1.0, 2.0, 0.5, 1.5, 1.0]])
    assert resample(series, "5m") is series
    for timeframe in ("1m", "7m", "5 minutes"):
        with pytest.raises(BadInput):
            resample(series, timeframe)
