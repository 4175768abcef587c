"""The orders that end a position: stop and target as a pair, or an exit at market. All only reduce."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from barfinex.domain.ids import kin
from barfinex.domain.money import ZERO, exact, tick_above, tick_below
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.signal import Direction
from barfinex.events.inspector import TradeClosed
from barfinex.inspector.guard import Guard, Slice
from barfinex.inspector.managed import InFlight, ManagedPosition

LIMIT_ROOM = 0.01
"""How much worse than its trigger a stop-limit sells: wide enough to fill, and a bound on what it costs."""


def levels(
    position: ManagedPosition, price: Decimal, tick: Decimal | None, part: int = -1
) -> tuple[Decimal, Decimal | None]:
    """(stop, target) in quote units from a fill's price, each on the tick nearer to the entry."""
    bracket, fill = position.bracket, float(price)
    sign = position.direction.sign
    up, down = (tick_above, tick_below) if position.direction is Direction.LONG else (tick_below, tick_above)
    stop = up(exact(fill * (1 - sign * bracket.stop)), tick)
    distance = bracket.target
    if bracket.targets:
        at = max(part, 0)
        distance = bracket.targets[at].distance if at < len(bracket.targets) else None
    if distance is None:
        return stop, None
    target = down(exact(fill * (1 + sign * distance)), tick)
    return stop, target if target > 0 else None  # A short cannot gain more than the whole price.


def pair(
    position: ManagedPosition,
    bare: Slice,
    tick: Decimal | None,
    kind: OrderType = OrderType.STOP,
    *,
    alone: bool = False,
) -> tuple[OrderRequest, ...]:
    """The stop over a slice and, if the bracket has one, the target; a fill of one cancels the other, and so
    does an exit of the same slice, which joins their group. `alone`: the target does not rest there."""
    stop, target = levels(position, bare.price, tick, bare.part)
    if position.floor is not None and (position.floor - stop) * position.direction.sign > 0:
        stop = position.floor
    quantity, nth = min(bare.quantity, position.left), _nth(position.pairs)
    group = kin("oco", position.id)
    oco = f"{group}-{nth}" if nth else group
    protective = _stop(position, quantity, stop, oco, "stop", kind, tick)
    if target is None or alone:
        return (protective,)
    terms = _Terms(OrderType.TAKE_PROFIT, target)
    return protective, _order(position, "t" + nth, Purpose.TARGET, quantity, "target", terms, oco)


def moved(
    position: ManagedPosition,
    guard: Guard,
    level: Decimal,
    reason: str,
    kind: OrderType,
    tick: Decimal | None,
) -> OrderRequest:
    """A stop at another level for a slice that has one: it joins the group; the old one stays meanwhile."""
    quantity = min(guard.open - min(position.surplus, guard.open), position.left) or guard.open
    return _stop(position, quantity, level, guard.oco, reason, kind, tick)


def market_exits(
    position: ManagedPosition,
    rest: Decimal,
    reason: str,
    intent_id: str = "",
    only: Guard | None = None,
) -> tuple[OrderRequest, ...]:
    """Sell `rest` (base units) of a position at market: one order for each guarded slice, in the group of its
    stop, so that a stop which fills meanwhile cannot sell the slice twice; and one for what is naked.

    `reason` becomes the round trip's; without an `intent_id` the exits belong to the entry's intent. `only`
    sells the slice of one guard.
    """
    orders: list[OrderRequest] = []

    def sell(quantity: Decimal, oco: str | None) -> Decimal:
        suffix = "x" + _nth(position.leaves + len(orders))
        orders.append(_order(position, suffix, Purpose.EXIT, quantity, reason, _AT_MARKET, oco, intent_id))
        return rest - quantity

    for guard in position.guards if only is None else [only]:
        quantity = min(guard.open, rest)
        if guard.exit is not None or quantity <= 0:
            continue
        rest = rest - quantity if _sells(position, guard) else sell(quantity, guard.oco)
    if rest > 0 and only is None:
        sell(rest, None)
    return tuple(orders)


def unsold(position: ManagedPosition, rest: Decimal) -> Decimal:
    """How much of `rest` (base units) needs an exit."""
    sold = (guard.open for guard in position.guards if guard.exit is None and _sells(position, guard))
    return rest - sum(sold, ZERO)


def unspoken(position: ManagedPosition, orders: Mapping[str, InFlight]) -> list[Slice]:
    """The naked slices that no exit is about to sell; exits sell the oldest first."""
    exits = [orders[order_id] for order_id in position.exits]
    spoken = sum((order.remaining for order in exits if order.request.oco is None), ZERO)
    room = sum((one.quantity for one in position.naked), ZERO) - spoken
    found: list[Slice] = []
    for bare in reversed(position.naked):
        if bare.quantity <= room:
            found.insert(0, bare)
            room -= bare.quantity
    return found


def closed(position: ManagedPosition) -> TradeClosed:
    """The end of a position, in figures."""
    trade = position.round_trip()
    risk = float(position.cost) * position.bracket.stop
    return TradeClosed(
        instrument=position.instrument,
        trade=trade,
        r_net=float(trade.net_pnl) / risk,
        unprotected_ms=position.bare_ms,
        unprotected_ms_worst=position.bare_ms_worst,
    )


def _sells(position: ManagedPosition, guard: Guard) -> bool:
    """Whether a slice is being sold already, and an exit beside that would sell it twice."""
    return guard.sells and not position.groups


def _stop(
    position: ManagedPosition,
    quantity: Decimal,
    level: Decimal,
    oco: str | None,
    reason: str,
    kind: OrderType,
    tick: Decimal | None,
) -> OrderRequest:
    limit = None
    if kind is OrderType.STOP_LIMIT:
        worse = tick_below if position.direction is Direction.LONG else tick_above
        limit = worse(exact(float(level) * (1 - position.direction.sign * LIMIT_ROOM)), tick)
        limit = limit if limit > 0 else level
    suffix = "s" + _nth(position.pairs)
    return _order(position, suffix, Purpose.STOP, quantity, reason, _Terms(kind, level, limit), oco)


class _Terms(NamedTuple):
    """What a venue executes an order by."""

    kind: OrderType
    trigger: Decimal | None = None
    limit: Decimal | None = None


_AT_MARKET = _Terms(OrderType.MARKET)


def _order(
    position: ManagedPosition,
    suffix: str,
    purpose: Purpose,
    quantity: Decimal,
    reason: str,
    terms: _Terms,
    oco: str | None,
    intent_id: str = "",
) -> OrderRequest:
    return OrderRequest(
        id=f"{kin('ord', position.id)}-{suffix}",
        instrument=position.instrument,
        side=Side.closing(position.direction),
        type=terms.kind,
        quantity=quantity,
        purpose=purpose,
        trade_id=position.id,
        strategy=position.strategy,
        intent_id=intent_id or kin("int", position.id),
        price=terms.limit,
        trigger=terms.trigger,
        reduce_only=True,
        oco=oco,
        reason=reason,
    )


def _nth(made: int) -> str:
    """The first of a kind has no number, the second is 2."""
    return str(made + 1) if made else ""
