"""A market and modules small enough to see through, on the driver of virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from barfinex.bus.port import Port
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.domain.candles import Candles, Series
from barfinex.events.base import Envelope, Event
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import CandlesClosed, OrderAccepted
from barfinex.runtime.replay import UPSETTING, LockstepDriver
from tests.bus.facts import Rig

Happening = tuple[int, str]


@dataclass
class ToyMarket:
    """Market orders fill at the next open, resting ones at the first candle whose high reaches them."""

    rig: Rig
    resting: dict[str, list[float]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    calls: list[tuple[int, str, str]] = field(default_factory=list)

    def awaits_open(self, instrument: str) -> bool:
        return instrument in self.waiting

    def meets(self, block: Candles) -> bool:
        reached = block.high[-1] >= min(self.resting.get(block.instrument) or [np.inf])
        return block.instrument in self.waiting or bool(reached)

    def quiet(self, candles: Candles) -> int:
        if candles.instrument in self.waiting:
            return 1
        touched = candles.high >= min(self.resting.get(candles.instrument) or [np.inf])
        return int(touched.argmax()) + 1 if touched.any() else len(candles)

    def open(self, candle: Candles) -> None:
        self._note("open", candle)
        self.waiting.discard(candle.instrument)
        self.say(candle.instrument, f"bought at {candle.open[0]:g}")

    def sweep(self, block: Candles) -> None:
        self._note("sweep", block)
        for level in sorted(self.resting.get(block.instrument, ())):
            if block.high.max() >= level:
                assert (block.high[:-1] < level).all(), "a candle before the last touched an order"
                self.resting[block.instrument].remove(level)
                self.say(block.instrument, f"sold at {level:g}")

    def close(self, block: Candles) -> None:
        self._note("close", block)
        self.rig.publish(CandlesClosed(candles=block))

    def say(self, instrument: str, text: str) -> None:
        self.rig.publish(OrderAccepted(instrument=instrument, order_id=text))

    def _note(self, what: str, block: Candles) -> None:
        self.calls.append((self.rig.clock.now(), what, f"{block.instrument} {block.timeframe}"))


@dataclass
class Trader:
    """Buys when a close crosses its `level` upwards, rests a sale above, and asks to be told `after_ms`."""

    rig: Rig
    market: ToyMarket
    timeframe: str = "1m"
    level: float = 100.0
    after_ms: int = 90_000
    name: str = "trader"
    consumes: tuple[type[Event], ...] = (CandlesClosed, AlertFired, OrderAccepted)
    closed: dict[str, float] = field(default_factory=dict)
    woken: list[tuple[int, dict[str, float]]] = field(default_factory=list)

    def fold(self, envelope: Envelope) -> None:
        raise AssertionError("nothing is restored here")

    def quiet(self, candles: Candles) -> int:
        if candles.timeframe != self.timeframe:
            return len(candles)
        before = np.concatenate(([self.closed.get(candles.instrument, np.inf)], candles.close[:-1]))
        if candles.start:
            before[0] = candles.series.close[candles.start - 1]
        crossed = (candles.close > self.level) & (before <= self.level)
        return int(crossed.argmax()) + 1 if crossed.any() else len(candles)

    async def handle(self, event: Event, port: Port) -> None:
        if isinstance(event, AlertFired):
            self.woken.append((port.now, dict(self.closed)))
            self.market.say("A", f"woken by {event.name}")
        elif isinstance(event, OrderAccepted) and event.order_id.startswith("bought"):
            self.market.resting.setdefault(event.instrument, []).append(self.level + 3)
            port.clock.alert(port.now + self.after_ms, event.instrument)
        elif isinstance(event, CandlesClosed) and event.candles.timeframe == self.timeframe:
            block = event.candles
            before = block.series.close[block.stop - 2] if block.stop > 1 else np.inf
            self.closed[block.instrument] = block.last_close
            if block.last_close > self.level >= before:
                self.market.waiting.add(block.instrument)
                self.market.say(block.instrument, f"buy after {block.last_close:g}")


@dataclass
class Stage:
    """Runs series through the toys; `block` as the driver takes it."""

    series: Sequence[Series]
    block: int = 0

    def __post_init__(self) -> None:
        transport = LockstepTransport()
        self.clock = VirtualClock()
        self.rig = Rig(transport, clock=self.clock, arriving=False)
        self.market = ToyMarket(self.rig)
        self.trader = Trader(self.rig, self.market)
        self.rig.seat(self.trader, "provider")
        self.driver = LockstepDriver(
            self.series, self.market, [self.trader], self.clock, transport, self._fire, self.block
        )
        self.rig.bus.tap(self.driver.heard.append, *UPSETTING)

    def _fire(self, at: int, name: str) -> None:
        self.rig.publish(AlertFired(name=name, at=at))

    async def run(self) -> list[Happening]:
        """What happened, and when: candles, which are not journaled, apart."""
        await self.driver.run()
        return [(row.known_at, row.event.body().decode()) for row in self.rig.journal.rows]
