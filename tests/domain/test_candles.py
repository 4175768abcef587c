"""A block is a window: nothing outside it shows, and nothing in it changes."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.candles import Candles, Series, series_of
from tests.factories import MINUTE, START, candles, flat

COLUMNS = ("ts", "open", "high", "low", "close", "volume")


@given(st.data())
def test_a_block_never_shows_a_candle_outside_its_window(data: st.DataObject) -> None:
    """I17: what is not in the block cannot be seen through it."""
    size = data.draw(st.integers(1, 30))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    base = flat(*range(1, size + 1))
    block = base.block(start, stop)
    for name in COLUMNS:
        assert getattr(block, name).tolist() == getattr(base, name).tolist()[start:stop]
    assert len(block) == len(block.rows()) == stop - start
    assert (block.last_close, block.last_ts) == (float(stop), START + (stop - 1) * MINUTE)
    assert block.known_at == block.last_ts + MINUTE


@given(st.data())
def test_what_starts_after_a_moment_is_found_among_gaps_and_overlaps(data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.sampled_from([1, MINUTE, MINUTE, 3 * MINUTE]), max_size=20))
    starts = [START, *(START + sum(steps[: k + 1]) for k in range(len(steps)))]
    series = series_of("BTC-USDT", "1m", [[ts, 1, 1, 1, 1, 1] for ts in starts])
    moment = data.draw(st.sampled_from(starts)) + data.draw(
        st.sampled_from([-MINUTE, -1, 0, 1, MINUTE, 10**9])
    )
    assert series.after(moment) == bisect_right(starts, moment)
    start = data.draw(st.integers(0, len(starts) - 1))
    stop = data.draw(st.integers(start + 1, len(starts)))
    assert series.block(start, stop).after(moment) == bisect_right(starts[start:stop], moment)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_cannot_be_written(name: str) -> None:
    column = getattr(candles((1, 2, 0.5, 1)), name)
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 9


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (2, 1), (-1, 2), (0, 4), (3, 4)])
def test_a_window_with_no_candles_or_beyond_the_series_is_refused(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="no candles in"):
        Candles(flat(1, 2, 3), start, stop)


def test_columns_of_unequal_length_are_refused() -> None:
    ts, column = np.arange(2, dtype=np.int64), np.ones(3)
    with pytest.raises(ValueError, match="unequal length"):
        Series("X", "1m", ts, column, column, column, column, column)


def test_the_head_and_the_last_of_a_block_stay_inside_it() -> None:
    block = flat(1, 2, 3, 4, 5).block(1, 4)
    assert block.head(2).close.tolist() == [2, 3]
    assert block.head(99).close.tolist() == [2, 3, 4]
    assert block.last().close.tolist() == [4]


def test_blocks_are_equal_by_what_they_hold() -> None:
    rows = flat(1, 2, 3).block().rows()
    assert series_of("BTC-USDT", "1m", rows).block() == flat(0, 1, 2, 3, start=START - MINUTE).block(1)
    assert series_of("ETH-USDT", "1m", rows).block() != flat(1, 2, 3).block()
    assert flat(1, 2, 3).block(0, 2) != flat(1, 2, 3).block()
