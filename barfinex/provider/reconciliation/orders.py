"""Orders: ours against the venue's, one by one, and those at the venue that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from barfinex.domain.mismatch import MismatchKind, Severity
from barfinex.domain.order import Order, OrderRequest, OrderState
from barfinex.events.provider import (
    ExternalOrderEnded,
    ExternalOrderFound,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
)
from barfinex.provider.reconciliation.belief import (
    UNSETTLED,
    Belief,
    Difference,
    Rules,
    VenueSnapshot,
    is_ours,
)
from barfinex.provider.reconciliation.fills import totals_of
from barfinex.provider.reconciliation.naming import difference
from barfinex.provider.settling import LAG_MS

ABSENT = "ABSENT"


def compare_orders(belief: Belief, there: VenueSnapshot, rules: Rules) -> Iterator[Difference]:
    """Our open orders, then whatever else works at the venue."""
    working, totals = there.working(), totals_of(belief, there)
    conditional = {order.request.id for order in there.conditional or ()}
    for order_id, order in belief.open_orders().items():
        total = totals[order_id]
        actual = there.asked.get(order_id) or working.get(order_id)
        if actual is not None:
            yield from _known(order, total, actual, is_told=there.fills is not None)
        elif order_id in there.asked and total < order.request.quantity:
            yield from _absent(order, total, belief, there, rules)
    for order_id, actual in working.items():
        yield from _unexpected(order_id, actual, belief, rules, is_conditional=order_id in conditional)
    if there.is_listed:
        for order_id, found in belief.external.items():
            if order_id not in working:
                ended = ExternalOrderEnded(instrument=found.instrument, order_id=order_id)
                kind = MismatchKind.EXTERNAL_ENDED
                yield difference(kind, order_id, found.instrument, "works", "not there", ended)


def _known(order: Order, total: Decimal, actual: Order, *, is_told: bool) -> Iterator[Difference]:
    """The venue knows this open order of ours. `total`: filled once all its fills are heard."""
    ours, theirs = order.request, actual.request
    if ours.quantity != theirs.quantity:
        kind = MismatchKind.QUANTITY_DIFFERS
        yield difference(kind, ours.id, ours.instrument, str(ours.quantity), str(theirs.quantity))
    if _terms(ours) != _terms(theirs):
        yield difference(MismatchKind.PRICE_DIFFERS, ours.id, ours.instrument, _terms(ours), _terms(theirs))
    if is_told and actual.filled != total:
        kind = MismatchKind.FILLED_DIFFERS
        yield difference(kind, ours.id, ours.instrument, f"{total} filled", f"{actual.filled} filled")
    if total >= ours.quantity:
        return  # Its fills end it.
    about = {"instrument": ours.instrument, "order_id": ours.id}
    state, said = order.state.value, actual.state.value
    match actual.state:
        case OrderState.REJECTED:
            fact = OrderRejected(**about, code="REJECTED", reason="rejected, and we did not hear it")
            yield difference(MismatchKind.REJECTION_MISSED, ours.id, ours.instrument, state, said, fact)
        case OrderState.CANCELLED:
            gone = OrderCancelled(**about, reason="cancelled, and we did not hear it")
            yield difference(MismatchKind.CANCEL_MISSED, ours.id, ours.instrument, state, said, gone)
        case OrderState.EXPIRED:
            over = OrderExpired(**about, reason="expired, and we did not hear it")
            yield difference(MismatchKind.EXPIRY_MISSED, ours.id, ours.instrument, state, said, over)
        case OrderState.ACCEPTED | OrderState.PARTIALLY_FILLED if order.state in UNSETTLED:
            unknown = order.state is OrderState.UNKNOWN
            kind = MismatchKind.INTENT_FOUND if unknown else MismatchKind.ACK_MISSED
            yield difference(kind, ours.id, ours.instrument, state, said, OrderAccepted(**about))


def _absent(
    order: Order, total: Decimal, belief: Belief, there: VenueSnapshot, rules: Rules
) -> Iterator[Difference]:
    """The venue was asked for this open order by id and does not know it."""
    ours = order.request
    about = {"instrument": ours.instrument, "order_id": ours.id}
    if not there.is_listed:
        return
    if order.state not in UNSETTLED:
        gone = OrderExpired(**about, reason="the venue does not know this order any more")
        kind = MismatchKind.ORDER_GONE
        yield difference(kind, ours.id, ours.instrument, order.state.value, "not there", gone)
        return
    sent = belief.sent_at.get(ours.id)
    proven = rules.proof.holds((*belief.absent.get(ours.id, ()), belief.now))
    told = there.fills is not None and sent is not None and there.since <= max(sent - LAG_MS, 0)
    if not proven or not told or total:
        return  # It may still appear, or its trades may not have been told.
    never = OrderRejected(**about, code=ABSENT, reason="the venue never had this order, and can no more")
    yield difference(
        MismatchKind.INTENT_ABSENT, ours.id, ours.instrument, order.state.value, "never there", never
    )


def _unexpected(
    order_id: str, actual: Order, belief: Belief, rules: Rules, *, is_conditional: bool
) -> Iterator[Difference]:
    """An order works at the venue: is it one that we do not know to work?"""
    ours = belief.orders.get(order_id)
    if ours is not None and ours.state.is_open:
        return
    found = external(actual)
    known = belief.external.get(order_id)
    if known == found:
        return
    where, here = actual.request.instrument, "unknown" if known is None else _brief(known)
    if ours is not None:
        kind, here, severity = MismatchKind.ORDER_REVIVED, ours.state.value, None
    elif is_ours(order_id):
        kind, severity = MismatchKind.TWIN_FOUND, None
    else:
        kind = MismatchKind.STOP_FOREIGN if is_conditional else MismatchKind.ORDER_FOREIGN
        severity = Severity.TOLD if rules.adopts else Severity.HALTED
    yield difference(kind, order_id, where, here, _brief(found), found, severity)


def external(order: Order) -> ExternalOrderFound:
    """The order of somebody else, as an event."""
    request = order.request
    return ExternalOrderFound(
        instrument=request.instrument,
        order_id=request.id,
        side=request.side,
        type=request.type,
        quantity=request.quantity,
        filled=order.filled,
        price=request.price,
        trigger=request.trigger,
        reduce_only=request.reduce_only,
    )


def _terms(request: OrderRequest) -> str:
    prices = (("at", request.price), ("when", request.trigger))
    return " ".join(
        [request.side, request.type, *(f"{w} {p.normalize():f}" for w, p in prices if p is not None)]
    )


def _brief(found: ExternalOrderFound) -> str:
    return f"{found.side} {found.type} {found.quantity - found.filled} of {found.quantity}"
