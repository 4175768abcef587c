"""The moments at which a crash would hurt: before and after every row, wait and venue call of the order path.

The seams are wrapped, so the order path itself knows nothing of the drill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from barfinex.bus.port import Journal
from barfinex.domain.order import Fill, Order, OrderRequest
from barfinex.domain.verdict import Approved
from barfinex.events.advisor import IntentProposed
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import IntentApproved, ProtectionApproved
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import CandlesClosed, OrderSubmitted
from barfinex.provider.venues.base import Capabilities, Report, Venue, order_of

Hit = Callable[[str], None]
"""Is told the name of each point as it is passed; it may never come back."""

_SIDES = ("provider", "inspector")


def leg(order_id: str) -> str:
    """What an order is for, by the letter its id ends with: e(ntry), s(top), t(arget), (e)x(it)."""
    return order_id.rpartition("-")[2].rstrip("0123456789") or "?"


class ProbedJournal:
    """A journal with a point before and after each row of the order path and each wait for the disk."""

    def __init__(self, inner: Journal, hit: Hit) -> None:
        self._inner, self._hit = inner, hit
        self._last = ""

    def append(self, envelope: Envelope) -> None:
        event = envelope.event
        name = _row(event)
        if name is None:
            self._inner.append(envelope)
            return
        if isinstance(event, OrderSubmitted):
            self._last = leg(event.request.id)
        self._hit(f"row {name}: before")
        self._inner.append(envelope)
        self._hit(f"row {name}: after")

    async def durable(self, seq: int) -> None:
        self._hit(f"disk {self._last}: before")
        await self._inner.durable(seq)
        self._hit(f"disk {self._last}: after")


def _row(event: Event) -> str | None:
    """The point's name for a row; None when it is not part of the order path."""
    if isinstance(event, IntentProposed | RunStarted):
        return event.wire_type
    if event.publisher not in _SIDES or isinstance(event, CandlesClosed):
        return None
    if isinstance(event, OrderSubmitted):
        return f"{event.wire_type} {leg(event.request.id)}"
    if isinstance(event, IntentApproved):
        return f"{event.wire_type} {leg(event.approval.order.id)}"
    if isinstance(event, ProtectionApproved):
        return f"{event.wire_type} {leg(event.approvals[0].order.id)}"
    order_id = getattr(event, "order_id", None)
    return event.wire_type if order_id is None else f"{event.wire_type} {leg(order_id)}"


class ProbedVenue:
    """A venue with a point before and after each call, and at each report: the venue knows, we do not yet."""

    def __init__(self, inner: Venue, hit: Hit) -> None:
        self._inner, self._hit = inner, hit

    @property
    def capabilities(self) -> Capabilities:
        return self._inner.capabilities

    def listen(self, heard: Callable[[Report], None]) -> None:
        def hear(report: Report) -> None:
            name = f"report {type(report).__name__.lower()} {leg(order_of(report))}"
            self._hit(f"{name}: before")
            heard(report)
            self._hit(f"{name}: after")

        self._inner.listen(hear)

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        name = f"send {leg(approved[0].order.id)}"
        self._hit(f"{name}: before")
        await self._inner.submit(approved)
        self._hit(f"{name}: after")

    async def cancel(self, order_id: str) -> None:
        self._hit(f"cancel {leg(order_id)}: before")
        await self._inner.cancel(order_id)
        self._hit(f"cancel {leg(order_id)}: after")

    async def order(self, order_id: str) -> Order | None:
        self._hit("ask order: before")
        answer = await self._inner.order(order_id)
        self._hit("ask order: after")
        return answer

    async def open_orders(self) -> Sequence[Order]:
        self._hit("ask open orders: before")
        answer = await self._inner.open_orders()
        self._hit("ask open orders: after")
        return answer

    async def conditional_orders(self) -> Sequence[Order]:
        self._hit("ask conditional orders: before")
        answer = await self._inner.conditional_orders()
        self._hit("ask conditional orders: after")
        return answer

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        self._hit("ask fills: before")
        answer = await self._inner.fills(since)
        self._hit("ask fills: after")
        return answer

    async def positions(self) -> Mapping[str, Decimal]:
        self._hit("ask positions: before")
        answer = await self._inner.positions()
        self._hit("ask positions: after")
        return answer

    async def balances(self) -> Mapping[str, Decimal]:
        self._hit("ask balances: before")
        answer = await self._inner.balances()
        self._hit("ask balances: after")
        return answer
