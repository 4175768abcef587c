"""A Detector among events, and strategies that say something at every candle."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from barfinex.clock import VirtualClock
from barfinex.detector.loader import Loaded, LoadedStrategy
from barfinex.detector.module import DetectorModule
from barfinex.domain.candles import Candles, Series
from barfinex.domain.ids import kin
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Direction, Signal, SignalKind
from barfinex.events.base import Event
from barfinex.events.detector import (
    SignalDetected,
)
from barfinex.events.inspector import PositionOpened, TradeClosed
from barfinex.events.provider import CandlesClosed
from barfinex.sdk import Bracket, Condition, Strategy, close
from tests.detector.market import BTC
from tests.fakes import FakeJournal, FakePort

ONE = Decimal(1)
ALWAYS = Condition("always", close > 0)
HIGH = Condition("high", close > 5)


def always(**changes: Any) -> Strategy:
    return Strategy(
        **{"name": "always", "long": [ALWAYS], "bracket": Bracket(stop=0.02, target=0.04), **changes}
    )


def loaded(*strategies: Strategy) -> Loaded:
    return Loaded(tuple(LoadedStrategy(one, f"{one.name}.py", "00") for one in strategies))


def opened(signal: Signal) -> PositionOpened:
    return PositionOpened(
        instrument=signal.instrument,
        trade_id=kin("trd", signal.id),
        strategy=signal.strategy,
        direction=signal.direction,
        quantity=ONE,
        entry_price=ONE,
        entry_ts=signal.candle_ts,
        stop=ONE,
        target=None,
    )


def closed(trade_id: str, name: str, ts: int) -> TradeClosed:
    trade = RoundTrip(trade_id, name, BTC, Direction.LONG, ONE, ts, ts, ONE, ONE, ONE, ONE, "stop")
    return TradeClosed(instrument=BTC, trade=trade, r_net=0.0)


class World:
    """A Detector, and the least of everything behind it: an entry is filled at once, and so is an exit."""

    def __init__(self, *strategies: Strategy, fills: bool = True) -> None:
        self.module = DetectorModule(loaded(*strategies))
        self.journal, self.clock, self.fills = FakeJournal(), VirtualClock(), fills
        self.port = FakePort(self.journal, self.clock)
        self.trades: dict[str, str] = {}

    async def say(self, event: Event) -> list[Signal]:
        known = len(self.journal.rows)
        await self.module.handle(event, self.port)
        said = [row.event for row in self.journal.rows[known:]]
        return [event.signal for event in said if isinstance(event, SignalDetected)]

    async def close(self, block: Candles) -> list[Signal]:
        """Deliver a block as it closes, and fill what follows from it."""
        self.clock.move(max(block.known_at, self.clock.now()))
        signals = await self.say(CandlesClosed(candles=block))
        for signal in signals if self.fills else []:
            if signal.kind is SignalKind.ENTRY:
                self.trades[signal.strategy] = kin("trd", signal.id)
                await self.say(opened(signal))
            else:
                await self.stop(signal.strategy)
        return signals

    async def stop(self, name: str) -> None:
        if name in self.trades:
            await self.say(closed(self.trades.pop(name), name, self.clock.now()))


async def drive(
    series: Series, most: int, strategies: Sequence[Strategy], stops: Sequence[int]
) -> list[Event]:
    """A run in blocks of at most so many candles, in which a position is stopped out at some candles."""
    world, at = World(*strategies), 0
    while at < len(series.ts):
        until = min([len(series.ts), at + most, *(stop + 1 for stop in stops if stop >= at)])
        count = world.module.quiet(Candles(series, at, until)) if most > 1 else 1
        block = Candles(series, at, at + count)
        at += count
        if at - 1 in stops:
            world.clock.move(block.known_at)
            for one in strategies:
                await world.stop(one.name)
        await world.close(block)
    return world.journal.events()
