"""What is held: positions, balances, and whether each position of ours is covered."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from barfinex.domain.mismatch import MismatchKind, Severity
from barfinex.domain.money import ZERO
from barfinex.domain.order import Order, OrderRequest, Purpose
from barfinex.events.provider import ExternalCashFound, ExternalPositionFound
from barfinex.provider.reconciliation.belief import Belief, Difference, Rules, VenueSnapshot
from barfinex.provider.reconciliation.fills import changes_of, totals_of, unheard
from barfinex.provider.reconciliation.naming import difference


def compare_positions(belief: Belief, there: VenueSnapshot, rules: Rules) -> Iterator[Difference]:
    """Net quantities; without the trades nothing is said, for one that was missed might explain it."""
    if there.positions is None or there.fills is None:
        return
    changes, _ = changes_of(belief, there)
    for name in sorted(belief.held.keys() | changes.keys() | there.positions.keys()):
        here = belief.held.get(name, ZERO) + changes.get(name, ZERO)
        actual = there.positions.get(name, ZERO)
        if here == actual or _may_explain(name, actual - here, belief):
            continue
        kind = _direction(here, actual)
        halts = kind is MismatchKind.POSITION_FOREIGN and not rules.adopts
        adopted = ExternalPositionFound(
            instrument=name, quantity=belief.adopted.get(name, ZERO) + actual - here
        )
        severity = Severity.HALTED if halts else None
        yield difference(kind, name, name, plain(here), plain(actual), adopted, severity)


def _may_explain(instrument: str, excess: Decimal, belief: Belief) -> bool:
    """Whether orders of ours that nobody knows about can have traded this much, base units: then it is theirs
    until they are settled, for what is adopted now would count twice when their fills are told."""
    for sign in (1, -1):
        open_ = (belief.orders[order_id] for order_id in belief.sent_at)
        most = sum((one.remaining for one in open_ if _goes(one, instrument, sign)), ZERO)
        if 0 < excess * sign <= most:
            return True
    return False


def _goes(order: Order, instrument: str, sign: int) -> bool:
    return order.request.instrument == instrument and order.request.side.sign == sign


def _direction(here: Decimal, actual: Decimal) -> MismatchKind:
    if not here:
        return MismatchKind.POSITION_FOREIGN
    if here * actual < 0:
        return MismatchKind.POSITION_OPPOSITE
    return MismatchKind.POSITION_LARGER if abs(actual) > abs(here) else MismatchKind.POSITION_SMALLER


def compare_cash(belief: Belief, there: VenueSnapshot, rules: Rules) -> Iterator[Difference]:
    """The asset that is traded with, exactly; the one that fees are paid in, within its tolerance. While it
    is not known whether an order of ours has traded, nothing is said."""
    if there.balances is None or there.fills is None or belief.sent_at:
        return
    _, change = changes_of(belief, there)
    for asset in dict.fromkeys((belief.asset, rules.fee_asset)):
        if not asset:
            continue
        here = belief.owned.get(asset, ZERO) + (change if asset == belief.asset else ZERO)
        actual = there.balances.get(asset, ZERO)
        tolerance = rules.fee_tolerance if asset == rules.fee_asset else ZERO
        if abs(actual - here) <= tolerance:
            continue
        found = ExternalCashFound(asset=asset, amount=belief.transfers.get(asset, ZERO) + actual - here)
        severity = None if asset == belief.asset else Severity.TOLD
        kind = MismatchKind.CASH_DIFFERS
        yield difference(kind, asset, "", plain(here), plain(actual), found, severity)


def compare_cover(belief: Belief, there: VenueSnapshot, rules: Rules) -> Iterator[Difference]:
    """Trades of ours that hold something and have no stop and no exit at the venue; the Inspector acts. What
    somebody else has closed for us needs none: the account was flat after its entry, or it holds no more
    than the covered trades do. Nor does less than a lot, which a fee taken in kind leaves over."""
    if there.fills is None or not there.is_listed:
        return
    totals, working = totals_of(belief, there), there.working()
    carrying = {order_id for orders in belief.carrying.values() for order_id in orders}
    carrying.update(fill.order_id for fill in unheard(belief, there))
    held = _withheld(belief)
    entries: dict[str, OrderRequest] = {}
    covered: set[str] = set()
    for order_id, order in belief.orders.items():
        request = order.request
        trade = request.trade_id
        if request.purpose.opens:
            entries[trade] = request
        change = totals[order_id] if request.purpose.opens else -totals[order_id]
        held[trade] = held.get(trade, ZERO) + change
        if order_id in working and request.purpose in (Purpose.STOP, Purpose.EXIT):
            covered.add(trade)
    safe: dict[str, Decimal] = {}
    for trade in covered & entries.keys():
        name, sign = entries[trade].instrument, entries[trade].side.sign
        safe[name] = safe.get(name, ZERO) + held[trade] * sign
    for trade, entry in entries.items():
        quantity, name = held[trade], entry.instrument
        bare = ZERO if there.positions is None else there.positions.get(name, ZERO) - safe.get(name, ZERO)
        is_gone = entry.id not in carrying or (there.positions is not None and bare * entry.side.sign <= 0)
        is_left = quantity > 0 and quantity >= rules.lots.get(name, ZERO)
        if is_left and trade not in covered and not is_gone:
            kind = MismatchKind.STOP_MISSING
            yield difference(kind, trade, name, f"holds {plain(quantity)}", "no stop, no exit")


def _withheld(belief: Belief) -> dict[str, Decimal]:
    """What fees taken in kind have kept back of each trade, below zero, in base units."""
    found: dict[str, Decimal] = {}
    for fill in belief.fills.values():
        order = belief.orders.get(fill.order_id) if fill.withheld else None
        if order is not None:
            trade = order.request.trade_id
            found[trade] = found.get(trade, ZERO) - fill.withheld
    return found


def plain(amount: Decimal) -> str:
    """The same amount, the same text, however many zeros it was computed with."""
    return f"{amount.normalize():f}" if amount else "0"
