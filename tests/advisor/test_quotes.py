"""The price that can be had: the sampled book where there is one, and what is wrong with it is seen."""

from __future__ import annotations

from math import nan

import pytest
from msgspec.structs import replace

from barfinex.advisor.quotes import SPREADS_KEPT, Quote, Quotes
from barfinex.events.provider import BookSampled

Level = tuple[float, float]


def book(bid: float = 99.9, ask: float = 100.1, **changes: tuple[Level, ...]) -> BookSampled:
    sides = {"bids": ((bid, 2.0), (bid - 0.1, 3.0)), "asks": ((ask, 1.0), (ask + 0.1, 4.0))}
    return BookSampled(instrument="BTC-USDT", **{**sides, **changes})


def quoted(*samples: BookSampled, at: int = 1_000, ts: int = 1_000, closed: int = 1_000) -> Quote:
    quotes = Quotes()
    for sample in samples:
        quotes.fold(sample, at, ts)
    return quotes.of("BTC-USDT", 100.0, closed, 4.0)


def test_without_a_book_it_is_the_close_and_the_usual_spread() -> None:
    found = quoted()
    assert (found.bid, found.ask, found.source, found.known_at) == (99.98, 100.02, "candle", 1_000)
    assert found.spread_bps == pytest.approx(4.0)
    assert (found.depth(1), found.depth(-1), found.is_crossed) == (None, None, False)


def test_a_book_tells_what_either_side_meets() -> None:
    found = quoted(book())
    assert (found.entry(1), found.entry(-1), found.middle) == (100.1, 99.9, 100.0)
    assert found.depth(1) == pytest.approx(100.1 + 4 * 100.2)
    assert found.depth(-1) == pytest.approx(2 * 99.9 + 3 * 99.8)
    assert found.spread_bps == pytest.approx(20.0)


@pytest.mark.parametrize("gone", [("bids",), ("asks",), ("bids", "asks")])
def test_a_book_without_a_side_is_no_price_at_which_to_trade(gone: tuple[str, ...]) -> None:
    """Failed before: it passed for no book at all, at the close and the usual spread."""
    found = quoted(book(), replace(book(), **dict.fromkeys(gone, ())))
    assert (found.is_crossed, found.source, found.middle, found.spread_bps) == (True, "book", 100.0, 0.0)
    assert (found.depth_bid, found.depth_ask) == (0.0, 0.0)
    assert found.usual_bps == pytest.approx(20.0)


def test_another_instrument_has_its_own() -> None:
    quotes = Quotes()
    quotes.fold(book(), 1_000, 1_000)
    assert quotes.of("ETH-USDT", 10.0, 1_000, 4.0).source == "candle"


@pytest.mark.parametrize(("bid", "ask"), [(100.1, 100.0), (100.0, 100.0)])
@pytest.mark.parametrize("closed", [1_000, 2_000])
def test_a_crossed_book_is_seen_whether_it_is_fresh_or_not(bid: float, ask: float, closed: int) -> None:
    assert quoted(book(bid, ask), closed=closed).is_crossed


@pytest.mark.parametrize(
    ("bid", "ask"), [(0.0, 0.0), (0.0, 100.0), (-5.0, 5.0), (-1.0, 100.0), (1e308, 1.7e308)]
)
def test_a_book_whose_prices_are_none_is_crossed_and_its_figures_are_finite(bid: float, ask: float) -> None:
    """Failed before: the first two sums are divided by, and took the Advisor down."""
    found = quoted(book(bid, ask))
    assert (found.is_crossed, found.source, found.middle, found.spread_bps) == (True, "book", 100.0, 0.0)
    assert (found.depth_bid, found.depth_ask, found.usual_bps) == (0.0, 0.0, 4.0)


def test_a_candle_without_a_spread_is_not_crossed() -> None:
    assert not Quote(100.0, 100.0, 0, "candle", 0.0).is_crossed


def test_prices_that_are_none_are_crossed() -> None:
    for bid, ask in ((nan, 100.0), (100.0, nan), (nan, nan)):
        for source in ("book", "candle"):
            assert Quote(bid, ask, 0, source, 0.0).is_crossed


def test_a_stale_book_keeps_its_width_and_its_age() -> None:
    found = quoted(book(89.9, 90.1), at=1_000, closed=2_000)
    assert (found.known_at, found.source) == (1_000, "book")
    assert (found.bid, found.ask) == pytest.approx((99.9, 100.1))


def test_a_source_whose_clock_is_ahead_is_seen_and_one_that_is_behind_is_only_late() -> None:
    assert quoted(book(), at=1_000, ts=2_500).ahead_ms == 1_500
    assert quoted(book(), at=2_500, ts=1_000).ahead_ms == 0


def test_the_usual_spread_is_the_median_of_the_last_and_a_bad_width_is_none() -> None:
    wide = [book(99.0, 101.0)] * SPREADS_KEPT
    assert quoted(*wide, *[book()] * 31).usual_bps == pytest.approx(20.0)
    assert quoted(*wide, *[book()] * 30).usual_bps == pytest.approx(200.0)
    assert quoted(book(), book(101.0, 99.0)).usual_bps == pytest.approx(20.0)
