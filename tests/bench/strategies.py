"""Strategies in figures: ten conditions over five years of minutes, and a close with a hundred of them."""

from __future__ import annotations

import time
from typing import Any

import anyio

from barfinex import sdk
from barfinex.clock import VirtualClock
from barfinex.detector.loader import Loaded, LoadedStrategy
from barfinex.detector.module import DetectorModule
from barfinex.detector.scoring import Scorer
from barfinex.domain.candles import Candles
from barfinex.events.provider import CandlesClosed
from barfinex.sdk import Bracket, Condition, Strategy, close, high, low, volume
from tests.bench.journal import quantile
from tests.detector.market import walk
from tests.fakes import FakeJournal, FakePort

CANDLES, MANY, CLOSES = 2_600_000, 100, 1_000
INSTRUMENTS, EACH = 50, 100_000


def ten(name: str = "ten", n: int = 20) -> Strategy:
    """Ten conditions on averages, oscillators, ranges and volume."""
    span = sdk.atr(14) / close
    parts = [
        sdk.crosses_above(sdk.ema(n), sdk.ema(5 * n)),
        sdk.rsi(14) < 60,
        close > sdk.sma(2 * n),
        close > sdk.bollinger_lower(n),
        volume > sdk.sma(volume, n),
        sdk.atr(10) < 1.5 * sdk.atr(50),
        sdk.change(n) > 0.0,
        high >= sdk.shift(sdk.highest(high, n), 1),
        low > sdk.shift(sdk.lowest(low, n), 1),
        sdk.macd() > 0.0,
    ]
    conditions = [Condition(f"c{number}", one, weight=0.1) for number, one in enumerate(parts)]
    return Strategy(name=name, long=conditions, threshold=0.8, bracket=Bracket(stop=2 * span, target=0.04))


def library(name: str) -> Strategy:
    """Ten of TA-Lib's, which go from candle to candle."""
    parts = [
        sdk.adx(14) > 20, sdk.cci(20) > 0, sdk.mfi(14) < 60, sdk.stoch_k() > sdk.stoch_d(),
        sdk.supertrend_up(), sdk.kama(10) < close, sdk.psar() < close, sdk.williams_r(14) > -50,
        sdk.aroon(14) > 0, sdk.hma(16) < close,
    ]  # fmt: skip
    conditions = [Condition(f"c{number}", one, weight=0.1) for number, one in enumerate(parts)]
    return Strategy(name=name, long=conditions, threshold=0.8, bracket=Bracket(stop=0.02))


def scoring(strategy: Strategy, candles: int, label: str) -> None:
    series = walk(candles)
    began = time.perf_counter()
    Scorer(strategy).deliver(series.block())
    took = time.perf_counter() - began
    print(f"  {label:<44}{took:>7.2f} s, {candles / took / 1e6:>5.1f} million candles/s")


def many() -> None:
    series = [walk(EACH, seed) for seed in range(2)]
    strategy, began = ten(), time.perf_counter()
    for number in range(INSTRUMENTS):
        Scorer(strategy).deliver(series[number % 2].block())
    took = time.perf_counter() - began
    label = f"{INSTRUMENTS} instruments x {EACH:,} candles"
    print(f"  {label:<44}{took:>7.2f} s, {INSTRUMENTS * EACH / took / 1e6:>5.1f} million candles/s")


async def closes(make: Any, label: str) -> None:
    loaded = Loaded(tuple(LoadedStrategy(make(f"s{number}"), "s.py", "00") for number in range(MANY)))
    module, clock, series = DetectorModule(loaded), VirtualClock(), walk(CLOSES + 500)
    port, took = FakePort(FakeJournal(), clock), []
    clock.move(series.block(0, 500).known_at)
    await module.handle(CandlesClosed(candles=series.block(0, 500)), port)
    for at in range(500, 500 + CLOSES):
        event = CandlesClosed(candles=Candles(series, at, at + 1))
        clock.move(event.candles.known_at)
        began = time.perf_counter()
        await module.handle(event, port)
        took.append(time.perf_counter() - began)
    told = f"p50 {quantile(took, 0.5):.1f} ms, p99 {quantile(took, 0.99):.1f} ms"
    print(f"  a candle closes, {MANY} strategies of {label:<10} {told}")


def measure() -> None:
    print("scoring, one thread")
    scoring(ten(), CANDLES, f"ten conditions, {CANDLES:,} candles")
    scoring(library("library"), CANDLES // 10, f"ten of TA-Lib's, {CANDLES // 10:,} candles")
    many()
    anyio.run(closes, lambda name: ten(name, 10 + int(name[1:]) % 30), "ten")
    anyio.run(closes, library, "TA-Lib's")


if __name__ == "__main__":
    measure()
