"""The exchange's account and its matching: spot balances, or one-way positions with margin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.exchange.listing import Listed
from tests.exchange.orders import Held, Trade
from tests.exchange.words import (
    DUPLICATE,
    NO_BALANCE,
    NO_MARGIN,
    NO_SUCH_ORDER,
    POST_ONLY,
    WOULD_TAKE,
    WOULD_TRIGGER,
    No,
)

ZERO = Decimal(0)
HALF_SPREAD = 5  # ticks
Told = Callable[[Held, str, Trade | None], None]


@dataclass
class Account:
    """One customer's money and orders. `tell(order, what, fill)` hears of every change, as the user stream
    does; `parts`: in how many fills an order executes; `depth`: how much can be executed now,
    None for any amount; `fee_asset`: what fees are taken in, None for the market's own.
    """

    listings: dict[str, Listed]
    now: Callable[[], int]
    futures: bool = False
    fee: Decimal = Decimal("0.001")
    leverage: Decimal = Decimal(20)
    parts: int = 1
    depth: Decimal | None = None
    fee_asset: str | None = None
    free: dict[str, Decimal] = field(default_factory=lambda: {"USDT": Decimal(100_000)})
    locked: dict[str, Decimal] = field(default_factory=dict)
    held: dict[str, Decimal] = field(default_factory=dict)
    entry: dict[str, Decimal] = field(default_factory=dict)
    orders: list[Held] = field(default_factory=list)
    tell: Told = lambda _order, _what, _fill: None
    last_number: int = 1_000
    last_trade: int = 50_000

    def quote(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Best bid and ask."""
        one = self.listings[symbol]
        return one.price - HALF_SPREAD * one.tick, one.price + HALF_SPREAD * one.tick

    def find(self, symbol: str, number: str | None, client_id: str | None) -> Held:
        """The newest order of that number or client id. Raises No."""
        for one in reversed(self.orders):
            if one.symbol == symbol and (
                str(one.number) == number or (client_id and one.client_id == client_id)
            ):
                return one
        raise No(*NO_SUCH_ORDER)

    def open_orders(self, symbol: str | None = None) -> list[Held]:
        return [one for one in self.orders if one.is_open and symbol in (None, one.symbol)]

    def place(self, order: Held) -> Held:
        """Take an order in and match it. Raises No."""
        self._check(order)
        order.armed = not order.is_conditional
        self._lock(order)
        self.orders.append(order)
        self.tell(order, "NEW", None)
        self.match(order.symbol)
        if order.is_open and order.armed and order.time_in_force in ("IOC", "FOK"):
            self.end(order, "EXPIRED")
        order.rested = order.is_open and order.armed
        return order

    def place_list(self, legs: list[Held]) -> list[Held]:
        """An OCO: all legs or none; the first to trade ends the others. What is sold is locked once."""
        for leg in legs:
            self._check(leg)
        for leg in legs:
            leg.armed = not leg.is_conditional
        self._lock(legs[0])
        for leg in legs:
            self.orders.append(leg)
            self.tell(leg, "NEW", None)
        self.match(legs[0].symbol)
        for leg in legs:
            leg.rested = leg.is_open and leg.armed
        return legs

    def _check(self, order: Held) -> None:
        one = self.listings[order.symbol]
        order.refuse_incomplete()
        if one.status != "TRADING":
            raise No(-1013, "Market is closed.")
        if any(each.client_id == order.client_id and each.is_open for each in self.orders):
            raise No(*DUPLICATE)
        market = order.type in ("MARKET", "STOP_LOSS", "TAKE_PROFIT", "STOP_MARKET", "TAKE_PROFIT_MARKET")
        bid, ask = self.quote(order.symbol)
        price = order.price or order.trigger or (ask if order.side == "BUY" else bid)
        for asked in filter(None, (order.price, order.trigger)):
            one.check_price(asked, one.price)
        if order.price:
            one.check_side(order.price, one.price, order.side)
        one.check_quantity(order.quantity, market=market)
        if not order.reduce_only:
            one.check_value(order.quantity * price, market=market)
        self._check_counts(one, order)
        if order.is_conditional and self._is_met(order):
            raise No(-2021, "Order would immediately trigger.") if self.futures else No(*WOULD_TRIGGER)
        if (order.type == "LIMIT_MAKER" or order.time_in_force == "GTX") and self._crosses(order):
            raise No(*(POST_ONLY if self.futures else WOULD_TAKE))
        if order.reduce_only and order.signed * self.held.get(order.symbol, ZERO) >= 0:
            raise No(-2022, "ReduceOnly Order is rejected.")

    def _check_counts(self, one: Listed, order: Held) -> None:
        working = self.open_orders(order.symbol)
        if len(working) >= int(one.filters.get("MAX_NUM_ORDERS", {}).get("maxNumOrders", 200)):
            raise No(-1013, "Filter failure: MAX_NUM_ORDERS")
        algo = sum(each.is_conditional for each in working)
        most = int(one.filters.get("MAX_NUM_ALGO_ORDERS", {}).get("maxNumAlgoOrders", 100))
        if order.is_conditional and algo >= most:
            raise No(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")
        if "MAX_POSITION" in one.filters and order.side == "BUY":
            most_held = Decimal(one.filters["MAX_POSITION"]["maxPosition"])
            buying = sum((each.left for each in working if each.side == "BUY"), ZERO)
            if self.free.get(one.base, ZERO) + buying + order.quantity > most_held:
                raise No(-1013, "Filter failure: MAX_POSITION")

    def _lock(self, order: Held) -> None:
        """Raises No when the money is not there."""
        one = self.listings[order.symbol]
        _, ask = self.quote(order.symbol)
        price = order.price or order.trigger or ask
        if self.futures:
            if not order.reduce_only and order.quantity * price / self.leverage > self.free.get(
                one.quote, ZERO
            ):
                raise No(*NO_MARGIN)
            return
        asset = one.quote if order.side == "BUY" else one.base
        needed = order.quantity * price if order.side == "BUY" else order.quantity
        if self.free.get(asset, ZERO) < needed:
            raise No(*NO_BALANCE)
        self.free[asset] -= needed
        self.locked[asset] = self.locked.get(asset, ZERO) + needed
        order.locked = (asset, needed)

    def _unlock(self, order: Held, amount: Decimal) -> None:
        asset, rest = order.locked
        given = min(amount, rest)
        order.locked = (asset, rest - given)
        self.locked[asset] -= given
        self.free[asset] = self.free.get(asset, ZERO) + given

    def match(self, symbol: str) -> None:
        """Execute whatever the present price allows."""
        for order in self.open_orders(symbol):
            if not order.is_open:
                continue  # A partner of its list was first.
            if not order.armed and self._is_met(order):
                order.armed = True
            if order.armed and (order.price == 0 or self._crosses(order)):
                self._take(order)

    def _take(self, order: Held) -> None:
        if self.depth is None:
            self.fill(order, order.left)
            return
        there = min(order.left, self.depth)
        if order.time_in_force == "FOK" and there < order.left:
            return
        self.depth -= there
        if there:
            self.fill(order, there)
        if order.left and not order.price:
            self.end(order, "EXPIRED")

    def _is_met(self, order: Held) -> bool:
        price = self.listings[order.symbol].price
        rising = (order.side == "BUY") == order.type.startswith("STOP")
        return price >= order.trigger if rising else price <= order.trigger

    def _crosses(self, order: Held) -> bool:
        bid, ask = self.quote(order.symbol)
        return order.price >= ask if order.side == "BUY" else order.price <= bid

    def fill(self, order: Held, quantity: Decimal) -> None:
        """Execute so much of it, in `parts` trades; the partners of its list end with the first."""
        if order.reduce_only:
            quantity = min(quantity, max(-order.signed * self.held.get(order.symbol, ZERO), ZERO))
            if not quantity:
                self.end(order, "EXPIRED")
                return
        bid, ask = self.quote(order.symbol)
        best = ask if order.side == "BUY" else bid
        maker = order.rested
        price = order.price if maker else best
        lot = self.listings[order.symbol].lot or Decimal("0.00000001")
        left = quantity
        for part in range(self.parts, 0, -1):
            size = left if part == 1 else (left / part // lot) * lot
            if size > 0:
                left -= size
                self._execute(order, size, price, maker)
        if order.reduce_only and order.left:
            self.end(order, "EXPIRED")
        for partner in self.orders:
            if order.list_id != -1 and partner.list_id == order.list_id and partner is not order:
                self.end(partner, "EXPIRED")

    def _execute(self, order: Held, size: Decimal, price: Decimal, maker: bool) -> None:
        one = self.listings[order.symbol]
        self.last_trade += 1
        if self.futures:
            fee, asset, profit = size * price * self.fee, one.quote, self._carry(order, size, price)
            self.free[asset] = self.free.get(asset, ZERO) + profit - fee
        else:
            fee, asset = (
                (size * self.fee, one.base) if order.side == "BUY" else (size * price * self.fee, one.quote)
            )
            profit = ZERO
            if self.fee_asset:
                fee, asset = size * price * self.fee / 500, self.fee_asset
                self.free[asset] = self.free.get(asset, ZERO) - fee
            self._settle(order, size, price, ZERO if self.fee_asset else fee)
        order.trades.append(Trade(self.last_trade, self.now(), price, size, fee, asset, maker, profit))
        order.status = "FILLED" if not order.left else "PARTIALLY_FILLED"
        order.updated = self.now()
        self.tell(order, "TRADE", order.trades[-1])

    def _settle(self, order: Held, size: Decimal, price: Decimal, fee: Decimal) -> None:
        one, (_, rest) = self.listings[order.symbol], order.locked
        if order.side == "BUY":
            share = rest * size / (order.left or size)
            self._unlock(order, share)
            self.free[one.quote] -= size * price
            self.free[one.base] = self.free.get(one.base, ZERO) + size - fee
        else:
            source = (
                order
                if rest
                else next(each for each in self.orders if each.list_id == order.list_id and each.locked[1])
            )
            self._unlock(source, size)
            self.free[one.base] -= size
            self.free[one.quote] = self.free.get(one.quote, ZERO) + size * price - fee

    def _carry(self, order: Held, size: Decimal, price: Decimal) -> Decimal:
        """Change a position; returns what closing a part of it has realised."""
        before, entry = self.held.get(order.symbol, ZERO), self.entry.get(order.symbol, ZERO)
        change = size * order.signed
        after = before + change
        closed = min(abs(before), size) if before * change < 0 else ZERO
        profit = closed * (price - entry) * (1 if before > 0 else -1)
        if before * change >= 0:
            self.entry[order.symbol] = (abs(before) * entry + size * price) / abs(after)
        elif after * before <= 0:
            self.entry[order.symbol] = price if after else ZERO
        self.held[order.symbol] = after
        return profit

    def end(self, order: Held, status: str) -> None:
        """CANCELED or EXPIRED; what was locked is free again."""
        if not order.is_open:
            return
        self._unlock(order, order.locked[1]) if order.locked[1] else None
        order.status, order.updated = status, self.now()
        self.tell(order, status, None)

    def cancel(self, order: Held) -> None:
        """Take it back, and the other legs of its list with it. Raises No when it has ended."""
        if not order.is_open:
            raise No(-2011, "Unknown order sent.")
        for one in [order, *self.orders]:
            if one is order or (order.list_id != -1 and one.list_id == order.list_id):
                self.end(one, "CANCELED")
