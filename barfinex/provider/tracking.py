"""What is known of our orders: each one's state, its fills by the venue's trade id, and what is used up."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from barfinex.domain.mismatch import Severity
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, IllegalTransition, Order, OrderRequest, OrderState, Trigger
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import (
    LIQUIDATION,
    ExternalFillFound,
    FundingSettled,
    OrderAccepted,
    OrderCancelled,
    OrderContradicted,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnconfirmed,
)
from barfinex.provider.venues.base import (
    Accepted,
    AccountReport,
    Cancelled,
    Filled,
    Funded,
    OrderReport,
    Rejected,
)

OrderFact = OrderFilled | OrderAccepted | OrderRejected | OrderCancelled | OrderExpired

USED_MAX = 100_000
ENDED_MAX = 10_000


class Taken(Enum):
    """NEW: it changed what we know. REPEATED: it was known. IMPOSSIBLE: the table has no such step."""

    NEW = "new"
    REPEATED = "repeated"
    IMPOSSIBLE = "impossible"


@dataclass(slots=True)
class Trail:
    """How an order got where it is. `excess` are fills beyond what the order can explain, base units."""

    submitted: Envelope | None = None
    fills: set[str] = field(default_factory=set)
    is_acked: bool = False
    is_recalled: bool = False
    excess: Decimal = ZERO


class OrderMemory:
    """Open orders for ever, ended ones for a while (a fill can overtake a cancel), used ids for longer."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self._trails: dict[str, Trail] = {}
        self._used: OrderedDict[str, None] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()

    def is_used(self, approval_id: str, order_id: str) -> bool:
        """Whether this approval, or this order under any approval, has gone before."""
        return approval_id in self._used or order_id in self._used or order_id in self.orders

    def open(self, approval_id: str, request: OrderRequest, state: OrderState) -> None:
        self.orders[request.id] = Order(request, state)
        self._trails[request.id] = Trail()
        for used in (approval_id, request.id):
            self._used[used] = None
        while len(self._used) > USED_MAX:  # Older approvals have expired long since.
            self._used.popitem(last=False)

    def submitted(self, order_id: str, envelope: Envelope) -> None:
        """Remember the event that all later ones about this order answer."""
        trail = self._trails.get(order_id)
        if trail is not None:
            trail.submitted = envelope

    def cause(self, order_id: str) -> Envelope | None:
        trail = self._trails.get(order_id)
        return None if trail is None else trail.submitted

    def knows(self, fill: Fill) -> bool:
        """Whether this fill was heard before; a venue may say it twice."""
        trail = self._trails.get(fill.order_id)
        return trail is not None and fill.id in trail.fills

    def told(self, order_id: str) -> Decimal:
        """The sum of all fills heard of an order, base units."""
        order = self.orders.get(order_id)
        return ZERO if order is None else order.filled + self._trails[order_id].excess

    def is_acked(self, order_id: str) -> bool:
        trail = self._trails.get(order_id)
        return trail is not None and trail.is_acked

    def is_recalled(self, order_id: str) -> bool:
        """Whether somebody wants this order back."""
        trail = self._trails.get(order_id)
        return trail is not None and trail.is_recalled

    def recall(self, order_id: str) -> None:
        """The order is wanted back; one that has ended stays as it ended."""
        order = self.orders.get(order_id)
        if order is not None and order.state.is_open and order.state is not OrderState.PENDING_SEND:
            self._trails[order_id].is_recalled = True
            self.step(order_id, Trigger.RECALL)

    def take(self, event: OrderFact | OrderUnconfirmed) -> Taken:
        """Change the order's state by a fact. What the table does not allow still happened: the order stays
        as it was, and a fill counts beside it."""
        order = self.orders.get(event.order_id)
        if order is None:
            return Taken.NEW
        trail = self._trails[event.order_id]
        if isinstance(event, OrderFilled):
            return self._fill(order, trail, event.fill)
        trigger = TRIGGERS[type(event)]
        if ENDS.get(trigger) is order.state or (trigger is Trigger.ACCEPT and trail.is_acked):
            return Taken.REPEATED
        try:
            self._keep(order.apply(trigger))
        except IllegalTransition:
            return Taken.IMPOSSIBLE
        if trigger is Trigger.ACCEPT:
            trail.is_acked = True
            if trail.is_recalled and order.state.is_unanswered:
                self.step(event.order_id, Trigger.RECALL)
        return Taken.NEW

    def step(self, order_id: str, trigger: Trigger) -> None:
        """Raises IllegalTransition when the table has no such step."""
        order = self.orders.get(order_id)
        if order is not None:
            self._keep(order.apply(trigger))

    def _fill(self, order: Order, trail: Trail, fill: Fill) -> Taken:
        if fill.id in trail.fills:
            return Taken.REPEATED
        trail.fills.add(fill.id)
        try:
            self._keep(order.fill(fill.quantity))
        except IllegalTransition:
            trail.excess += fill.quantity
            return Taken.IMPOSSIBLE
        return Taken.NEW

    def _keep(self, order: Order) -> None:
        order_id = order.request.id
        self.orders[order_id] = order
        if not order.state.is_open:
            self._ended[order_id] = None
            if len(self._ended) > ENDED_MAX:
                oldest, _ = self._ended.popitem(last=False)
                del self.orders[oldest], self._trails[oldest]


def event_of(report: OrderReport, instrument: str) -> tuple[OrderFact, int]:
    """A venue's report as an event of ours, and when it happened there (ms UTC)."""
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
    order_id, ts = report.order_id, report.ts
    if isinstance(report, Accepted):
        return OrderAccepted(instrument=instrument, order_id=order_id), ts
    if isinstance(report, Rejected):
        code, reason = report.code, report.reason
        return OrderRejected(instrument=instrument, order_id=order_id, code=code, reason=reason), ts
    kind = OrderCancelled if isinstance(report, Cancelled) else OrderExpired
    return kind(instrument=instrument, order_id=order_id, reason=report.reason), ts


def account_fact(report: AccountReport) -> tuple[ExternalFillFound | FundingSettled, int]:
    """What the venue did to the account by itself as an event of ours, and when (ms UTC)."""
    if isinstance(report, Funded):
        settled = FundingSettled(
            instrument=report.instrument,
            at=report.ts,
            rate=report.rate,
            mark=report.mark,
            quantity=report.quantity,
            amount=report.amount,
        )
        return settled, report.ts
    fill = report.fill
    return ExternalFillFound(instrument=fill.instrument, fill=fill, reason=LIQUIDATION), fill.ts


def contradiction(known: Order, event: OrderFact) -> OrderContradicted:
    """An end told of what has ended changes nothing; a fill or a life that cannot be does."""
    is_end = isinstance(event, OrderCancelled | OrderExpired | OrderRejected) and not known.state.is_open
    return OrderContradicted(
        instrument=event.instrument,
        order_id=event.order_id,
        state=known.state,
        told=event.wire_type.rpartition(".")[2],
        severity=Severity.TOLD if is_end else Severity.HALTED,
    )


TRIGGERS: dict[type[Event], Trigger] = {
    OrderAccepted: Trigger.ACCEPT,
    OrderRejected: Trigger.REJECT,
    OrderUnconfirmed: Trigger.LOSE,
    OrderCancelled: Trigger.CANCEL,
    OrderExpired: Trigger.EXPIRE,
}
ENDS = {
    Trigger.REJECT: OrderState.REJECTED,
    Trigger.CANCEL: OrderState.CANCELLED,
    Trigger.EXPIRE: OrderState.EXPIRED,
}
