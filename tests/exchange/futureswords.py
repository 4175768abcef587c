"""Orders and trades as USD-M futures write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.exchange.orders import Held, Trade
from tests.exchange.words import text

ZERO = Decimal(0)


def futures_order(one: Held) -> dict[str, Any]:
    average = one.value / one.filled if one.filled else ZERO
    return {
        "orderId": one.number,
        "symbol": one.symbol,
        "status": one.status,
        "clientOrderId": one.client_id,
        "price": text(one.price),
        "avgPrice": text(average),
        "origQty": text(one.quantity),
        "executedQty": text(one.filled),
        "cumQuote": text(one.value),
        "timeInForce": one.time_in_force,
        "type": "MARKET" if one.is_conditional and one.armed and not one.price else one.type,
        "origType": one.type,
        "reduceOnly": one.reduce_only,
        "closePosition": False,
        "side": one.side,
        "positionSide": "BOTH",
        "stopPrice": text(one.trigger),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "time": one.time,
        "updateTime": one.updated or one.time,
    }


def algo_order(one: Held) -> dict[str, Any]:
    done = {"NEW": "NEW", "CANCELED": "CANCELED", "EXPIRED": "EXPIRED"}
    status = "TRIGGERED" if one.armed and one.status == "NEW" else done.get(one.status, "FINISHED")
    return {
        "algoId": one.number,
        "clientAlgoId": one.client_id,
        "algoType": "CONDITIONAL",
        "orderType": one.type,
        "symbol": one.symbol,
        "side": one.side,
        "positionSide": "BOTH",
        "timeInForce": one.time_in_force,
        "quantity": text(one.quantity),
        "algoStatus": status,
        "actualOrderId": str(one.number) if one.armed else "",
        "actualPrice": text(one.value / one.filled) if one.filled else "0",
        "triggerPrice": text(one.trigger),
        "price": text(one.price),
        "reduceOnly": one.reduce_only,
        "closePosition": False,
        "workingType": "CONTRACT_PRICE",
        "createTime": one.time,
        "updateTime": one.updated or one.time,
        "triggerTime": one.updated if one.armed else 0,
    }


def futures_trade(one: Held, fill: Trade) -> dict[str, Any]:
    return {
        "symbol": one.symbol,
        "id": fill.id,
        "orderId": one.number,
        "side": one.side,
        "price": text(fill.price),
        "qty": text(fill.quantity),
        "realizedPnl": text(fill.profit),
        "quoteQty": text(fill.price * fill.quantity),
        "commission": text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "positionSide": "BOTH",
        "buyer": one.side == "BUY",
        "maker": fill.maker,
    }


def order_update(one: Held, what: str, fill: Trade | None, now: int) -> dict[str, Any]:
    last = {"l": "0", "L": "0", "n": "0", "t": 0, "rp": "0"}
    if fill is not None:
        last = {"l": text(fill.quantity), "L": text(fill.price), "n": text(fill.fee), "t": fill.id}
        last |= {"N": fill.fee_asset, "rp": text(fill.profit)}
    average = text(one.value / one.filled) if one.filled else "0"
    plain = {
        "s": one.symbol,
        "c": one.client_id,
        "S": one.side,
        "o": one.type,
        "ot": one.type,
        "i": one.number,
    }
    plain |= {"f": one.time_in_force, "q": text(one.quantity), "p": text(one.price), "sp": text(one.trigger)}
    plain |= {"ap": average, "x": what, "X": one.status, "z": text(one.filled), "T": now, "ps": "BOTH"}
    return {
        **plain,
        **last,
        "R": one.reduce_only,
        "m": bool(fill and fill.maker),
        "wt": "CONTRACT_PRICE",
        "cp": False,
    }
