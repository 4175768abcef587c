"""The orders that end a position: stop and target as a pair, or an exit at market. All only reduce."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.ids import kin
from barfinex.domain.money import exact, tick_above, tick_below
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.signal import Direction
from barfinex.inspector.managed import ManagedPosition, Slice


def levels(position: ManagedPosition, price: Decimal, tick: Decimal | None) -> tuple[Decimal, Decimal | None]:
    """(stop, target) in quote units from a fill's price, each on the tick nearer to the entry."""
    bracket, fill = position.bracket, float(price)
    sign = position.direction.sign
    up, down = (tick_above, tick_below) if position.direction is Direction.LONG else (tick_below, tick_above)
    stop = up(exact(fill * (1 - sign * bracket.stop)), tick)
    if bracket.target is None:
        return stop, None
    target = down(exact(fill * (1 + sign * bracket.target)), tick)
    return stop, target if target > 0 else None  # A short cannot gain more than the whole price.


def pair(position: ManagedPosition, bare: Slice, tick: Decimal | None) -> tuple[OrderRequest, ...]:
    """The stop over a slice and, if the bracket has one, the target; a fill of one cancels the other, and so
    does an exit of the same slice, which joins their group."""
    stop, target = levels(position, bare.price, tick)
    quantity, nth = min(bare.quantity, position.left), _nth(position.pairs)
    group = kin("oco", position.id)
    oco = f"{group}-{nth}" if nth else group
    protective = _order(position, "s" + nth, Purpose.STOP, quantity, "stop", trigger=stop, oco=oco)
    if target is None:
        return (protective,)
    return protective, _order(
        position, "t" + nth, Purpose.TARGET, quantity, "target", trigger=target, oco=oco
    )


def market_exits(
    position: ManagedPosition, rest: Decimal, reason: str, intent_id: str = ""
) -> tuple[OrderRequest, ...]:
    """Sell `rest` (base units) of a position at market: one order for each guarded slice, in the group of its
    stop, so that a stop which fills meanwhile cannot sell the slice twice; and one for what is naked.

    `reason` becomes the round trip's; without an `intent_id` the exits belong to the entry's intent.
    """
    orders: list[OrderRequest] = []

    def sell(quantity: Decimal, oco: str | None) -> Decimal:
        suffix = "x" + _nth(position.leaves + len(orders))
        orders.append(_order(position, suffix, Purpose.EXIT, quantity, reason, intent_id, oco=oco))
        return rest - quantity

    for guard in position.guards:
        quantity = min(guard.slice.quantity - guard.done, rest)
        if guard.exit is None and quantity > 0:
            rest = sell(quantity, guard.oco)
    if rest > 0:
        sell(rest, None)
    return tuple(orders)


def _order(
    position: ManagedPosition,
    suffix: str,
    purpose: Purpose,
    quantity: Decimal,
    reason: str,
    intent_id: str = "",
    *,
    trigger: Decimal | None = None,
    oco: str | None = None,
) -> OrderRequest:
    return OrderRequest(
        id=f"{kin('ord', position.id)}-{suffix}",
        instrument=position.instrument,
        side=Side.closing(position.direction),
        type=_TYPES[purpose],
        quantity=quantity,
        purpose=purpose,
        trade_id=position.id,
        strategy=position.strategy,
        intent_id=intent_id or kin("int", position.id),
        trigger=trigger,
        reduce_only=True,
        oco=oco,
        reason=reason,
    )


_TYPES = {Purpose.STOP: OrderType.STOP, Purpose.TARGET: OrderType.TAKE_PROFIT, Purpose.EXIT: OrderType.MARKET}


def _nth(made: int) -> str:
    """The first of a kind has no number, the second is 2."""
    return str(made + 1) if made else ""
