"""The Provider as a module: sends what was approved, publishes what the market and the venue say."""

from __future__ import annotations

from typing import ClassVar

from barfinex.bus.port import Port
from barfinex.domain.candles import Candles
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import CancelRequested, IntentApproved, ProtectionApproved
from barfinex.events.provider import (
    CandlesClosed,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
)
from barfinex.provider.orders import OrderGateway
from barfinex.provider.venues.sim import SimVenue


class ProviderModule:
    """Orders in, facts out. Market data is fed by a driver (history) or by a feed in the background."""

    name = "provider"
    consumes: ClassVar[tuple[type[Event], ...]] = (IntentApproved, ProtectionApproved, CancelRequested)
    restores: ClassVar[tuple[type[Event], ...]] = (
        OrderSubmitted,
        OrderAccepted,
        OrderRejected,
        OrderUnconfirmed,
        OrderFilled,
        OrderCancelled,
        OrderExpired,
    )

    def __init__(self, gateway: OrderGateway) -> None:
        self.gateway = gateway

    def fold(self, envelope: Envelope) -> None:
        self.gateway.fold(envelope)

    async def handle(self, event: Event, port: Port) -> None:
        match event:
            case IntentApproved():
                await self.gateway.send((event.approval,), port)
            case ProtectionApproved():
                await self.gateway.send(event.approvals, port)
            case CancelRequested():
                await self.gateway.cancel(event.order_id)


class HistoryMarket:
    """The simulated market of a replay: candles reach the venue first, then everybody."""

    def __init__(self, venue: SimVenue, port: Port) -> None:
        self._venue, self._port = venue, port

    def awaits_open(self, instrument: str) -> bool:
        return self._venue.engine.awaits_open(instrument)

    def has_orders(self, instrument: str) -> bool:
        return self._venue.engine.has_orders(instrument)

    def quiet(self, candles: Candles) -> int:
        return self._venue.engine.quiet(candles)

    def open(self, candle: Candles) -> None:
        self._venue.open(candle)

    def sweep(self, block: Candles) -> None:
        self._venue.sweep(block)

    def close(self, block: Candles) -> None:
        """Publish a block whose last candle has closed."""
        self._port.emit(CandlesClosed(candles=block), ts=block.last_ts)
