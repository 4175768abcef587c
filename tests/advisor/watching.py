"""A room in which decisions wait, beside the market it is told of."""

from __future__ import annotations

from typing import Any

import numpy as np

from barfinex.advisor.learning.waiting import WaitingRoom
from barfinex.advisor.learning.watched import Result
from barfinex.domain.candles import Candles, Series
from barfinex.domain.signal import Direction
from barfinex.domain.view import MarketView
from barfinex.events.advisor_response import DecisionResponded
from tests.advisor.builders import STEP
from tests.advisor.told import decision

HORIZON = 10


def made(series: Series, at: int, **changes: Any) -> DecisionResponded:
    """Decided at the close of candle `at`."""
    side = Direction.LONG if at % 2 else Direction.SHORT
    price = series.close.item(at)
    return decision(at, at, direction=side, entry=price, mid=price, cost=0.001, **changes)


def now_of(at: int) -> int:
    return (at + 1) * STEP


class Hall:
    """A room beside the market it is told of."""

    def __init__(self, horizon: int = HORIZON) -> None:
        self.room, self.view = WaitingRoom(horizon), MarketView()

    def close(self, candles: Candles) -> None:
        self.view.fold(candles)
        self.room.fold(candles)

    def expect(self, told: DecisionResponded) -> None:
        self.room.expect(told, told.candle_ts + STEP, self.view)


def plain(results: list[Result]) -> list[tuple[object, ...]]:
    return [
        (one.waiting.decision.decision_id, one.r_net, one.barrier, one.touched_at, one.ambiguous, one.source)
        for one in results
    ]


def holed(series: Series, gone: int) -> Series:
    kept = np.delete(np.arange(len(series.ts)), gone)
    opened, high, low, close = (c[kept] for c in (series.open, series.high, series.low, series.close))
    return Series("BTC-USDT", "1m", series.ts[kept], opened, high, low, close, series.volume[kept])
