"""Views: blocks folded into series, prices as of a moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.candles import Candles
from barfinex.domain.view import MarketView, Marks
from tests.factories import BTC, MINUTE, START, flat

CLOSES = [float(price) for price in range(1, 41)]


def cut(total: int, sizes: list[int]) -> list[tuple[int, int]]:
    """Windows that cover [0, total) in steps of these sizes, over and over."""
    windows, at = [], 0
    for k in range(total):
        if at < total:
            end = min(total, at + sizes[k % len(sizes)])
            windows.append((at, end))
            at = end
    return windows


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_any_partition_of_one_series_folds_to_the_same_candles_without_a_copy(sizes: list[int]) -> None:
    """I8: how history was cut into blocks cannot be told afterwards."""
    view, base = MarketView(depth=5), flat(*CLOSES)
    for start, stop in cut(len(CLOSES), sizes):
        held = view.fold(base.block(start, stop))
        assert held.series is base
        assert held.close.tolist() == CLOSES[:stop]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_separate_blocks_are_kept_to_the_depth(sizes: list[int]) -> None:
    """I10: candles that arrive one by one fill a bounded window, newest last."""
    view = MarketView(depth=7)
    for start, stop in cut(len(CLOSES), sizes):
        held = view.fold(flat(*CLOSES[start:stop], start=START + start * MINUTE).block())
        assert start == 0 or held.close.tolist() == CLOSES[:stop][-7:]
        assert held.known_at == START + stop * MINUTE


def test_series_are_apart_by_instrument_and_timeframe() -> None:
    view = MarketView()
    view.fold(flat(1).block())
    assert view.get(BTC, "5m") is None
    assert view.get("ETH-USDT", "1m") is None
    held = view.get(BTC, "1m")
    assert isinstance(held, Candles)
    assert held.last_close == 1.0


@given(st.integers(0, 39), st.integers(-5, 45), st.integers(0, MINUTE - 1))
def test_a_mark_is_never_of_a_candle_that_closes_later(cursor: int, minute: int, into: int) -> None:
    """I17: even when the block was shown before its time."""
    marks = Marks()
    marks.fold(flat(*CLOSES).block(cursor))
    now = START + minute * MINUTE + into
    found = marks.at(BTC, now)
    if minute < 1:
        assert found is None
    else:
        closed = min(minute, len(CLOSES))
        assert found == (CLOSES[closed - 1], START + closed * MINUTE)


def test_a_mark_never_reads_beyond_the_block_it_was_given() -> None:
    marks = Marks()
    marks.fold(flat(*CLOSES).block(0, 3))
    assert marks.at(BTC, START + 30 * MINUTE) == (3.0, START + 3 * MINUTE)


def test_the_finest_timeframe_marks_the_price_in_whatever_order_they_come() -> None:
    fine, coarse = flat(1, 2).block(), flat(9, timeframe="5m").block()
    for blocks in ((fine, coarse), (coarse, fine)):
        marks = Marks()
        for block in blocks:
            marks.fold(block)
        assert marks.at(BTC, START + 10 * MINUTE) == (2.0, START + 2 * MINUTE)
    assert Marks().at(BTC, START) is None
