"""The tape is read as of a moment, the books by their samples (I17)."""

from __future__ import annotations

import pytest

from barfinex.domain.candles import series_of
from barfinex.domain.order import Side
from barfinex.events.provider import BookSampled
from barfinex.inspector.books import SPREADS_KEPT, Books
from barfinex.inspector.tape import ARRIVED_MAX, Tape
from tests.inspector.story import BTC, MINUTE, NOON


def rows(count: int, start: int = 0) -> list[list[float]]:
    return [[NOON + n * MINUTE, *[100.0 + n] * 4, 1.0] for n in range(start, start + count)]


def test_a_tape_is_the_same_in_one_piece_and_candle_by_candle() -> None:
    """I8, I17: what was shown before its time is not read before it."""
    whole, single = Tape(), Tape()
    for count in (300, 2_000):
        series = series_of(BTC, "1m", rows(count))
        whole.fold(series.block())
        for n in range(count):
            single.fold(series_of(BTC, "1m", [rows(1, n)[0]]).block())
        now = NOON + 200 * MINUTE
        expected = ([NOON + n * MINUTE for n in range(191, 201)], [99.0 + n for n in range(191, 201)])
        assert whole.closes(BTC, now, 10) == single.closes(BTC, now, 10) == expected


def test_a_tape_continues_its_history_and_forgets_the_oldest() -> None:
    tape = Tape()
    tape.fold(series_of(BTC, "1m", rows(1_500)).block())
    for n in range(1_500, 1_500 + ARRIVED_MAX + 5):
        tape.fold(series_of(BTC, "1m", rows(1, n)).block())
    now = NOON + (1_500 + ARRIVED_MAX + 5) * MINUTE
    assert tape.closes(BTC, now, 1) == ([now], [100.0 + 1_500 + ARRIVED_MAX + 4])
    assert len(tape.closes(BTC, NOON + 1_501 * MINUTE, 100)[0]) == 100
    assert tape.closes("ETH-USDT", now, 3) == ([], [])


def test_a_gap_that_is_filled_afterwards_takes_its_place() -> None:
    tape = Tape()
    for n in (0, 1, 4, 2, 3):
        tape.fold(series_of(BTC, "1m", rows(1, n)).block())
    assert tape.closes(BTC, NOON + 9 * MINUTE, 9)[1] == [
        100.0,
        101.0,
        102.0,
        103.0,
        104.0,
    ]


def test_the_finest_timeframe_is_kept() -> None:
    tape = Tape()
    hourly = series_of(BTC, "1h", [[NOON, *[7.0] * 4, 1.0]]).block()
    for block in (hourly, series_of(BTC, "1m", rows(2)).block(), hourly):
        tape.fold(block)
    assert tape.closes(BTC, NOON + 9 * MINUTE, 9)[1] == [100.0, 101.0]


def sample(bid: float, ask: float) -> BookSampled:
    return BookSampled(instrument=BTC, bids=((bid, 1.0), (bid - 1, 1.0)), asks=((ask, 1.0), (ask + 1, 1.0)))


def test_a_median_spread_is_that_of_the_latest_samples() -> None:
    books = Books()
    assert books.median_bps(BTC) is None
    for n in range(SPREADS_KEPT * 2):
        books.fold(sample(99.0, 101.0) if n < SPREADS_KEPT else sample(99.5, 100.5), NOON + n)
    assert books.median_bps(BTC) == pytest.approx(100.0)
    assert books.tops[BTC].at == NOON + 2 * SPREADS_KEPT - 1


def test_impact_walks_the_levels_and_a_thin_book_has_none() -> None:
    books = Books()
    books.fold(sample(99.0, 101.0), NOON)
    top = books.tops[BTC]
    assert top.impact_bps(Side.BUY, 1.0) == pytest.approx(100.0)
    assert top.impact_bps(Side.BUY, 2.0) == pytest.approx(150.0)
    assert top.impact_bps(Side.SELL, 2.0) == pytest.approx(150.0)
    assert top.impact_bps(Side.BUY, 2.01) is None
