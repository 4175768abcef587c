"""Seeded candles, partitions of them, and a strategy that trades often enough to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from barfinex.domain.candles import Candles, Series
from barfinex.sdk import Bracket, Condition, Strategy, close, crosses_above, crosses_below, ema, rsi

BTC, MINUTE = "BTC-USDT", 60_000


def walk(
    count: int, seed: int = 7, *, step: float = 0.002, timeframe: str = "1m", symbol: str = BTC
) -> Series:
    """A random walk around 100; every candle opens at the close before it."""
    draw = np.random.default_rng(seed)
    path = 100.0 * np.exp(np.cumsum(draw.normal(0.0, step / 2, (count, 4)).ravel())).reshape(count, 4)
    last = path[:, -1].copy()
    first = np.concatenate(([100.0], last[:-1]))
    span = {"1s": 1_000, "1m": MINUTE, "5m": 5 * MINUTE}[timeframe]
    return Series(
        symbol,
        timeframe,
        np.arange(count, dtype=np.int64) * span,
        first,
        np.maximum(path.max(axis=1), first),
        np.minimum(path.min(axis=1), first),
        last,
        np.exp(draw.normal(0.0, 0.8, count)),
    )


def of_closes(*closes: float) -> Series:
    """Candles without a range."""
    column = np.array(closes, dtype=np.float64)
    ts = np.arange(len(column), dtype=np.int64) * MINUTE
    return Series(BTC, "1m", ts, column, column, column, column, np.ones(len(column)))


def blocks(series: Series, cuts: list[int]) -> Iterator[Candles]:
    """The series in the blocks that these cuts make."""
    for start, stop in pairwise(sorted({0, len(series.ts), *cuts})):
        yield Candles(series, start, stop)


def strategy(**changes: Any) -> Strategy:
    """Long and short on a cross of two short averages."""
    fast, slow = ema(3), ema(8)
    fields: dict[str, Any] = {
        "name": "sample",
        "long": [
            Condition("cross", crosses_above(fast, slow), weight=0.7),
            Condition("cool", rsi(7) < 70, weight=0.2),
            Condition("up", close > ema(20), weight=0.1),
        ],
        "short": [Condition("cross", crosses_below(fast, slow))],
        "exit_long": [Condition("back", crosses_below(fast, slow)), Condition("hot", rsi(7) > 85)],
        "exit_short": [Condition("back", crosses_above(fast, slow))],
        "threshold": 0.9,
        "bracket": Bracket(stop=0.02, target=0.04),
    }
    return Strategy(**{**fields, **changes})
