"""Orders and fills as ccxt writes them, and as we do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState, OrderType, Purpose, Side
from barfinex.provider.venues.ccxt.instruments import Market
from barfinex.provider.venues.errors import VenueError

PURPOSES = {"e": Purpose.ENTRY, "s": Purpose.STOP, "t": Purpose.TARGET, "x": Purpose.EXIT}
TRIGGERED = {OrderType.STOP: "stopLossPrice", OrderType.STOP_LIMIT: "stopLossPrice"}
TRIGGERED |= {OrderType.TAKE_PROFIT: "takeProfitPrice"}
STATES = {
    "open": OrderState.ACCEPTED,
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "canceling": OrderState.PENDING_CANCEL,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
}

Words = tuple[str, str, str, str | None, dict[str, Any]]


def words_of(request: OrderRequest, *, reduces: bool) -> Words:
    """(type, side, amount, price, params) for `create_order`: numbers as text, exactly as approved."""
    limit = request.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    params: dict[str, Any] = {"clientOrderId": request.id}
    if request.trigger is not None:
        params[TRIGGERED[request.type]] = f"{request.trigger:f}"
    if reduces and request.reduce_only:
        params["reduceOnly"] = True
    # A price beside a market order would be taken for an amount of money.
    price = f"{request.price:f}" if limit and request.price is not None else None
    return "limit" if limit else "market", request.side.value, f"{request.quantity:f}", price, params


def order_of(raw: Mapping[str, Any], market: Market) -> Order:
    """An order in ccxt's form. Raises VenueError for one that cannot be read."""
    order_id = raw.get("clientOrderId") or f"venue-{raw.get('id')}"
    state, filled = STATES.get(str(raw.get("status"))), exact(raw.get("filled") or 0)
    if state is None:
        raise VenueError(f"order {order_id} is in a state that is not known: {raw.get('status')}")
    if state is OrderState.ACCEPTED and filled:
        state = OrderState.PARTIALLY_FILLED
    trigger = _above_zero(raw.get("triggerPrice") or raw.get("stopPrice"))
    price = _above_zero(raw.get("price"))
    kind = _type(raw, trigger, price)
    request = OrderRequest(
        id=order_id,
        instrument=market.symbol,
        side=Side(str(raw["side"])),
        type=kind,
        quantity=exact(raw.get("amount") or 0),
        purpose=PURPOSES.get(order_id.rpartition("-")[2][:1], Purpose.EXIT),
        trade_id="",
        strategy="",
        intent_id="",
        price=price if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
        trigger=trigger,
        reduce_only=bool(raw.get("reduceOnly")),
    )
    return Order(request, state, filled)


def _type(raw: Mapping[str, Any], trigger: Decimal | None, price: Decimal | None) -> OrderType:
    """What the exchange calls it comes first: ccxt writes stop and take-profit orders as limit and market."""
    info = raw.get("info") or {}
    name = str(info.get("orderType") or info.get("origType") or info.get("type") or raw.get("type")).upper()
    if trigger is None:
        return OrderType.MARKET if name == "MARKET" else OrderType.LIMIT
    if name.startswith("TAKE_PROFIT"):
        return OrderType.TAKE_PROFIT
    limited = price is not None and not name.endswith("MARKET") and name != "STOP_LOSS"
    return OrderType.STOP_LIMIT if limited else OrderType.STOP


def fill_of(raw: Mapping[str, Any], market: Market, order_id: str) -> Fill:
    """A trade of ours. A fee in the base asset is withheld, and counted at the trade's price; one in a third
    asset is not counted here, but in that asset's balance."""
    price, quantity = exact(raw["price"]), exact(raw["amount"])
    fee = raw.get("fee") or {}
    cost, asset = exact(fee.get("cost") or 0), fee.get("currency")
    counted = cost * price if asset == market.base else cost if asset == market.quote else ZERO
    side = Side(str(raw["side"]))
    withheld = cost if asset == market.base else ZERO
    about = str(raw["id"]), order_id, market.symbol, side
    return Fill(*about, quantity, price, counted, int(raw["timestamp"]), withheld)


def exact(value: Any) -> Decimal:
    """A number of ccxt's as it was written. Raises VenueError when it is none, or not finite."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        raise VenueError(f"{str(value)[:40]!r} is no number") from None
    if not found.is_finite():
        raise VenueError(f"{found} is not finite")
    return found


def _above_zero(value: Any) -> Decimal | None:
    found = exact(value) if value is not None else ZERO
    return found if found > 0 else None
