"""A market in which a strategy's signals can be told apart by what is known, and the Advisor on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from barfinex.domain.candles import Series
from barfinex.domain.signal import Bracket, Direction, Signal
from barfinex.events.base import Event
from tests.advisor.builders import STEP, signal
from tests.advisor.road import Road

HORIZON = 20
EVERY = 10


def waves(candles: int, seed: int = 5) -> Series:
    """A trend that turns every two hundred candles or so, in noise: to go along with it wins more often."""
    rng = np.random.default_rng(seed)
    turns = np.repeat(rng.choice([-1.0, 1.0], candles // 100 + 1), 100)[:candles]
    quiet = np.repeat(rng.choice([1.0, 2.5], candles // 400 + 1), 400)[:candles]
    moves = 0.0006 * turns + 0.002 * quiet * rng.standard_normal(candles)
    close = 100.0 * np.exp(np.cumsum(moves))
    wick = 1.0 + 0.0006 * rng.random(candles)
    ts = np.arange(candles, dtype=np.int64) * STEP
    opened = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(opened, close) * wick, np.minimum(opened, close) / wick
    return Series("BTC-USDT", "1m", ts, opened, high, low, close, np.ones(candles))


def signals(series: Series, start: int, stop: int) -> Iterator[tuple[int, Signal]]:
    """A long signal every ten candles, at the close of the candle before its index."""
    for at in range(start, stop, EVERY):
        yield (
            at,
            signal(
                at,
                series.ts.item(at - 1) // STEP,
                price=series.close.item(at - 1),
                bracket=Bracket(0.006, 0.009),
                direction=Direction.LONG if at % 3 else Direction.SHORT,
            ),
        )


async def travel(road: Road, series: Series, start: int, stop: int, block: int = 0) -> list[Event]:
    """Candles and signals from one index to another; all that the Advisor said."""
    said: list[Event] = []
    at = start
    for index, sent in signals(series, start + EVERY, stop):
        said += await road.candles(series, block, at, index)
        said += await road.signal(sent)
        at = index
    return said + await road.candles(series, block, at, stop)
