"""The Provider as a module: sends what was approved, publishes what the market and the venue say."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, ClassVar

import anyio

from barfinex.bus.port import Port
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import CancelRequested, IntentApproved, ProtectionApproved
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import (
    AccountReconciled,
    ExternalCashFound,
    ExternalFillFound,
    ExternalOrderEnded,
    ExternalOrderFound,
    ExternalPositionFound,
    FundingSettled,
    MismatchFound,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
    VenueThrottled,
)
from barfinex.provider.funding import Funding
from barfinex.provider.orders import OrderGateway
from barfinex.provider.permits import Permits
from barfinex.provider.reconciliation.checks import Checks

Service = Callable[[Port], Coroutine[Any, Any, None]]


class ProviderModule:
    """Orders in, facts out. Market data comes from a driver (history) or from a feed among its `services`."""

    name = "provider"
    consumes: ClassVar[tuple[type[Event], ...]] = (
        IntentApproved,
        ProtectionApproved,
        CancelRequested,
        AlertFired,
    )
    restores: ClassVar[tuple[type[Event], ...]] = (
        OrderSubmitted,
        OrderAccepted,
        OrderRejected,
        OrderUnconfirmed,
        OrderFilled,
        OrderCancelled,
        OrderExpired,
        VenueThrottled,
        FundingSettled,
        MismatchFound,
        ExternalOrderFound,
        ExternalOrderEnded,
        ExternalFillFound,
        ExternalPositionFound,
        ExternalCashFound,
        AccountReconciled,
    )

    def __init__(
        self,
        gateway: OrderGateway,
        services: Sequence[Service] = (),
        checks: Checks | None = None,
        funding: Funding | None = None,
    ) -> None:
        self.gateway, self._services, self.checks = gateway, list(services), checks
        self._funding = funding

    def start(self, port: Port) -> None:
        """Begin to hear the venue, and to settle its funding where it does not do so by itself."""
        self.gateway.start(port)
        if self._funding is not None:
            self._funding.start(port)

    def add_service(self, service: Service) -> None:
        """Add a feed or a server; before the start only."""
        self._services.append(service)

    def catch_up(self, port: Port) -> None:
        """After a start: what the venue did by itself and nobody has heard of."""
        if self._funding is not None:
            self._funding.catch_up(port)

    async def run(self, port: Port) -> None:
        """Feeds and servers, until they are cancelled; the fault of one is the fault of all."""
        async with anyio.create_task_group() as group:
            for service in self._services:
                group.start_soon(service, port)

    def fold(self, envelope: Envelope) -> None:
        self.gateway.fold(envelope)

    async def handle(self, event: Event, port: Port) -> None:
        match event:
            case IntentApproved():
                self._send((event.approval,), port)
            case ProtectionApproved():
                self._send(event.approvals, port)
            case CancelRequested():
                port.spawn(partial(self.gateway.cancel, event.order_id, port))
            case AlertFired():
                self.gateway.ring(event.name, port)
                if self._funding is not None:
                    self._funding.ring(event.name, port)
                if self.checks is not None:
                    self.checks.fired(event.name)

    def _send(self, permits: Permits, port: Port) -> None:
        """One order's wait, for the disk or the venue, is no other's: a cancel goes past it."""
        if self.gateway.admit(permits, port):
            port.spawn(partial(self.gateway.deliver, permits, port))
