"""Before the first order of a run: what the journal believes is compared with what the venue knows.

A failed query changes nothing (I15). Differences are settled by events whose content follows from the venue's
answer alone, so a second start finds nothing left to settle.
"""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.domain.order import Order, OrderState
from barfinex.events.provider import (
    AccountReconciled,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from barfinex.provider.orders import OrderFact, OrderGateway
from barfinex.provider.venues.base import OutcomeUnknown, Venue

ABSENT = "ABSENT"


async def reconcile(gateway: OrderGateway, venue: Venue, port: Port) -> AccountReconciled:
    """Settle every order the journal holds open, adopt missed fills, and report what differed."""
    believed = {order_id: order for order_id, order in gateway.orders.items() if order.state.is_open}
    mismatches: list[str] = []
    recovered = 0
    for fill in await venue.fills():
        order = gateway.orders.get(fill.order_id)
        if order is not None and not gateway.knows(fill):
            mismatches.append(f"fill {fill.id} was missed")
            filled = order.filled + fill.quantity
            missed = OrderFilled(
                instrument=fill.instrument,
                order_id=fill.order_id,
                fill=fill,
                filled=filled,
                quantity=order.request.quantity,
            )
            gateway.publish(missed, fill.ts)
            recovered += 1
    for order_id, order in believed.items():
        try:
            fact = _settled(gateway.orders[order_id], await venue.order(order_id))
        except OutcomeUnknown as error:
            mismatches.append(f"order {order_id}: {order.state} here, and the venue did not answer ({error})")
            continue
        if fact is not None:
            absent = isinstance(fact, OrderRejected) and fact.code == ABSENT
            there = "absent" if absent else fact.wire_type.rpartition("_")[2]
            mismatches.append(f"order {order_id}: {order.state} here, {there} at the venue")
            gateway.publish(fact, port.now)
    there_now = [*await venue.open_orders(), *await venue.conditional_orders()]
    foreign = [order.request.id for order in there_now if order.request.id not in gateway.orders]
    mismatches += [f"order {order_id} at the venue is not ours" for order_id in foreign]
    event = AccountReconciled(
        orders_checked=len(believed), fills_recovered=recovered, mismatches=tuple(mismatches)
    )
    port.emit(event)
    return event


def _settled(believed: Order, actual: Order | None) -> OrderFact | None:
    """The fact that turns what we believe into what the venue knows; None when they agree."""
    about = {"instrument": believed.request.instrument, "order_id": believed.request.id}
    if not believed.state.is_open:
        return None
    if actual is None:
        if believed.state in (OrderState.SUBMITTED, OrderState.UNKNOWN):
            return OrderRejected(**about, code=ABSENT, reason="the venue never had this order")
        return OrderExpired(**about, reason="the venue does not know this order any more")
    if actual.state is OrderState.REJECTED:
        return OrderRejected(**about, code="REJECTED", reason="rejected while we were away")
    if actual.state is OrderState.CANCELLED:
        return OrderCancelled(**about, reason="cancelled while we were away")
    if actual.state is OrderState.EXPIRED:
        return OrderExpired(**about, reason="expired while we were away")
    if believed.state in (OrderState.SUBMITTED, OrderState.UNKNOWN) and actual.state is OrderState.ACCEPTED:
        return OrderAccepted(**about)
    return None
