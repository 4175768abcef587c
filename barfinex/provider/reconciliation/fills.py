"""Trades of the account: which of them we have not heard of, and which are not as we heard them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from barfinex.domain.mismatch import MismatchKind, Severity
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill
from barfinex.events.provider import ExternalFillFound, OrderFilled
from barfinex.provider.ledger import FillKey, key_of
from barfinex.provider.reconciliation.belief import Belief, Difference, Rules, VenueSnapshot, is_ours
from barfinex.provider.reconciliation.naming import difference


def compare_fills(belief: Belief, there: VenueSnapshot, rules: Rules) -> Iterator[Difference]:
    """Every fill the venue tells, then those of ours that it does not."""
    if there.fills is None:
        return
    seen: set[FillKey] = set()
    totals: dict[str, Decimal] = {}
    for fill in there.fills:
        key, about = key_of(fill), fill.id
        known = belief.fills.get(key)
        if key in seen:
            yield difference(MismatchKind.FILL_DUPLICATED, about, fill.instrument, "one trade", "told again")
        elif known is not None:
            if not _agree(known, fill):
                kind = MismatchKind.FILL_DIFFERS
                yield difference(kind, about, fill.instrument, _words(known), _words(fill))
        elif fill.ts > belief.horizon:
            yield _new(fill, belief, totals, rules)
        seen.add(key)
    for key, fill in belief.fills.items():
        if key not in seen and fill.ts >= there.since and fill.ts > belief.horizon:
            yield difference(
                MismatchKind.FILL_REVOKED, fill.id, fill.instrument, _words(fill), "no such trade"
            )


def unheard(belief: Belief, there: VenueSnapshot) -> list[Fill]:
    """Fills that the venue tells and we did not know of, each once, oldest first."""
    found: dict[FillKey, Fill] = {}
    for fill in there.fills or ():
        key = key_of(fill)
        if key not in belief.fills and fill.ts > belief.horizon:
            found.setdefault(key, fill)
    return list(found.values())


def _new(fill: Fill, belief: Belief, totals: dict[str, Decimal], rules: Rules) -> Difference:
    order = belief.orders.get(fill.order_id)
    if order is None:
        adopted = ExternalFillFound(instrument=fill.instrument, fill=fill)
        if is_ours(fill.order_id):
            kind = MismatchKind.TWIN_FOUND
            return difference(
                kind, fill.order_id, fill.instrument, "not in our journal", _words(fill), adopted
            )
        severity = Severity.TOLD if rules.adopts else Severity.HALTED
        kind = MismatchKind.FILL_FOREIGN
        return difference(kind, fill.id, fill.instrument, "no order of ours", _words(fill), adopted, severity)
    total = totals[fill.order_id] = totals.get(fill.order_id, order.filled) + fill.quantity
    told = OrderFilled(
        instrument=fill.instrument,
        order_id=fill.order_id,
        fill=fill,
        filled=total,
        quantity=order.request.quantity,
    )
    return difference(MismatchKind.FILL_MISSED, fill.id, fill.instrument, "not heard", _words(fill), told)


def totals_of(belief: Belief, there: VenueSnapshot) -> dict[str, Decimal]:
    """What each order of ours has filled once every fill of the venue is heard."""
    totals = {order_id: order.filled for order_id, order in belief.orders.items()}
    for fill in unheard(belief, there):
        if fill.order_id in totals:
            totals[fill.order_id] += fill.quantity
    return totals


def changes_of(belief: Belief, there: VenueSnapshot) -> tuple[dict[str, Decimal], Decimal]:
    """(net quantity by instrument, balance) that the unheard fills change; what a linear future costs stays
    in the balance."""
    held: dict[str, Decimal] = {}
    futures, cash = dict(belief.futures), ZERO
    for fill in unheard(belief, there):
        change = fill.change
        held[fill.instrument] = held.get(fill.instrument, ZERO) + change
        cash -= change * fill.price + fill.fee
        if fill.instrument in futures:
            before, after = futures[fill.instrument], futures[fill.instrument].apply(fill)
            futures[fill.instrument] = after
            cash += after.cost - before.cost
    return held, cash


def _agree(here: Fill, there: Fill) -> bool:
    """The same trade; its time may be told in another unit or rounding."""
    return (
        here.side is there.side
        and here.quantity == there.quantity
        and here.price == there.price
        and here.fee == there.fee
        and here.order_id == there.order_id
    )


def _words(fill: Fill) -> str:
    return f"{fill.side} {fill.quantity} at {fill.price}, fee {fill.fee}, of {fill.order_id}"
