"""An order as the exchange holds it, and how it writes one in its answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.exchange.words import MISSING, No, text

ZERO = Decimal(0)
OPEN = ("NEW", "PARTIALLY_FILLED")


@dataclass
class Trade:
    """A fill; `fee` in units of `fee_asset`."""

    id: int
    time: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    profit: Decimal = ZERO


@dataclass
class Held:
    """An order. `list_id` joins the legs of an OCO; `armed` once its trigger was met, or without one."""

    symbol: str
    number: int
    client_id: str
    side: str
    type: str
    quantity: Decimal
    time: int
    price: Decimal = ZERO
    trigger: Decimal = ZERO
    time_in_force: str = "GTC"
    list_id: int = -1
    reduce_only: bool = False
    status: str = "NEW"
    armed: bool = True
    rested: bool = False
    updated: int = 0
    locked: tuple[str, Decimal] = ("", ZERO)
    trades: list[Trade] = field(default_factory=list)

    def refuse_incomplete(self) -> None:
        """Raises No when its type needs something that it lacks."""
        needs = {"price": self.type.startswith("LIMIT") or self.type.endswith("_LIMIT")}
        needs["stopPrice"] = self.type.startswith(("STOP", "TAKE_PROFIT"))
        for name, there in (("price", self.price), ("stopPrice", self.trigger)):
            if needs[name] and not there:
                raise No(MISSING, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")

    @property
    def filled(self) -> Decimal:
        return sum((one.quantity for one in self.trades), ZERO)

    @property
    def left(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def value(self) -> Decimal:
        return sum((one.quantity * one.price for one in self.trades), ZERO)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_conditional(self) -> bool:
        return self.trigger > 0

    @property
    def signed(self) -> int:
        return 1 if self.side == "BUY" else -1


def spot_order(one: Held) -> dict[str, Any]:
    return {
        "symbol": one.symbol,
        "orderId": one.number,
        "orderListId": one.list_id,
        "clientOrderId": one.client_id,
        "price": text(one.price),
        "origQty": text(one.quantity),
        "executedQty": text(one.filled),
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": text(one.value),
        "status": one.status,
        "timeInForce": one.time_in_force,
        "type": one.type,
        "side": one.side,
        "stopPrice": text(one.trigger),
        "icebergQty": "0.00000000",
        "time": one.time,
        "updateTime": one.updated or one.time,
        "transactTime": one.updated or one.time,
        "workingTime": one.time,
        "isWorking": one.armed,
        "selfTradePreventionMode": "NONE",
        "fills": [
            {
                "price": text(fill.price),
                "qty": text(fill.quantity),
                "commission": text(fill.fee),
                "commissionAsset": fill.fee_asset,
                "tradeId": fill.id,
            }
            for fill in one.trades
        ],
    }


def spot_trade(one: Held, fill: Trade) -> dict[str, Any]:
    return {
        "symbol": one.symbol,
        "id": fill.id,
        "orderId": one.number,
        "orderListId": one.list_id,
        "price": text(fill.price),
        "qty": text(fill.quantity),
        "quoteQty": text(fill.quantity * fill.price),
        "commission": text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": one.side == "BUY",
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def execution_report(one: Held, what: str, now: int, fill: Trade | None = None) -> dict[str, Any]:
    """The user stream's event; a cancel has the client id of the cancel in `c`, the order's in `C`."""
    gone = what in ("CANCELED", "EXPIRED")
    return {
        "e": "executionReport",
        "E": now,
        "s": one.symbol,
        "c": f"cancel-{one.number}" if what == "CANCELED" else one.client_id,
        "S": one.side,
        "o": one.type,
        "f": one.time_in_force,
        "q": text(one.quantity),
        "p": text(one.price),
        "P": text(one.trigger),
        "F": "0.00000000",
        "g": one.list_id,
        "C": one.client_id if what == "CANCELED" else "",
        "x": what,
        "X": one.status,
        "r": "NONE",
        "i": one.number,
        "l": text(fill.quantity) if fill else "0.00000000",
        "z": text(one.filled),
        "L": text(fill.price) if fill else "0.00000000",
        "n": text(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": fill.time if fill else now,
        "t": fill.id if fill else -1,
        "v": 0,
        "I": one.number,
        "w": one.is_open and not gone,
        "m": bool(fill and fill.maker),
        "M": False,
        "O": one.time,
        "Z": text(one.value),
        "Y": text(fill.quantity * fill.price) if fill else "0.00000000",
        "Q": "0.00000000",
        "W": one.time,
        "V": "NONE",
    }
