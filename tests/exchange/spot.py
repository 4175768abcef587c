"""The REST routes of the spot market."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.exchange.account import Account
from tests.exchange.listing import Listed, spot_info
from tests.exchange.market import STEPS_MS, Ticker
from tests.exchange.orders import Held, Trade, execution_report, spot_order, spot_trade
from tests.exchange.words import BAD_SYMBOL, No, asked, limit_of, number, text

ZERO = Decimal(0)
DAY_MS = 86_400_000
RATES = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
]


class Spot:
    """Answers by route; public ones need no signature."""

    public: tuple[str, ...] = (
        "ping",
        "time",
        "exchangeInfo",
        "depth",
        "trades",
        "aggTrades",
        "klines",
        "ticker/bookTicker",
    )

    def __init__(self, account: Account, tickers: dict[str, Ticker]) -> None:
        self.account, self.tickers = account, tickers
        self.withdrawals = False

    def ask(self, method: str, route: str, params: dict[str, str]) -> Any:
        """The answer's body. Raises No."""
        handler = getattr(self, f"{method.lower()}_{route.replace('/', '_').lower()}", None)
        if handler is None:
            raise No(-1000, f"no such route: {method} {route}", 404)
        return handler(params)

    def listed(self, params: dict[str, str]) -> Listed:
        found = self.account.listings.get(asked(params, "symbol"))
        if found is None:
            raise No(*BAD_SYMBOL)
        return found

    def get_ping(self, _params: dict[str, str]) -> Any:
        return {}

    def get_time(self, _params: dict[str, str]) -> Any:
        return {"serverTime": self.account.now()}

    def get_exchangeinfo(self, _params: dict[str, str]) -> Any:
        symbols = [spot_info(one) for one in self.account.listings.values()]
        base = {
            "timezone": "UTC",
            "serverTime": self.account.now(),
            "rateLimits": RATES,
            "exchangeFilters": [],
        }
        return {**base, "symbols": symbols}

    def get_depth(self, params: dict[str, str]) -> Any:
        return self.tickers[self.listed(params).symbol].depth(limit_of(params, 100, 5000))

    def get_trades(self, params: dict[str, str]) -> Any:
        return self.tickers[self.listed(params).symbol].trades[-limit_of(params) :]

    def get_aggtrades(self, params: dict[str, str]) -> Any:
        trades, limit = self.tickers[self.listed(params).symbol].trades, limit_of(params)
        first = int(params["fromId"]) - 1 if "fromId" in params else 0
        since = int(params.get("startTime", 0))
        found = [one for one in trades[first:] if one["time"] >= since]
        found = found[:limit] if "fromId" in params or since else found[-limit:]
        return [
            {
                "a": one["a"],
                "p": one["price"],
                "q": one["qty"],
                "f": one["id"],
                "l": one["id"],
                "T": one["time"],
                "m": one["isBuyerMaker"],
                "M": True,
            }
            for one in found
        ]

    def get_klines(self, params: dict[str, str]) -> Any:
        interval = asked(params, "interval")
        if interval not in STEPS_MS:
            raise No(-1120, "Invalid interval.")
        start, end = (int(params[name]) if name in params else None for name in ("startTime", "endTime"))
        limit = limit_of(params)
        return self.tickers[self.listed(params).symbol].klines(interval, start, end, limit)

    def get_ticker_bookticker(self, params: dict[str, str]) -> Any:
        one = self.tickers[self.listed(params).symbol].depth(1)
        (bid, bid_size), (ask, ask_size) = one["bids"][0], one["asks"][0]
        best = {"bidPrice": bid, "bidQty": bid_size, "askPrice": ask, "askQty": ask_size}
        return {"symbol": params["symbol"], **best}

    def get_account(self, _params: dict[str, str]) -> Any:
        free, locked = self.account.free, self.account.locked
        balances = [
            {"asset": asset, "free": text(free.get(asset, ZERO)), "locked": text(locked.get(asset, ZERO))}
            for asset in sorted(free.keys() | locked.keys())
        ]
        rights = {"canTrade": True, "canWithdraw": True, "canDeposit": True, "accountType": "SPOT", "uid": 1}
        rates = {"makerCommission": 10, "takerCommission": 10, "updateTime": self.account.now()}
        return {**rates, **rights, "balances": balances, "permissions": ["SPOT"]}

    def get_account_apirestrictions(self, _params: dict[str, str]) -> Any:
        rights = {"enableReading": True, "enableSpotAndMarginTrading": True, "enableFutures": True}
        return {"ipRestrict": True, "enableWithdrawals": self.withdrawals, **rights}

    def post_order(self, params: dict[str, str]) -> Any:
        return spot_order(self.account.place(self.order(params)))

    def order(self, params: dict[str, str]) -> Held:
        """Raises No when something is missing or wrong."""
        one = self.listed(params)
        quantity = number(params, "quantity")
        if quantity is None and "quoteOrderQty" in params:
            _, ask = self.account.quote(one.symbol)
            value = number(params, "quoteOrderQty") or ZERO
            quantity = (value / ask // one.lot) * one.lot
        self.account.last_number += 1
        return Held(
            one.symbol,
            self.account.last_number,
            params.get("newClientOrderId") or f"auto-{self.account.last_number}",
            asked(params, "side"),
            asked(params, "type"),
            quantity or ZERO,
            self.account.now(),
            number(params, "price") or ZERO,
            number(params, "stopPrice") or ZERO,
            params.get("timeInForce", "GTC"),
            reduce_only=params.get("reduceOnly", "false").lower() == "true",
        )

    def post_orderlist_oco(self, params: dict[str, str]) -> Any:
        self.account.last_number += 1
        number_of, legs = self.account.last_number, []
        for end in ("above", "below"):
            names = {"Type": "type", "Price": "price", "StopPrice": "stopPrice", "TimeInForce": "timeInForce"}
            names["ClientOrderId"] = "newClientOrderId"
            own = {ours: params[end + theirs] for theirs, ours in names.items() if end + theirs in params}
            leg = self.order({**{key: params[key] for key in ("symbol", "side", "quantity")}, **own})
            leg.list_id = number_of
            legs.append(leg)
        self.account.place_list(legs)
        return {
            "orderListId": number_of,
            "contingencyType": "OCO",
            "listStatusType": "EXEC_STARTED",
            "listOrderStatus": "EXECUTING",
            "listClientOrderId": params.get("listClientOrderId", f"list-{number_of}"),
            "transactionTime": self.account.now(),
            "symbol": params["symbol"],
            "orders": [
                {"symbol": one.symbol, "orderId": one.number, "clientOrderId": one.client_id} for one in legs
            ],
            "orderReports": [spot_order(one) for one in legs],
        }

    def found(self, params: dict[str, str]) -> Held:
        return self.account.find(
            self.listed(params).symbol, params.get("orderId"), params.get("origClientOrderId")
        )

    def get_order(self, params: dict[str, str]) -> Any:
        return spot_order(self.found(params))

    def delete_order(self, params: dict[str, str]) -> Any:
        try:
            order = self.found(params)
        except No as no:
            raise No(-2011, "Unknown order sent.") from no
        self.account.cancel(order)
        return {**spot_order(order), "origClientOrderId": order.client_id}

    def post_order_cancelreplace(self, params: dict[str, str]) -> Any:
        """Both or, when the first fails, neither; the second may fail after the first (code -2022)."""
        try:
            resting = self.account.find(self.listed(params).symbol, None, params["cancelOrigClientOrderId"])
            self.account.cancel(resting)
        except No as no:
            data = {"cancelResult": "FAILURE", "newOrderResult": "NOT_ATTEMPTED", "cancelResponse": no.body()}
            raise No(-2022, "Order cancel-replace failed.", 400, data=data) from no
        done = {"cancelResult": "SUCCESS", "cancelResponse": spot_order(resting)}
        try:
            placed = spot_order(self.account.place(self.order(params)))
        except No as no:
            data = {**done, "newOrderResult": "FAILURE", "newOrderResponse": no.body()}
            raise No(-2021, "Order cancel-replace partially failed.", 409, data=data) from no
        return {**done, "newOrderResult": "SUCCESS", "newOrderResponse": placed}

    def get_openorders(self, params: dict[str, str]) -> Any:
        return [spot_order(one) for one in self.account.open_orders(params.get("symbol"))]

    def delete_openorders(self, params: dict[str, str]) -> Any:
        working = self.account.open_orders(self.listed(params).symbol)
        if not working:
            raise No(-2011, "Unknown order sent.")
        for one in working:
            self.account.end(one, "CANCELED")
        return [spot_order(one) for one in working]

    def get_allorders(self, params: dict[str, str]) -> Any:
        return [self.shown(one) for one in self.all_orders(params)]

    def shown(self, order: Held) -> dict[str, Any]:
        return spot_order(order)

    def all_orders(self, params: dict[str, str]) -> list[Held]:
        """By number: from `orderId` on the oldest, otherwise the newest."""
        symbol, limit = self.listed(params).symbol, limit_of(params)
        first = int(params.get("orderId", 0))
        found = [one for one in self.account.orders if one.symbol == symbol and one.number >= first]
        found.sort(key=lambda one: one.number)
        return found[:limit] if first else found[-limit:]

    def get_mytrades(self, params: dict[str, str]) -> Any:
        return [spot_trade(order, fill) for order, fill in self.own_trades(params, DAY_MS)]

    def own_trades(self, params: dict[str, str], window_ms: int) -> list[tuple[Held, Trade]]:
        """By number: from `fromId` or `startTime` on the oldest, otherwise the newest. Raises No for a time
        longer than `window_ms`."""
        symbol, limit = self.listed(params).symbol, limit_of(params)
        since, until = int(params.get("startTime", 0)), int(params.get("endTime", 1 << 60))
        if "startTime" in params and "endTime" in params and until - since > window_ms:
            raise No(-1127, "More than the allowed time between startTime and endTime.")
        first, number_of = int(params.get("fromId", 0)), params.get("orderId")
        if first and ("startTime" in params or "endTime" in params):
            raise No(-1128, "Combination of optional parameters invalid.")
        found = [
            (order, fill)
            for order in self.account.orders
            if order.symbol == symbol and number_of in (None, str(order.number))
            for fill in order.trades
            if since <= fill.time <= until and fill.id >= first
        ]
        found.sort(key=lambda one: one[1].id)
        return found[:limit] if since or first else found[-limit:]

    def reports(self, order: Held, what: str, fill: Trade | None) -> list[dict[str, Any]]:
        """What the user stream says of a change."""
        now, one = self.account.now(), self.account.listings[order.symbol]
        assets = {one.base, one.quote}
        balances = [
            {
                "a": asset,
                "f": text(self.account.free.get(asset, ZERO)),
                "l": text(self.account.locked.get(asset, ZERO)),
            }
            for asset in sorted(assets)
        ]
        position = {"e": "outboundAccountPosition", "E": now, "u": now, "B": balances}
        return [execution_report(order, what, now, fill), position]
