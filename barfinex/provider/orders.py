"""The order gateway: the only way to a venue. Approved, unexpired, unused, durable; sent once, then heard."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import anyio

from barfinex.bus.port import Journal, JournalFailed, Port
from barfinex.domain.order import Fill, IllegalTransition, Order, OrderRequest, OrderState, Trigger
from barfinex.domain.verdict import Approved
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import (
    ApprovalReused,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
)
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.venues.base import Accepted, Cancelled, Filled, OutcomeUnknown, Rejected, Report, Venue

Permits = Sequence[Approved[OrderRequest]]
OrderFact = OrderFilled | OrderAccepted | OrderRejected | OrderCancelled | OrderExpired

USED_MAX = 100_000
ENDED_MAX = 10_000


class OrderGateway:
    """Turns approvals into orders at the venue, and the venue's reports into events.

    `durable_s` bounds the wait for the disk: past it an entry is dropped, never delayed (None: the journal
    does not wait, since the venue dies with this process). What only reduces risk is sent even when the
    journal fails (audit failure blocks entries, never exits). `ledger` is told what is published, where the
    account is to be compared with the venue's.
    """

    def __init__(
        self,
        venue: Venue,
        journal: Journal,
        *,
        durable_s: float | None = 1.0,
        ledger: AccountLedger | None = None,
    ) -> None:
        self._venue, self._journal, self._durable_s = venue, journal, durable_s
        self._ledger = ledger
        self._used: OrderedDict[str, None] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self.orders: dict[str, Order] = {}
        self._fills: dict[str, set[str]] = {}
        self._sent: dict[str, Envelope] = {}
        self._port: Port | None = None

    def start(self, port: Port) -> None:
        """Begin to hear the venue; its reports are published through `port`."""
        self._port = port
        self._venue.listen(self._hear)

    async def send(self, permits: Permits, port: Port) -> None:
        """Send orders that belong together; one that may not go keeps all of them back."""
        again = [permit for at, permit in enumerate(permits) if self._is_taken(permit, permits[:at])]
        for permit in again:
            order = permit.order
            port.emit(ApprovalReused(instrument=order.instrument, approval_id=permit.id, order_id=order.id))
        if again:
            return
        now = port.clock.now()
        faults = [fault for permit in permits if (fault := _fault(permit, now))]
        if faults:
            self._refuse(permits, faults[0], port)
            return
        for permit in permits:
            self._open(permit.id, permit.order)
        if not await self._written(permits, port):
            self._refuse(permits, ("NOT_DURABLE", "the journal did not confirm the order in time"), port)
            return
        if any(permit.expires_at < port.clock.now() for permit in permits):
            self._refuse(
                permits, ("APPROVAL_EXPIRED", "the approval expired while the journal was written"), port
            )
            return
        try:
            await self._venue.submit(permits)
        except OutcomeUnknown as error:
            self._lose([permit.order for permit in permits], str(error), port)

    async def cancel(self, order_id: str) -> None:
        try:
            await self._venue.cancel(order_id)
        except OutcomeUnknown:
            return  # The order is as it was; whoever wants it gone asks again.

    def fold(self, envelope: Envelope) -> None:
        """Take a past order event in, after a restart."""
        event = envelope.event
        if self._ledger is not None:
            self._ledger.take(event)
        if isinstance(event, OrderSubmitted):
            self._open(event.approval_id, event.request)
            self._sent[event.request.id] = envelope
        elif isinstance(event, OrderFact | OrderUnconfirmed):
            self._take(event)

    def knows(self, fill: Fill) -> bool:
        """Whether this fill was heard before; a venue may say it twice."""
        return fill.id in self._fills.get(fill.order_id, ())

    def cause(self, order_id: str) -> Envelope | None:
        """The submission that an order's later events answer."""
        return self._sent.get(order_id)

    def _is_taken(self, permit: Approved[OrderRequest], before: Permits) -> bool:
        if permit.id in self._used or permit.order.id in self.orders:
            return True
        return any(permit.id == other.id or permit.order.id == other.order.id for other in before)

    def _open(self, approval_id: str, request: OrderRequest) -> None:
        self.orders[request.id] = Order(request)
        self._used[approval_id] = None
        if len(self._used) > USED_MAX:  # Older ones have expired long since.
            self._used.popitem(last=False)

    async def _written(self, permits: Permits, port: Port) -> bool:
        reduces = all(permit.order.reduce_only for permit in permits)
        seq = 0
        try:
            for permit in permits:
                order = permit.order
                event = OrderSubmitted(instrument=order.instrument, approval_id=permit.id, request=order)
                envelope = self._sent[order.id] = port.emit(event)
                seq = envelope.seq
            if self._durable_s is None:
                await self._journal.durable(seq)
            else:
                with anyio.fail_after(self._durable_s):
                    await self._journal.durable(seq)
        except (JournalFailed, TimeoutError):
            return reduces
        return True

    def _lose(self, requests: Sequence[OrderRequest], reason: str, port: Port) -> None:
        for order in requests:
            if self.orders[order.id].state is OrderState.SUBMITTED:  # Of some the venue may have told us.
                self._step(order.id, Trigger.LOSE)
                event = OrderUnconfirmed(instrument=order.instrument, order_id=order.id, reason=reason)
                port.emit(event, cause=self._sent.get(order.id))

    def _refuse(self, permits: Permits, fault: tuple[str, str], port: Port) -> None:
        for permit in permits:
            order = permit.order
            self._step(order.id, Trigger.REJECT)
            event = OrderRejected(
                instrument=order.instrument, order_id=order.id, code=fault[0], reason=fault[1]
            )
            port.emit(event)

    def _hear(self, report: Report) -> None:
        """The venue speaks, at any time: publish it as an answer to the order's submission."""
        assert self._port is not None, "the gateway hears nothing before start()"
        event, ts = self._event(report)
        self.publish(event, ts)

    def publish(self, event: OrderFact, ts: int) -> None:
        """Record a fact about an order that the venue, or a query to it, has established."""
        assert self._port is not None
        if isinstance(event, OrderFilled) and self.knows(event.fill):
            return
        sent = self._sent.get(event.order_id)
        self._take(event)
        if self._ledger is not None:
            self._ledger.take(event)
        self._port.emit(event, ts=ts, cause=sent)

    def _take(self, event: OrderFact | OrderUnconfirmed) -> None:
        """Change the order's state by a fact. One that the table does not allow still happened: it is told,
        and folded at the next start; the order stays as it was, and the Inspector judges what it means."""
        try:
            if isinstance(event, OrderFilled):
                self._filled(event)
            else:
                self._step(event.order_id, _TRIGGERS[type(event)])
        except IllegalTransition:
            pass

    def _event(self, report: Report) -> tuple[OrderFact, int]:
        if isinstance(report, Filled):
            fill = report.fill
            filled = OrderFilled(
                instrument=fill.instrument,
                order_id=fill.order_id,
                fill=fill,
                filled=report.filled,
                quantity=report.quantity,
            )
            return filled, fill.ts
        known = self.orders.get(report.order_id)
        instrument = known.request.instrument if known else ""
        if isinstance(report, Accepted):
            return OrderAccepted(instrument=instrument, order_id=report.order_id), report.ts
        if isinstance(report, Rejected):
            rejected = OrderRejected(
                instrument=instrument, order_id=report.order_id, code=report.code, reason=report.reason
            )
            return rejected, report.ts
        kind = OrderCancelled if isinstance(report, Cancelled) else OrderExpired
        return kind(instrument=instrument, order_id=report.order_id, reason=report.reason), report.ts

    def _filled(self, event: OrderFilled) -> None:
        order = self.orders.get(event.order_id)
        if order is not None:
            self._fills.setdefault(event.order_id, set()).add(event.fill.id)
            self._keep(order.fill(event.fill.quantity))

    def _step(self, order_id: str, trigger: Trigger) -> None:
        order = self.orders.get(order_id)
        if order is not None:
            self._keep(order.apply(trigger))

    def _keep(self, order: Order) -> None:
        """Orders that have ended are kept for a while: a fill can overtake a cancel."""
        order_id = order.request.id
        self.orders[order_id] = order
        if not order.state.is_open:
            self._ended[order_id] = None
            if len(self._ended) > ENDED_MAX:
                oldest, _ = self._ended.popitem(last=False)
                del self.orders[oldest]
                self._sent.pop(oldest, None)
                self._fills.pop(oldest, None)


def _fault(permit: Approved[OrderRequest], now: int) -> tuple[str, str] | None:
    if permit.order_hash != permit.order.fingerprint():
        return "APPROVAL_MISMATCH", "the order is not the one that was approved"
    if not now <= permit.expires_at:
        return "APPROVAL_EXPIRED", f"the approval ended at {permit.expires_at}, it is {now}"
    return None


_TRIGGERS: dict[type[Event], Trigger] = {
    OrderAccepted: Trigger.ACCEPT,
    OrderRejected: Trigger.REJECT,
    OrderUnconfirmed: Trigger.LOSE,
    OrderCancelled: Trigger.CANCEL,
    OrderExpired: Trigger.EXPIRE,
}
