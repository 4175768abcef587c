"""One planted difference of every kind: how it comes about, and what has to become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from barfinex.domain.mismatch import MismatchKind, Severity
from barfinex.domain.order import OrderState, OrderType, Side
from barfinex.provider.venues.base import Cancelled
from tests.factories import fill, order_request
from tests.provider.reconciliation.desk import LIMIT, STOP, THEIRS, Desk

TOLD, REDUCING, HALTED = Severity.TOLD, Severity.REDUCING, Severity.HALTED
LOST = order_request("ord-3-e", type=OrderType.LIMIT, price=Decimal(85), trade_id="trd-3")


class Plant(NamedTuple):
    """`facts` are the repairs, by name; `severity` is what it does to trading."""

    kind: MismatchKind
    plant: Callable[[Desk], Awaitable[None]]
    facts: tuple[str, ...]
    severity: Severity = TOLD


async def _fill_missed(desk: Desk) -> None:
    desk.exchange.trade(fill(id="f-2", order_id=STOP.id, side=Side.SELL, quantity=Decimal(2)))


async def _fill_duplicated(desk: Desk) -> None:
    desk.exchange.made.append(desk.exchange.made[0])


async def _fill_foreign(desk: Desk) -> None:
    desk.exchange.trade(fill(id="m-1", order_id="manual-1", quantity=Decimal("0.5")))


async def _fill_differs(desk: Desk) -> None:
    desk.exchange.made[0] = replace(desk.exchange.made[0], price=Decimal(101))


async def _fill_revoked(desk: Desk) -> None:
    del desk.exchange.made[0]


async def _ack_missed(desk: Desk) -> None:
    desk.submit_unheard(LOST)
    desk.exchange.put(LOST)


async def _unknown(desk: Desk) -> None:
    desk.exchange.silent = {LOST.id}
    await desk.send(LOST)


async def _intent_found(desk: Desk) -> None:
    await _unknown(desk)
    desk.exchange.put(LOST)


async def _intent_absent(desk: Desk) -> None:
    """The desk's rule is that of a venue which answers for its own file: believed at once."""
    await _unknown(desk)


async def _rejection_missed(desk: Desk) -> None:
    await _unknown(desk)
    desk.exchange.put(LOST, OrderState.REJECTED)


async def _cancel_missed(desk: Desk) -> None:
    desk.exchange.become(LIMIT.id, state=OrderState.CANCELLED)


async def _expiry_missed(desk: Desk) -> None:
    desk.exchange.become(LIMIT.id, state=OrderState.EXPIRED)


async def _order_gone(desk: Desk) -> None:
    del desk.exchange.orders[LIMIT.id]


async def _order_revived(desk: Desk) -> None:
    desk.exchange.say(Cancelled(LIMIT.id, 0, "requested"))


async def _filled_differs(desk: Desk) -> None:
    desk.exchange.become(LIMIT.id, filled=Decimal("0.5"), state=OrderState.PARTIALLY_FILLED)


async def _quantity_differs(desk: Desk) -> None:
    desk.exchange.become(LIMIT.id, request=replace(LIMIT, quantity=Decimal(7)))


async def _price_differs(desk: Desk) -> None:
    desk.exchange.become(STOP.id, request=replace(STOP, trigger=Decimal(50)))


async def _order_foreign(desk: Desk) -> None:
    desk.exchange.put(THEIRS)


async def _stop_foreign(desk: Desk) -> None:
    stop = replace(THEIRS, type=OrderType.STOP, price=None, trigger=Decimal(70), side=Side.SELL)
    desk.exchange.put(stop)


async def _external_ended(desk: Desk) -> None:
    desk.exchange.put(THEIRS)
    await desk.start()
    desk.exchange.become(THEIRS.id, state=OrderState.CANCELLED)


async def _twin_found(desk: Desk) -> None:
    desk.exchange.put(replace(THEIRS, id="ord-elsewhere-e"))


async def _stop_missing(desk: Desk) -> None:
    desk.exchange.become(STOP.id, state=OrderState.CANCELLED)
    desk.exchange.say(Cancelled(STOP.id, 0, "requested"))


async def _position_larger(desk: Desk) -> None:
    desk.exchange.held["BTC-USDT"] = Decimal(3)


async def _position_smaller(desk: Desk) -> None:
    desk.exchange.held.clear()


async def _position_opposite(desk: Desk) -> None:
    desk.exchange.held["BTC-USDT"] = Decimal(-1)


async def _position_foreign(desk: Desk) -> None:
    desk.exchange.held["ETH-USDT"] = Decimal(5)


async def _cash_differs(desk: Desk) -> None:
    desk.exchange.owned["cash"] -= Decimal("0.000000000001")


async def _query_failed(desk: Desk) -> None:
    desk.exchange.deaf = {"balances"}


K = MismatchKind
PLANTS = (
    Plant(K.FILL_MISSED, _fill_missed, ("OrderFilled",)),
    Plant(K.FILL_DUPLICATED, _fill_duplicated, ()),
    Plant(K.FILL_FOREIGN, _fill_foreign, ("ExternalFillFound",)),
    Plant(K.FILL_DIFFERS, _fill_differs, (), HALTED),
    Plant(K.FILL_REVOKED, _fill_revoked, (), HALTED),
    Plant(K.ACK_MISSED, _ack_missed, ("OrderAccepted",)),
    Plant(K.INTENT_FOUND, _intent_found, ("OrderAccepted",)),
    Plant(K.INTENT_ABSENT, _intent_absent, ("OrderRejected",)),
    Plant(K.REJECTION_MISSED, _rejection_missed, ("OrderRejected",)),
    Plant(K.CANCEL_MISSED, _cancel_missed, ("OrderCancelled",)),
    Plant(K.EXPIRY_MISSED, _expiry_missed, ("OrderExpired",)),
    Plant(K.ORDER_GONE, _order_gone, ("OrderExpired",), REDUCING),
    Plant(K.ORDER_REVIVED, _order_revived, ("ExternalOrderFound",), HALTED),
    Plant(K.FILLED_DIFFERS, _filled_differs, (), REDUCING),
    Plant(K.QUANTITY_DIFFERS, _quantity_differs, (), HALTED),
    Plant(K.PRICE_DIFFERS, _price_differs, (), HALTED),
    Plant(K.ORDER_FOREIGN, _order_foreign, ("ExternalOrderFound",)),
    Plant(K.STOP_FOREIGN, _stop_foreign, ("ExternalOrderFound",)),
    Plant(K.EXTERNAL_ENDED, _external_ended, ("ExternalOrderEnded",)),
    Plant(K.TWIN_FOUND, _twin_found, ("ExternalOrderFound",), HALTED),
    Plant(K.STOP_MISSING, _stop_missing, ()),
    Plant(K.POSITION_LARGER, _position_larger, ("ExternalPositionFound",), REDUCING),
    Plant(K.POSITION_SMALLER, _position_smaller, ("ExternalPositionFound",), REDUCING),
    Plant(K.POSITION_OPPOSITE, _position_opposite, ("ExternalPositionFound",), HALTED),
    Plant(K.POSITION_FOREIGN, _position_foreign, ("ExternalPositionFound",)),
    Plant(K.CASH_DIFFERS, _cash_differs, ("ExternalCashFound",), REDUCING),
    Plant(K.QUERY_FAILED, _query_failed, (), REDUCING),
)
