"""The Advisor alone on a real lockstep bus, with a journal that is a list."""

from __future__ import annotations

from typing import Any

from barfinex.advisor.module import AdvisorModule
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Series
from barfinex.domain.ids import kin
from barfinex.domain.signal import Signal
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import TradeClosed
from barfinex.events.provider import CandlesClosed
from tests.advisor.builders import market, round_trip
from tests.wide import TRUSTING


class Rows:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    def append(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    async def durable(self, seq: int) -> None:
        return None


def advisor(reviewer: Any = None, **config: Any) -> AdvisorModule:
    """One that trusts, unless its configuration says otherwise."""
    made = AdvisorConfig.model_validate({**TRUSTING, **config})
    return AdvisorModule(made, fee=0.0005, spread_bps=2.0, slippage_bps=1.0, reviewer=reviewer)


class Road:
    """Publishes what the other modules would, and keeps what the Advisor says."""

    def __init__(
        self, module: AdvisorModule | None = None, clock: VirtualClock | None = None, **config: Any
    ) -> None:
        self.module = module or advisor(**config)
        self.rows, self.clock, self.transport = Rows(), clock or VirtualClock(), LockstepTransport()
        self.bus = Bus(self.transport, self.rows, self.clock, "run", arriving=True)
        spawner = self.transport.spawner("advisor")
        self.transport.attach(self.module, self.bus.answers("advisor", spawner))

    async def send(self, *events: Event, ts: int | None = None) -> list[Event]:
        """Publish, settle, and return what the Advisor answered."""
        before = len(self.rows.envelopes)
        for event in events:
            self.bus.publish(event, event.publisher, ts=ts)
            await self.transport.settle()
        return [e.event for e in self.rows.envelopes[before:] if e.source == "advisor"]

    async def candles(
        self, series: Series | None = None, block: int = 0, start: int = 0, stop: int | None = None
    ) -> list[Event]:
        """Candles of the series, in blocks of `block` (0: one); what was answered."""
        series = series or market()
        end = len(series.ts) if stop is None else stop
        said: list[Event] = []
        for first in range(start, end, block or max(1, end - start)):
            candles = series.block(first, min(first + (block or end), end))
            self.clock.move(candles.known_at)
            said += await self.send(CandlesClosed(candles=candles))
        return said

    async def signal(self, sent: Signal) -> list[Event]:
        return await self.send(SignalDetected(signal=sent))

    async def outcome(self, sent: Signal, net_pnl: str) -> list[Event]:
        trade = round_trip(kin("trd", sent.id), net_pnl)
        r_net = 1.0 if trade.net_pnl > 0 else -1.0
        return await self.send(TradeClosed(instrument=sent.instrument, trade=trade, r_net=r_net))


def text(events: list[Event]) -> list[str]:
    """The events as they are written down."""
    return [f"{event.wire_type} {event.body().decode()}" for event in events]


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]
