"""Order flow: the numbers of a candle are those of its own trades and books, by formulas written anew."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from barfinex.domain.order import Side
from barfinex.provider.flow import FlowMeter
from barfinex.provider.venues.market import Tick

STEP, T0 = 60_000, 1_735_689_600_000  # Midnight, UTC.
NAME = "BTC-USDT"
Book = tuple[list[tuple[float, float]], list[tuple[float, float]]]


def ticks(seed: int, count: int, begins: int = T0, lasts_ms: int = 5 * STEP) -> list[Tick]:
    draw = np.random.Generator(np.random.PCG64(seed))
    times = sorted(int(begins + one) for one in draw.integers(0, lasts_ms, count))
    sides = [Side.BUY if one else Side.SELL for one in draw.integers(0, 2, count)]
    prices, sizes = 100 + draw.normal(0, 1, count).cumsum() / 10, draw.uniform(0.1, 3, count)
    return [
        Tick(ts, NAME, float(price), float(size), side, float(price), float(price))
        for ts, price, size, side in zip(times, prices, sizes, sides, strict=True)
    ]


def books(seed: int, count: int) -> list[tuple[int, Book]]:
    draw = np.random.Generator(np.random.PCG64(seed))
    found = []
    for ts in sorted(int(T0 + one) for one in draw.integers(0, STEP, count)):
        middle = 100.0 + int(draw.integers(-2, 3)) / 10
        bids = [(round(middle - (k + 1) / 10, 1), float(draw.uniform(1, 5))) for k in range(12)]
        asks = [(round(middle + (k + 1) / 10, 1), float(draw.uniform(1, 5))) for k in range(12)]
        found.append((ts, (bids, asks)))
    return found


def test_the_tape_of_each_candle_equals_its_own_trades() -> None:
    meter, all_of_them = FlowMeter("1m"), ticks(1, 3_000)
    for tick in all_of_them:
        meter.trade(tick)
    signed = 0.0
    for ts in range(T0, T0 + 5 * STEP, STEP):
        own = [one for one in all_of_them if ts <= one.ts < ts + STEP]
        found = meter.measured(NAME, ts).tape
        assert found is not None
        here = sum(one.quantity * one.side.sign for one in own)
        signed += here
        seconds = [one.ts // 1_000 for one in own]
        assert found.trades == len(own)
        assert found.per_second == pytest.approx(len(own) / 60)
        assert found.volume == pytest.approx(sum(one.quantity for one in own))
        assert found.signed_volume == pytest.approx(here)
        assert found.cvd == pytest.approx(signed)
        assert found.vwap == pytest.approx(sum(one.quantity * one.price for one in own) / found.volume)
        assert found.burst == pytest.approx(max(map(seconds.count, seconds)) / (len(own) / 60))


def test_the_book_of_a_candle_equals_its_own_samples() -> None:
    meter, samples = FlowMeter("1m"), books(2, 200)
    for ts, (bids, asks) in samples:
        meter.book(NAME, ts, bids, asks)
    found = meter.measured(NAME, T0).book
    assert found is not None
    tens = [(bids[:10], asks[:10]) for _, (bids, asks) in samples]
    spreads = [(a[0][0] - b[0][0]) / ((a[0][0] + b[0][0]) / 2) * 1e4 for b, a in tens]
    assert found.samples == 200
    assert found.spread_bps == pytest.approx(np.mean(spreads))
    for levels, told in ((1, found.imbalance_1), (5, found.imbalance_5), (10, found.imbalance_10)):
        values = [[sum(p * q for p, q in side[:levels]) for side in one] for one in tens]
        assert told == pytest.approx(np.mean([(b - a) / (b + a) for b, a in values]))
    thinner = [min(sum(p * q for p, q in side) for side in one) for one in tens]
    assert found.depth_10 == pytest.approx(np.mean(thinner))
    (bid, bid_size), (ask, ask_size) = tens[-1][0][0], tens[-1][1][0]
    assert found.microprice == pytest.approx((bid * ask_size + ask * bid_size) / (bid_size + ask_size))
    assert bid < found.microprice < ask
    gone = added = stood = 0.0
    for before, after in pairwise({**dict(b), **dict(a)} for b, a in tens):
        for price in before.keys() & after.keys():
            stood += before[price]
            gone += max(before[price] - after[price], 0.0)
            added += max(after[price] - before[price], 0.0)
    assert found.depletion == pytest.approx(gone / stood)
    assert found.replenishment == pytest.approx(min(added / gone, 1.0))


def test_what_comes_later_changes_no_candle_and_nothing_is_kept_for_ever() -> None:
    early, late = FlowMeter("1m"), FlowMeter("1m")
    for tick in ticks(3, 500):
        if tick.ts < T0 + STEP:
            early.trade(tick)
        late.trade(tick)
    assert early.measured(NAME, T0) == late.measured(NAME, T0)
    late.measured(NAME, T0 + 10 * STEP)
    assert late._tapes == {}


def test_the_sum_of_signed_volume_begins_anew_each_day() -> None:
    meter = FlowMeter("1m")
    for ts in (T0 - STEP, T0):
        meter.trade(Tick(ts, NAME, 100.0, 2.0, Side.BUY, 100.0, 100.0))
    sums = [one.cvd for ts in (T0 - STEP, T0) if (one := meter.measured(NAME, ts).tape) is not None]
    assert sums == [2.0, 2.0]


def test_a_candle_without_trades_or_books_says_so_and_a_crossed_book_tells_nothing() -> None:
    meter = FlowMeter("1m")
    meter.book(NAME, T0, [(101.0, 1.0)], [(100.0, 1.0)])
    meter.book(NAME, T0, [], [(100.0, 1.0)])
    found = meter.measured(NAME, T0)
    assert (found.book, found.tape) == (None, None)
