"""Candles from trades are what a plain look at all trades gives, in time order, each exactly once."""

from __future__ import annotations

from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.candles import Candles, Provenance
from barfinex.domain.order import Side
from barfinex.provider.candles import CandleBuilder
from barfinex.provider.venues.market import Tick


def tick(ts: int, price: float, quantity: float = 1.0, instrument: str = "BTC-USDT") -> Tick:
    return Tick(ts, instrument, price, quantity, Side.BUY, price, price)


def built(*ticks: Tick, until: int) -> list[Candles]:
    builder = CandleBuilder("1s")
    for one in ticks:
        builder.add(one)
    return builder.close_until(until)


def test_a_candle_holds_first_highest_lowest_last_and_sum() -> None:
    trades = tick(5_000, 10, 1), tick(5_300, 12, 2), tick(5_600, 9, 3), tick(5_999, 11, 4)
    [candle] = built(*trades, until=6_000)
    assert candle.rows() == [[5_000, 10, 12, 9, 11, 10]]
    assert (candle.instrument, candle.timeframe, candle.known_at) == ("BTC-USDT", "1s", 6_000)
    assert candle.series.provenance is Provenance.FINAL


def test_a_candle_stays_open_until_its_time_is_over() -> None:
    assert built(tick(5_000, 10), until=5_999) == []
    assert len(built(tick(5_000, 10), tick(6_000, 11), until=6_999)) == 1


def test_a_candle_is_closed_once() -> None:
    builder = CandleBuilder("1s")
    builder.add(tick(5_000, 10))
    assert len(builder.close_until(6_000)) == 1
    assert builder.close_until(6_000) == builder.close_until(5_000) == []


def test_an_interval_without_a_trade_is_flat_at_the_last_close_and_marked() -> None:
    candles = built(tick(1_000, 10), tick(1_500, 11), tick(4_000, 12), until=6_000)
    flat = [11, 11, 11, 11, 0]
    assert [c.rows()[0] for c in candles] == [
        [1_000, 10, 11, 10, 11, 2],
        [2_000, *flat],
        [3_000, *flat],
        [4_000, 12, 12, 12, 12, 1],
        [5_000, 12, 12, 12, 12, 0],
    ]
    final, synthetic = Provenance.FINAL, Provenance.SYNTHETIC
    assert [c.series.provenance for c in candles] == [final, synthetic, synthetic, final, synthetic]


def test_an_instrument_that_never_traded_has_no_candles() -> None:
    builder = CandleBuilder("1s")
    assert builder.close_until(9_000) == []
    builder.add(tick(9_500, 10))
    assert [c.last_ts for c in builder.close_until(10_000)] == [9_000]


def test_a_late_trade_is_counted_and_changes_nothing() -> None:
    builder = CandleBuilder("1s")
    builder.add(tick(1_000, 10))
    builder.close_until(2_000)
    builder.add(tick(1_900, 99))
    builder.add(tick(1_900, 99, instrument="ETH-USDT"))  # Its first trade, but of a time that is closed.
    assert builder.late == 2
    assert [c.rows()[0][1:] for c in builder.close_until(3_000)] == [[10, 10, 10, 10, 0]]


@pytest.mark.parametrize(
    ("price", "quantity"), [(nan, 1), (inf, 1), (0, 1), (-1, 1), (1, nan), (1, inf), (1, -1)]
)
def test_a_trade_without_sound_numbers_is_counted_and_left_out(price: float, quantity: float) -> None:
    builder = CandleBuilder("1s")
    builder.add(tick(1_000, price, quantity))
    assert builder.unusable == 1
    assert builder.close_until(2_000) == []


def test_trades_out_of_order_inside_a_candle_open_and_close_it_by_their_time() -> None:
    [candle] = built(tick(1_500, 11), tick(1_100, 10), tick(1_900, 13), tick(1_700, 12), until=2_000)
    assert candle.rows() == [[1_000, 10, 13, 10, 13, 4]]


def test_instruments_come_by_time_and_then_by_name() -> None:
    ticks = [tick(1_000 + k, 10, instrument=name) for k, name in enumerate(("SOL", "BTC", "ETH"))]
    candles = built(*ticks, until=3_000)
    assert [(c.last_ts, c.instrument) for c in candles] == [
        (ts, name) for ts in (1_000, 2_000) for name in ("BTC", "ETH", "SOL")
    ]


TRADES = st.lists(
    st.builds(
        tick,
        st.integers(10_000, 30_000),
        st.integers(1, 500).map(lambda cents: cents / 4),
        st.integers(0, 64).map(lambda part: part / 8),
        st.sampled_from(["BTC-USDT", "ETH-USDT"]),
    ),
    max_size=60,
    unique_by=lambda one: (one.instrument, one.ts),
)


@given(TRADES, st.lists(st.integers(10_000, 34_000), max_size=6))
def test_candles_are_what_a_plain_recomputation_gives_however_often_they_are_asked_for(
    trades: list[Tick], asked: list[int]
) -> None:
    trades.sort()
    builder, candles = CandleBuilder("3s"), []
    moments = [*sorted(asked), 36_000]
    for since, now in pairwise([0, *moments]):
        for one in trades:
            if since < one.ts <= now:
                builder.add(one)
        candles += builder.close_until(now)
    assert builder.late == 0
    assert [(c.last_ts, c.instrument, *c.rows()[0][1:]) for c in candles] == plain(trades, 3_000, 36_000)


def plain(trades: list[Tick], step: int, end: int) -> list[tuple[object, ...]]:
    """The definition of candles, word by word."""
    rows: list[tuple[object, ...]] = []
    for instrument in sorted({one.instrument for one in trades}):
        own = [one for one in trades if one.instrument == instrument]
        close = own[0].price
        for start in range(own[0].ts // step * step, end, step):
            prices = [one.price for one in own if start <= one.ts < start + step] or [close]
            volume = sum(one.quantity for one in own if start <= one.ts < start + step)
            close = prices[-1]
            rows.append((start, instrument, prices[0], max(prices), min(prices), close, volume))
    return sorted(rows, key=lambda row: row[:2])
