"""The witness of the whole-system stories, at a venue that misbehaves and whose own store is the oracle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from barfinex.domain.order import OrderRequest, OrderState, Purpose
from barfinex.events.base import Envelope
from barfinex.events.inspector import TradeClosed
from barfinex.events.provider import (
    ExternalFillFound,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
)
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Filled, Report
from tests.scenarios.shield import Shield
from tests.scenarios.witness import Witness


class Oracle(VenueStore):
    """The venue's file, which also adds up what each trade of ours holds there, signed as its entry."""

    def __init__(self, *given: object) -> None:
        self.left: dict[str, Decimal] = defaultdict(Decimal)
        super().__init__(*given)  # type: ignore[arg-type]

    def record(self, reports: Sequence[Report], submitted: Sequence[OrderRequest] = ()) -> None:  # type: ignore[override]
        super().record(reports, submitted)
        for report in reports:
            if isinstance(report, Filled):
                self._count(report.fill.order_id, report.fill.quantity)

    def bust(self, order_id: str) -> None:
        gone = [fill.quantity for fill in self.fills() if fill.order_id == order_id]
        super().bust(order_id)
        self._count(order_id, -sum(gone, Decimal(0)))

    def _count(self, order_id: str, quantity: Decimal) -> None:
        order = self.order(order_id)
        if order is not None and order.request.trade_id:
            opens = order.request.purpose.opens
            self.left[order.request.trade_id] += quantity if opens else -quantity


class FaultShield(Shield):
    """Judges by the orders' events, but what the venue's own record shows to be in order is not held against
    anybody: a lost report leaves an order UNKNOWN here which is gone there, and its absence cannot be
    proven within the limit (I15). The clock runs from when the venue's record, too, shows the fault."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__()
        self.oracle = oracle

    def _judge(self, now: int, *, halted: bool) -> None:
        for order_id in self.orphans:
            known = self.oracle.order(order_id)
            if known is None or not known.state.is_open:
                self.orphans[order_id] = now
        for trade in self.excess:
            if self._stops_there(trade) <= self.oracle.left[trade]:
                self.excess[trade] = now
        super()._judge(now, halted=halted)

    def _stops_there(self, trade: str) -> Decimal:
        """What the stops of a trade would sell by the venue's record; of a group one does."""
        groups: dict[str, Decimal] = defaultdict(Decimal)
        for order in self.oracle.working():
            request = order.request
            if request.trade_id == trade and request.purpose is Purpose.STOP:
                group = request.oco or request.id
                groups[group] = max(groups[group], order.remaining)
        return sum(groups.values(), Decimal(0))


class FaultWitness(Witness):
    """What a sound venue never does may happen here: a fill after the end of its order, a report twice, news
    of orders that are not ours. Whether a position is bare is looked up at the venue (see `Desk.watch`)."""

    def __init__(self, cash: Decimal, oracle: Oracle) -> None:
        super().__init__(cash)
        self.shield = FaultShield(oracle)
        self.oracle = oracle
        self.requests: dict[str, OrderRequest] = {}
        self.filled: dict[str, Decimal] = defaultdict(Decimal)
        self.fills: set[str] = set()
        self.doubtful: set[str] = set()
        self._hears[OrderUnconfirmed] = self._doubt
        self._hears[OrderRejected] = self._reject
        self._hears[ExternalFillFound] = self._others
        self.outside = Decimal(0)

    def _submit(self, event: OrderSubmitted, envelope: Envelope) -> None:
        super()._submit(event, envelope)
        self.requests[event.request.id] = event.request

    def _doubt(self, event: OrderUnconfirmed, _envelope: Envelope) -> None:
        self.doubtful.add(event.order_id)

    def _accept(self, event: OrderAccepted, _envelope: Envelope) -> None:
        self._evidence(event.order_id, there=True)

    def _end(self, event: OrderCancelled, envelope: Envelope) -> None:
        self._evidence(event.order_id, there=True)
        super()._end(event, envelope)

    def _reject(self, event: OrderRejected, _envelope: Envelope) -> None:
        self._evidence(event.order_id, there=False)
        self.working.pop(event.order_id, None)

    def _evidence(self, order_id: str, *, there: bool) -> None:
        """I15: UNKNOWN is left only as the venue's own record has it."""
        if order_id in self.doubtful:
            known = self.oracle.order(order_id)
            exists = known is not None and known.state is not OrderState.REJECTED
            assert exists == there, f"I15: {order_id} is settled against the evidence"
            self.doubtful.discard(order_id)

    def _fill(self, event: OrderFilled, envelope: Envelope) -> None:
        fill = event.fill
        order = self.requests[event.order_id]  # I16: no order of ours, no fill of ours.
        self._evidence(event.order_id, there=True)
        assert fill.id not in self.fills, f"I16: {fill.id} counts once"
        self.fills.add(fill.id)
        assert fill.ts <= envelope.known_at
        self.filled[order.id] += fill.quantity
        assert self.filled[order.id] <= order.quantity, "I16: no order fills beyond its quantity"
        change = fill.quantity * fill.side.sign
        self.held[fill.instrument] += change
        self.cash -= change * fill.price + fill.fee
        self.open.setdefault(order.trade_id, Decimal(0))
        self.open[order.trade_id] += fill.quantity if order.purpose is Purpose.ENTRY else -fill.quantity
        assert self.open[order.trade_id] >= 0, "an exit never sells more than the trade holds"
        if self.filled[order.id] == order.quantity:
            self.working.pop(order.id, None)

    def _close(self, event: TradeClosed, envelope: Envelope) -> None:
        """What somebody else has closed was not sold by an order of ours; no more than they have traded."""
        left = self.open[event.trade.id]
        if 0 < left <= self.outside:
            self.open[event.trade.id] = Decimal(0)
            self.outside -= left
            self.shield.held[event.trade.id] = Decimal(0)
            self.shield.bare.pop(event.trade.id, None)
        super()._close(event, envelope)

    def _others(self, event: ExternalFillFound, _envelope: Envelope) -> None:
        self.outside += event.fill.quantity

    def _protected(self, now: int) -> None:
        """By the venue's store, not by what we were told."""
