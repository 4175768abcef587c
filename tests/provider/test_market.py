"""The embedded market is reproducible to the last tick, consistent in itself, and behaves like a market."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from math import nan

import numpy as np
import pytest

from barfinex.config import MarketConfig
from barfinex.domain.candles import Candles, Floats
from barfinex.domain.errors import BadInput
from barfinex.domain.order import Side
from barfinex.provider.candles import CandleBuilder
from barfinex.provider.venues.market import SimMarket, Tick

START = 1_700_000_000_000
SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"]
MINUTE = 60_000


def market(seed: int = 7, symbols: list[str] = SYMBOLS, config: MarketConfig | None = None) -> SimMarket:
    return SimMarket(symbols, config or MarketConfig(), seed, START)


def ticks(seed: int = 7, minutes: int = 2, symbols: list[str] = SYMBOLS) -> list[Tick]:
    return list(market(seed, symbols).ticks(START + minutes * MINUTE))


def returns(seed: int = 7, count: int = 20_000, config: MarketConfig | None = None) -> Floats:
    return np.diff(np.log(market(seed, config=config).history("BTC-USDT", count).close))


# Reproducible


def test_the_same_seed_gives_the_same_ticks_and_another_seed_others() -> None:
    assert ticks(7) == ticks(7)
    assert ticks(7) != ticks(8)


@pytest.mark.parametrize("step", [1, 50, 777, 31_999, 32_000, 119_999])
def test_ticks_do_not_depend_on_how_they_are_asked_for(step: int) -> None:
    split = market()
    moments = [*range(START, START + 2 * MINUTE, step), START + 2 * MINUTE]
    assert [tick for until in moments for tick in split.ticks(until)] == ticks()


def test_a_tick_not_taken_is_not_lost() -> None:
    broken_off = market()
    taken = []
    for tick in broken_off.ticks(START + 2 * MINUTE):
        taken.append(tick)
        if len(taken) == 100:
            break
    assert [*taken, *broken_off.ticks(START + 2 * MINUTE)] == ticks()


def test_asking_for_history_or_a_book_changes_no_tick() -> None:
    asked = market()
    asked.history("BTC-USDT", 500)
    asked.book("ETH-USDT")
    assert list(asked.ticks(START + 2 * MINUTE)) == ticks()


def test_the_stream_of_an_instrument_does_not_depend_on_what_else_is_traded() -> None:
    assert [t for t in ticks() if t.instrument == SYMBOLS[0]] == ticks(symbols=SYMBOLS[:1])


# Consistent


def test_ticks_come_in_time_order_up_to_the_moment_asked_for() -> None:
    times = [tick.ts for tick in ticks()]
    assert times == sorted(times)
    assert times[0] >= START
    assert START + 2 * MINUTE - 1_000 < times[-1] <= START + 2 * MINUTE


def test_every_candle_of_every_instrument_has_four_to_eight_ticks() -> None:
    builder, counts = CandleBuilder("1s"), dict[tuple[str, int], int]()
    for tick in market().ticks(START + MINUTE - 1):
        builder.add(tick)
        place = tick.instrument, tick.ts // 1_000
        counts[place] = counts.get(place, 0) + 1
    assert len(counts) == len(SYMBOLS) * 60
    assert set(counts.values()) == {4, 5, 6, 7, 8}
    assert len(builder.close_until(START + MINUTE)) == len(counts)


def test_history_ends_where_the_ticks_begin() -> None:
    one = market(seed=3)
    first = {tick.instrument: tick.price for tick in reversed(list(one.ticks(START + 999)))}
    for symbol in SYMBOLS:
        history = one.history(symbol, 400)
        assert len(history.ts) == 400
        assert int(history.ts[-1]) == START - 1_000
        assert set(np.diff(history.ts).tolist()) == {1_000}
        assert abs(first[symbol] / history.close[-1] - 1) < 0.01


def test_history_of_no_candles_is_empty() -> None:
    assert len(market().history("BTC-USDT", 0).ts) == 0


def test_candles_contain_their_open_and_close_and_have_volume() -> None:
    history = market().history("SOL-USDT", 5_000)
    assert np.all(history.low <= np.minimum(history.open, history.close))
    assert np.all(history.high >= np.maximum(history.open, history.close))
    assert np.all(history.low > 0)
    assert np.all(history.volume > 0)


def test_the_start_is_put_back_onto_the_grid_of_candles() -> None:
    begun = SimMarket(SYMBOLS, MarketConfig(timeframe="1m"), 7, START + 12_345)
    history = begun.history("BTC-USDT", 10)
    assert int(history.ts[-1]) % MINUTE == 0
    assert int(history.ts[-1]) + MINUTE <= START + 12_345
    assert next(begun.ticks(START + MINUTE)).ts >= int(history.ts[-1]) + MINUTE


def test_instruments_start_at_prices_of_their_own_and_the_first_at_the_one_configured() -> None:
    one = market(config=MarketConfig(price=50_000.0))
    closes = [float(one.history(symbol, 1).close[-1]) for symbol in SYMBOLS]
    assert closes == [50_000.0, 2_500.0, 125.0]


def test_a_market_goes_on_from_the_prices_given() -> None:
    on = SimMarket(SYMBOLS, MarketConfig(), 7, START, {"BTC-USDT": 71_234.5, "ETH-USDT": 1_234.0})
    assert on.history("BTC-USDT", 1).close[-1] == 71_234.5
    assert abs(next(t for t in on.ticks(START + 999) if t.instrument == "ETH-USDT").price / 1_234 - 1) < 0.01


@pytest.mark.parametrize("price", [nan, 0.0, -1.0, float("inf")])
def test_a_price_to_go_on_from_must_be_positive_and_finite(price: float) -> None:
    with pytest.raises(BadInput, match="BTC-USDT price"):
        SimMarket(SYMBOLS, MarketConfig(), 7, START, {"BTC-USDT": price})


@pytest.mark.parametrize("step", ["0.01", "0.5", "5", "1E+1"])
def test_every_price_is_on_the_step_of_its_instrument(step: str) -> None:
    steps = {"BTC-USDT": Decimal(step), "ETH-USDT": None}
    one = SimMarket(SYMBOLS[:2], MarketConfig(), 7, START, steps=steps)
    traded = [tick for tick in one.ticks(START + 20_000) if tick.instrument == "BTC-USDT"]
    prices = [price for tick in traded for price in (tick.price, tick.bid, tick.ask)]
    prices += one.history("BTC-USDT", 20).high.tolist()
    bids, asks = one.book("BTC-USDT")
    prices += [price for price, _ in bids + asks]
    assert [price for price in prices if Decimal(repr(price)) % Decimal(step)] == []


def test_a_trade_is_at_the_ask_of_a_buyer_or_at_the_bid_of_a_seller() -> None:
    traded = ticks()
    assert all(t.bid < t.ask and t.price == (t.ask if t.side is Side.BUY else t.bid) for t in traded)
    assert {t.side for t in traded} == set(Side)
    assert all(t.quantity > 0 for t in traded)


def test_a_book_has_five_levels_a_side_around_the_last_price() -> None:
    one = market()
    last = {tick.instrument: tick for tick in one.ticks(START + 5_000)}
    for symbol in SYMBOLS:
        bids, asks = one.book(symbol)
        assert (bids[0][0], asks[0][0]) == (last[symbol].bid, last[symbol].ask)
        assert len(bids) == len(asks) == 5
        assert all(better > worse for (better, _), (worse, _) in pairwise(bids))
        assert all(better < worse for (better, _), (worse, _) in pairwise(asks))
        assert all(quantity > 0 for _, quantity in bids + asks)


def test_there_is_a_book_before_the_first_tick() -> None:
    bids, asks = market().book("BTC-USDT")
    assert bids[0][0] < 60_000 < asks[0][0]


def test_a_price_of_a_step_or_two_stays_above_zero() -> None:
    tiny = SimMarket(["X"], MarketConfig(price=0.02, volatility=0.1), 7, START, steps={"X": Decimal("0.01")})
    assert all(min(t.price, t.bid) > 0 for t in tiny.ticks(START + MINUTE))
    assert all(price > 0 for price, _ in tiny.book("X")[0])


# Like a market


@pytest.mark.parametrize("volatility", [0.0002, 0.0008, 0.02])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_returns_have_the_volatility_configured(seed: int, volatility: float) -> None:
    assert 0.85 < returns(seed, config=MarketConfig(volatility=volatility)).std() / volatility < 1.15


def test_candles_of_the_stream_move_like_those_of_history() -> None:
    builder = CandleBuilder("1s")
    for tick in market(symbols=["BTC-USDT"]).ticks(START + 4_000_000):
        builder.add(tick)
    candles: list[Candles] = builder.close_until(START + 4_000_000)
    moved = np.diff(np.log([candle.last_close for candle in candles]))
    assert len(moved) == 3_999
    assert 0.75 < moved.std() / 0.0008 < 1.25


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_volatility_clusters(seed: int) -> None:
    size = np.abs(returns(seed))
    assert all(np.corrcoef(size[lag:], size[:-lag])[0, 1] > 0.05 for lag in (1, 5, 10))


def test_squares_of_returns_are_correlated_too() -> None:
    squares = np.minimum(returns(1, 40_000), 0.004) ** 2
    assert np.corrcoef(squares[1:], squares[:-1])[0, 1] > 0.03


def test_returns_have_fat_tails_and_rare_jumps() -> None:
    moved = returns(1)
    assert np.mean(moved**4) / np.mean(moved**2) ** 2 > 4
    assert 0.0002 < np.mean(np.abs(moved) > 6 * moved.std()) < 0.005


def test_volume_follows_volatility() -> None:
    history = market().history("BTC-USDT", 20_000)
    size = np.abs(np.diff(np.log(history.close)))
    assert np.corrcoef(history.volume[1:], size)[0, 1] > 0.15


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_regimes_switch_so_often_that_ten_minutes_hold_trends_both_ways_and_ranges(seed: int) -> None:
    moved = returns(seed, 601)
    moves = np.convolve(moved, np.ones(30), "valid") / (moved.std() * np.sqrt(30))
    assert moves.max() > 1.5
    assert moves.min() < -1.5
    assert np.mean(np.abs(moves) < 0.75) > 0.1


def test_trends_carry_on_for_tens_of_candles() -> None:
    """A random walk has a variance ratio of one."""
    path = np.cumsum(returns(1, 40_000))
    one, thirty = np.var(np.diff(path)), np.var(path[30:] - path[:-30]) / 30
    assert 1.5 < thirty / one < 4


def test_the_price_does_not_wander_off_in_a_day() -> None:
    close = market().history("BTC-USDT", 86_400).close
    assert close.max() / close.min() < 3
