"""`python -m tests.bench.flat [HOURS]`: a feed with trades and depth over hours of market time: its memory.

Frames as Binance sends them, decoded, put together and published as in a run; only the clock is virtual.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

import anyio
import anyio.lowlevel
import numpy as np

from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import VirtualClock
from barfinex.events.provider import BookChanged, TradePrinted
from barfinex.provider.feeds.live import LiveFeed
from barfinex.provider.streams.messages import Depth
from tests.bench.streams import Loaded, trade
from tests.provider.feeds.source import NAME

TICK_MS, TRADES, DEPTHS = 100, 20, 5
PAGE = 4_096
T0 = 1_700_000_040_000


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


class Market(Loaded):
    """A book that walks about: levels come, change and go."""

    def __init__(self) -> None:
        super().__init__()
        self.draw, self.middle, self.number = np.random.Generator(np.random.PCG64(1)), 61_800.0, 0

    async def snapshot(self, instrument: str) -> Depth:
        self.snapshots += 1
        levels = range(1, 501)
        bids = tuple((round(self.middle - k / 10, 1), 1.0) for k in levels)
        asks = tuple((round(self.middle + k / 10, 1), 1.0) for k in levels)
        return Depth(instrument, T0, bids, asks, last=self.last, snapshot=True)

    def _level(self, sign: int) -> list[str]:
        away, size = self.draw.integers(1, 400) / 10, self.draw.integers(0, 4)
        return [f"{self.middle + sign * away:.1f}", f"{size}.000"]

    def tick(self, now: int) -> None:
        for _ in range(TRADES):
            self.number += 1
            self.sink(trade(self.number, now))
        for _ in range(DEPTHS):
            bids, asks = ([self._level(sign) for _ in range(20)] for sign in (-1, 1))
            self.last += 1
            numbers = {"U": self.last, "u": self.last, "b": bids, "a": asks}
            event = {"e": "depthUpdate", "E": now, "T": now, "s": "BTCUSDT", **numbers}
            self.sink(json.dumps(event).encode())


async def run(hours: float) -> None:
    clock, source = VirtualClock(T0), Market()
    wakes: list[tuple[int, anyio.Event]] = []

    async def sleep(seconds: float) -> None:
        woken = anyio.Event()
        wakes.append((clock.now() + round(seconds * 1_000), woken))
        await woken.wait()

    bus = Bus(MemoryTransport(), HashJournal(), clock, "run-flat", arriving=True)
    feed = LiveFeed(source, [NAME], "1m", clock, sleep, backfill=5)
    heard: Counter[str] = Counter()
    bus.tap(lambda envelope: heard.update((type(envelope.event).__name__,)), TradePrinted, BookChanged)
    ticks, began = int(hours * 3_600_000 / TICK_MS), time.perf_counter()
    async with anyio.create_task_group() as group:
        group.start_soon(feed, bus.port("provider", lambda _work: None))
        for tick in range(ticks):
            clock.move(clock.now() + TICK_MS)
            source.tick(clock.now())
            for _, woken in [one for one in wakes if one[0] <= clock.now()]:
                woken.set()
            wakes[:] = [one for one in wakes if one[0] > clock.now()]
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            if not (tick + 1) % (ticks // 8):
                done = (tick + 1) * TICK_MS / 3_600_000
                print(f"  {done:5.2f} h  {resident_mb():7.1f} MB  {source.snapshots} snapshots", flush=True)
        group.cancel_scope.cancel()
    messages = ticks * (TRADES + DEPTHS)
    print(f"  published: {dict(heard)}")
    print(f"  {messages:,} messages, {messages / (time.perf_counter() - began):,.0f} a second")


if __name__ == "__main__":
    anyio.run(run, float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
