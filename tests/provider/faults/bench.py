"""A faulty venue on a bench: orders written short, prices by the second, and all that was heard."""

from __future__ import annotations

from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path
from typing import Any

from barfinex.clock import VirtualClock
from barfinex.config import VenueConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.events.provider import FaultInjected
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Filled, Report, order_of
from barfinex.provider.venues.errors import VenueError
from barfinex.provider.venues.faults.catalogue import faults_named
from barfinex.provider.venues.faults.venue import FaultyVenue
from barfinex.provider.venues.matching import MatchingEngine
from tests.factories import BTC, START, approved, order_request
from tests.fakes import FakeJournal, FakePort

D = Decimal


class Bench:
    """`said` are the reports as short as can be read; `faults` what the venue announced of itself."""

    def __init__(self, names: str, seed: int = 1) -> None:
        rules = Instrument(BTC, tick=D("0.01"), lot=D("0.001"))
        self.clock, self.store = VirtualClock(START), VenueStore(Path(":memory:"))
        engine = MatchingEngine([rules], VenueConfig(fee=D("0.001")))
        self.venue = FaultyVenue(engine, self.clock, self.store, faults_named(names), seed)
        self.said: list[str] = []
        self.journal = FakeJournal()
        self.venue.announce(FakePort(self.journal, self.clock))
        self.venue.listen(lambda report: self.said.append(short(report)))

    @property
    def faults(self) -> list[str]:
        return [f"{event.name} {event.step}" for event in self.journal.of(FaultInjected)]

    async def enter(self, name: str = "e", **changes: Any) -> VenueError | None:
        """Send a market order to buy one; the error it met."""
        return await self.send(order_request(name, **changes))

    async def protect(self) -> VenueError | None:
        """Send a stop at 95 and a target at 110 over one."""
        both: dict[str, Any] = {"side": Side.SELL, "reduce_only": True, "oco": "pair"}
        stop = order_request("s", type=OrderType.STOP, trigger=D(95), purpose=Purpose.STOP, **both)
        target = order_request(
            "t", type=OrderType.TAKE_PROFIT, trigger=D(110), purpose=Purpose.TARGET, **both
        )
        return await self.send(stop, target)

    async def send(self, *orders: OrderRequest) -> VenueError | None:
        return await met(self.venue.submit([approved(order) for order in orders]))

    async def cancel(self, order_id: str) -> VenueError | None:
        return await met(self.venue.cancel(order_id))

    def pass_by(self, *prices: float, every_ms: int = 1_000) -> None:
        """One trade a second."""
        for price in prices:
            self.clock.move(self.clock.now() + every_ms)
            self.venue.tick(BTC, self.clock.now(), price, 1_000.0)

    async def hold(self) -> None:
        """Enter at 100 and protect, whatever goes wrong."""
        self.pass_by(100)
        await self.enter()
        self.pass_by(100)
        await self.protect()

    def true(self, order_id: str) -> str:
        """What the venue knows of an order."""
        order = self.store.order(order_id)
        return "absent" if order is None else f"{order.state} {order.filled.normalize():f}"

    def held(self) -> Decimal:
        return self.store.positions().get(BTC, D(0))


async def met(call: Awaitable[None]) -> VenueError | None:
    try:
        await call
    except VenueError as error:
        return error
    return None


def short(report: Report) -> str:
    if isinstance(report, Filled):
        quantity, total = report.fill.quantity.normalize(), report.filled.normalize()
        return f"{report.fill.order_id} filled {quantity:f}/{total:f}"
    return f"{order_of(report)} {type(report).__name__.lower()}"
