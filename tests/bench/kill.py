"""How long a kill takes in-process: until no entry leaves, and until each one under way is asked back."""

from __future__ import annotations

import time
from typing import cast

import anyio
import numpy as np

from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.port import Module
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.config import InspectorConfig, SizingConfig
from barfinex.domain.instrument import Instrument
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import CancelRequested, IntentApproved, TradingHalted
from barfinex.events.provider import CandlesClosed
from barfinex.events.studio import HaltRequested
from barfinex.inspector.module import InspectorModule
from barfinex.provider.killswitch import KillSwitch
from barfinex.runtime.drills.scenes import WIDE
from barfinex.runtime.kernel import attach
from tests.factories import order_request
from tests.inspector.story import BTC, D, candle, intent, proposed

ENTRIES, ROUNDS = 100, 20
LIMITS = InspectorConfig.model_validate(
    {**WIDE, "open_positions_max": 10_000, "trades_per_day_max": 100_000, "open_orders_max": 100_000}
)


class Rig:
    """An Inspector with a task and an inbox of its own, and what it says."""

    def __init__(self) -> None:
        self.transport, clock = MemoryTransport(), SystemClock()
        self.bus = Bus(self.transport, HashJournal(), clock, "run-1", arriving=True)
        sizing = SizingConfig(method="units", units=D(1))
        self.inspector = InspectorModule(LIMITS, sizing, {BTC: Instrument(BTC)}, D(10**9))
        self.ports = attach(self.bus, self.transport, [cast("Module", self.inspector)])
        self.said: list[tuple[float, Event]] = []
        self.gate = KillSwitch()
        self.bus.taps += [self._hear, self.gate.tap]
        self.clock = clock

    def _hear(self, envelope: Envelope) -> None:
        self.said.append((time.perf_counter(), envelope.event))

    def propose(self, count: int, first: int) -> None:
        now = self.clock.now()
        self.bus.publish(CandlesClosed(candles=candle(100.0, now)), "provider")
        for n in range(first, first + count):
            wish = intent(str(n), strategy=f"s{n}", expires_at=now + 60_000)
            self.bus.publish(proposed(wish), "advisor")


async def one(waiting: int) -> tuple[float, float, float]:
    """Milliseconds until no entry leaves any more, until TradingHalted, and until the last cancel; `waiting`
    intents stand before the wish in the Inspector's inbox."""
    rig = Rig()
    async with anyio.create_task_group() as group:
        group.start_soon(rig.transport.run, "inspector", rig.ports["inspector"], lambda: None)
        await anyio.lowlevel.checkpoint()
        rig.propose(ENTRIES, 0)
        await rig.transport.settle()
        rig.propose(waiting, ENTRIES)
        rig.said.clear()
        began = time.perf_counter()
        rig.bus.publish(HaltRequested(way="api", reason="bench"), "studio")
        assert rig.gate.blocks(order_request())
        shut = time.perf_counter()
        await rig.transport.settle()
        rig.transport.close("inspector")
    halted = next(at for at, event in rig.said if isinstance(event, TradingHalted))
    cancels = [at for at, event in rig.said if isinstance(event, CancelRequested)]
    late = [at for at, event in rig.said if isinstance(event, IntentApproved) and at > halted]
    assert not late
    assert len(cancels) >= ENTRIES
    return (shut - began) * 1e3, (halted - began) * 1e3, (cancels[-1] - began) * 1e3


def report() -> None:
    """Print one line for an idle Inspector and one for a busy one."""
    for waiting in (0, 500):
        times = np.array([anyio.run(one, waiting) for _ in range(ROUNDS)])
        half, most = np.percentile(times, [50, 99], axis=0)
        told = ("no entry leaves after", "the Inspector says so after", "all are asked back after")
        said = (f"{w} {p50:.2f} ms (p99 {p99:.2f})" for w, p50, p99 in zip(told, half, most, strict=True))
        print(f"kill, {ENTRIES} entries under way, {waiting} intents waiting: {'; '.join(said)}")


if __name__ == "__main__":
    report()
