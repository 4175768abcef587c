"""What holds of the matching engine for any market, any orders, and any cut into blocks."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.domain.candles import Candles, Series
from barfinex.domain.order import OrderRequest
from barfinex.provider.venues.base import Filled, Report
from barfinex.provider.venues.matching import MatchingEngine
from tests.factories import BTC, MINUTE, START, series
from tests.provider.venue import engine, filled, hold, order, pair, passing

D = Decimal
HALVES = st.integers(180, 220).map(lambda n: n / 2)
ORDERS = st.one_of(
    st.tuples(st.sampled_from(["buy", "sell"]), st.just("market"), st.none()),
    st.tuples(st.sampled_from(["buy", "sell"]), st.sampled_from(["limit", "stop", "take_profit"]), HALVES),
)
BOOK = st.lists(st.tuples(ORDERS, st.booleans(), st.integers(0, 3 * MINUTE)), min_size=1, max_size=6)
SHARES = st.sampled_from([0.0, 0.1, 0.5])


def walk(seed: int, size: int = 40) -> Series:
    """Prices between ticks, with gaps between candles, and volume that is sometimes none."""
    rng = np.random.default_rng(seed)
    close = 100 + np.cumsum(rng.normal(0, 1.5, size))
    first = close + rng.normal(0, 1.0, size)
    high, low = np.maximum(first, close) + rng.random(size), np.minimum(first, close) - rng.random(size)
    volume = np.maximum(0, rng.normal(4, 4, size)).round(2)
    return series(*zip(first, high, low, close, volume, strict=True))


def opened(
    seed: int, book: list[tuple[tuple[str, str, float | None], bool, int]], share: float
) -> MatchingEngine:
    venue = engine(tick="0.5", lot="0.1", volume_share=share, fee=D("0.001"))
    hold(venue, seed % 3 - 1)
    for k, ((side, type_, level), reduces, after) in enumerate(book):
        venue.submit([order(side, type_, level, f"o{k}", reduce_only=reduces)], START + after)
    venue.submit(pair(95.0, 105.0), START)
    return venue


def cut(venue: MatchingEngine, base: Series, sizes: list[int]) -> list[Report]:
    """Blocks of these sizes, over and over."""
    reports: list[Report] = []
    at = k = 0
    while at < len(base.ts):
        stop = min(len(base.ts), at + sizes[k % len(sizes)])
        reports += passing(venue, Candles(base, at, stop))
        at, k = stop, k + 1
    return reports


@settings(max_examples=60)
@given(st.integers(0, 999), BOOK, SHARES, st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_any_cut_into_blocks_gives_the_same_reports(
    seed: int, book: list[tuple[tuple[str, str, float | None], bool, int]], share: float, sizes: list[int]
) -> None:
    """I8: `quiet` never passes over a candle that touches an order."""
    base = walk(seed)
    one_by_one = cut(opened(seed, book, share), base, [1])
    assert cut(opened(seed, book, share), base, sizes) == one_by_one
    assert cut(opened(seed, book, share), base, [len(base.ts)]) == one_by_one


@settings(max_examples=60)
@given(st.integers(0, 999), BOOK, SHARES)
def test_fills_keep_to_orders_volume_grid_and_position(
    seed: int, book: list[tuple[tuple[str, str, float | None], bool, int]], share: float
) -> None:
    """I16: nobody gets more than was ordered, than traded, or than a tick allows."""
    base, venue = walk(seed), opened(seed, book, share)
    requests = {o.request.id: o.request for o in venue._working[BTC]}
    held, by_candle, by_order = D(seed % 3 - 1), dict[int, Decimal](), dict[str, Decimal]()
    for report in filled(passing(venue, base.block())):
        one, request = report.fill, requests[report.fill.order_id]
        if request.reduce_only:
            assert one.quantity <= -request.side.sign * held
        held += one.quantity * one.side.sign
        by_candle[one.ts] = by_candle.get(one.ts, D(0)) + one.quantity
        by_order[request.id] = by_order.get(request.id, D(0)) + one.quantity
        assert report.filled == by_order[request.id] <= request.quantity
        assert one.quantity > 0
        assert one.quantity % D("0.1") == one.price % D("0.5") == 0
        assert one.fee == one.quantity * one.price * D("0.001")
        _assert_price_was_there(report, request, base)
    assert venue._position[BTC] == held
    for ts, quantity in by_candle.items():
        volume = float(base.volume[int(np.searchsorted(base.ts, ts))])
        assert not share or quantity <= D(repr(volume)) * D(repr(share))


def _assert_price_was_there(report: Filled, request: OrderRequest, base: Series) -> None:
    """Inside the candle, but for the tick that rounding takes; a limit is never overpaid."""
    k = int(np.searchsorted(base.ts, report.fill.ts))
    price = float(report.fill.price)
    buys = request.side.sign > 0
    assert (
        (base.low[k] if buys else base.low[k] - 0.5)
        <= price
        <= (base.high[k] + 0.5 if buys else base.high[k])
    )
    if request.price is not None:
        assert report.fill.price <= request.price if buys else report.fill.price >= request.price


@given(st.integers(0, 999), st.lists(ORDERS, min_size=1, max_size=5))
def test_quiet_ends_at_the_first_candle_that_does_anything(
    seed: int, wanted: list[tuple[str, str, float | None]]
) -> None:
    base = walk(seed)
    requests = [order(*each, name=f"o{k}") for k, each in enumerate(wanted)]
    venue, plain = engine(), engine()
    for each in (venue, plain):
        each.submit(requests, START)
    quiet = venue.quiet(base.block())
    for k in range(quiet - 1):
        assert plain.open(base.block(k, k + 1)) + plain.sweep(base.block(k, k + 1)) == []
    last = base.block(quiet - 1, quiet)
    assert quiet == len(base.ts) or plain.open(last) + plain.sweep(last)
