"""How long an approved order takes to the venue's door: bus, inbox, journal on the disk, last look, send."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import anyio
import numpy as np

from barfinex.audit.journal import SqliteJournal
from barfinex.bus.bus import Bus
from barfinex.bus.port import Module
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.domain.order import OrderRequest
from barfinex.domain.verdict import Approved
from barfinex.events.inspector import IntentApproved
from barfinex.inspector.approvals import approve
from barfinex.provider.module import ProviderModule
from barfinex.provider.orders import OrderGateway
from barfinex.runtime.kernel import attach
from tests.factories import BTC, order_request
from tests.fakes import FakeVenue

ORDERS = 300


class Door(FakeVenue):
    """A venue that notes when an order came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: dict[str, float] = {}
        self.knock = anyio.Event()

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        self.came[approved[0].order.id] = time.perf_counter()
        self.knock.set()
        await super().submit(approved)


async def walk(path: Path) -> list[float]:
    """Milliseconds from each approval's publication to the venue's door, one order after the other."""
    took: list[float] = []
    with SqliteJournal(path, sync="full") as journal:
        transport, clock, door = MemoryTransport(), SystemClock(), Door()
        bus = Bus(transport, journal, clock, "run-1", arriving=True)
        provider = ProviderModule(OrderGateway(door, journal))
        ports = attach(bus, transport, [cast("Module", provider)])
        provider.gateway.start(ports["provider"])
        async with anyio.create_task_group() as group:
            group.start_soon(transport.run, "provider", ports["provider"], lambda: None)
            await anyio.lowlevel.checkpoint()
            for n in range(ORDERS):
                order = order_request(f"ord-{n}-e", trade_id=f"trd-{n}")
                permit = approve(order, clock.now(), 60_000)
                door.knock = anyio.Event()
                began = time.perf_counter()
                bus.publish(
                    IntentApproved(instrument=BTC, intent_id=f"int-{n}", checks=(), approval=permit),
                    "inspector",
                )
                with anyio.fail_after(10):
                    await door.knock.wait()
                took.append((door.came[order.id] - began) * 1e3)
            transport.close("provider")
    return took


def measure() -> None:
    """Print the percentiles; one wait for the disk is inside, and timed bare in the lines above."""
    with TemporaryDirectory() as name:
        took = anyio.run(walk, Path(name) / "wire.db")
    half, most = np.percentile(took, [50, 99])
    print(f"approval to the venue's door, disk included: p50 {half:.1f} ms, p99 {most:.1f} ms")


if __name__ == "__main__":
    measure()
