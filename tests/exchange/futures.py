"""The REST routes of USD-M futures where they differ from the spot market's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.exchange.account import Account
from tests.exchange.futureswords import algo_order, futures_order, futures_trade, order_update
from tests.exchange.listing import futures_info
from tests.exchange.market import Ticker
from tests.exchange.orders import Held, Trade
from tests.exchange.spot import DAY_MS, RATES, Spot
from tests.exchange.words import No, asked, limit_of, number, text

ZERO = Decimal(0)


class Futures(Spot):
    """Positions are one-way, margin is crossed; orders with a trigger are algo orders with own routes."""

    def __init__(self, account: Account, tickers: dict[str, Ticker]) -> None:
        super().__init__(account, tickers)
        self.income: list[dict[str, Any]] = []
        self.rates: list[dict[str, Any]] = []

    public = (*Spot.public, "premiumIndex", "fundingRate", "fundingInfo")

    def get_exchangeinfo(self, _params: dict[str, str]) -> Any:
        symbols = [futures_info(one) for one in self.account.listings.values()]
        assets = [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "0"}]
        base = {"timezone": "UTC", "serverTime": self.account.now(), "futuresType": "U_MARGINED"}
        return {**base, "rateLimits": RATES, "exchangeFilters": [], "assets": assets, "symbols": symbols}

    def get_premiumindex(self, params: dict[str, str]) -> Any:
        one = self.listed(params)
        rates = {"lastFundingRate": "0.00010000", "interestRate": "0.00010000", "nextFundingTime": 0}
        prices = {"markPrice": text(one.price), "indexPrice": text(one.price)}
        return {"symbol": one.symbol, **prices, **rates, "time": self.account.now()}

    def get_account(self, params: dict[str, str]) -> Any:
        wallet = self.account.free.get("USDT", ZERO)
        asset = {"asset": "USDT", "walletBalance": text(wallet), "availableBalance": text(wallet)}
        margins = {
            "initialMargin": "0",
            "maintMargin": "0",
            "marginBalance": text(wallet),
            "unrealizedProfit": "0",
        }
        totals = {"totalWalletBalance": text(wallet), "availableBalance": text(wallet)}
        rights = {"canTrade": True, "canWithdraw": True, "canDeposit": True, "multiAssetsMargin": False}
        return {
            **rights,
            **totals,
            "assets": [{**asset, **margins}],
            "positions": self.get_positionrisk(params),
        }

    def get_balance(self, _params: dict[str, str]) -> Any:
        wallet = text(self.account.free.get("USDT", ZERO))
        whole = {"balance": wallet, "crossWalletBalance": wallet, "availableBalance": wallet}
        return [
            {
                "accountAlias": "a",
                "asset": "USDT",
                **whole,
                "crossUnPnl": "0",
                "updateTime": self.account.now(),
            }
        ]

    def get_positionrisk(self, _params: dict[str, str]) -> Any:
        rows = []
        for symbol, held in self.account.held.items():
            price, entry = self.account.listings[symbol].price, self.account.entry.get(symbol, ZERO)
            numbers = {"positionAmt": text(held), "entryPrice": text(entry), "markPrice": text(price)}
            more = {
                "unRealizedProfit": text(held * (price - entry)),
                "liquidationPrice": "0",
                "leverage": "20",
            }
            row = {"symbol": symbol, "positionSide": "BOTH", **numbers, **more, "marginType": "cross"}
            rows.append({**row, "notional": text(held * price), "isolatedMargin": "0", "updateTime": 1})
        return rows

    def fund(self, rate: Decimal) -> None:
        """Funding is settled now: longs pay shorts so much of the value."""
        now = self.account.now()
        for symbol, held in self.account.held.items():
            price = self.account.listings[symbol].price
            self.rates.append(
                {"symbol": symbol, "fundingTime": now, "fundingRate": text(rate), "markPrice": text(price)}
            )
            amount = (-held * price * rate).quantize(Decimal("1e-8"))
            if held:
                self.account.free["USDT"] += amount
                self.income.append(
                    {
                        "symbol": symbol,
                        "incomeType": "FUNDING_FEE",
                        "income": text(amount),
                        "asset": "USDT",
                        "time": now,
                        "info": "FUNDING_FEE",
                        "tranId": str(now),
                        "tradeId": "",
                    }
                )

    def get_income(self, params: dict[str, str]) -> Any:
        since = int(params.get("startTime", self.account.now() - 7 * DAY_MS))
        return [one for one in self.income if one["time"] >= since][: limit_of(params, 100)]

    def get_fundingrate(self, params: dict[str, str]) -> Any:
        symbol, since = self.listed(params).symbol, int(params.get("startTime", 0))
        return [one for one in self.rates if one["symbol"] == symbol and one["fundingTime"] >= since][
            : limit_of(params, 100)
        ]

    def get_positionside_dual(self, _params: dict[str, str]) -> Any:
        return {"dualSidePosition": False}

    def post_leverage(self, params: dict[str, str]) -> Any:
        self.account.leverage = number(params, "leverage") or Decimal(1)
        return {
            "leverage": int(self.account.leverage),
            "maxNotionalValue": "1000000",
            "symbol": params["symbol"],
        }

    def post_margintype(self, _params: dict[str, str]) -> Any:
        raise No(-4046, "No need to change margin type.")

    def get_leveragebracket(self, params: dict[str, str]) -> Any:
        bracket: dict[str, Any] = {
            "bracket": 1,
            "initialLeverage": 125,
            "notionalCap": 50000,
            "notionalFloor": 0,
        }
        bracket |= {"maintMarginRatio": 0.004, "cum": 0.0}
        symbols = [params["symbol"]] if "symbol" in params else list(self.account.listings)
        return [{"symbol": symbol, "brackets": [bracket]} for symbol in symbols]

    def post_listenkey(self, _params: dict[str, str]) -> Any:
        return {"listenKey": "key-1"}

    def put_listenkey(self, _params: dict[str, str]) -> Any:
        return {"listenKey": "key-1"}

    def post_order(self, params: dict[str, str]) -> Any:
        return futures_order(self.account.place(self.order(params)))

    def get_order(self, params: dict[str, str]) -> Any:
        return futures_order(self.found(params))

    def delete_order(self, params: dict[str, str]) -> Any:
        try:
            order = self.found(params)
        except No as no:
            raise No(-2011, "Unknown order sent.") from no
        self.account.cancel(order)
        return futures_order(order)

    def get_openorders(self, params: dict[str, str]) -> Any:
        working = self.account.open_orders(params.get("symbol"))
        return [futures_order(one) for one in working if not one.is_conditional]

    def shown(self, order: Held) -> dict[str, Any]:
        return futures_order(order)

    def get_usertrades(self, params: dict[str, str]) -> Any:
        """Without a time the last seven days, with a beginning alone the seven days from it."""
        if "fromId" not in params:
            start = int(params.get("startTime", self.account.now() - 7 * DAY_MS))
            params = {"endTime": str(start + 7 * DAY_MS), **params, "startTime": str(start)}
        return [futures_trade(order, fill) for order, fill in self.own_trades(params, 7 * DAY_MS)]

    def post_algoorder(self, params: dict[str, str]) -> Any:
        own = {"newClientOrderId": params.get("clientAlgoId", ""), "stopPrice": asked(params, "triggerPrice")}
        return algo_order(self.account.place(self.order({**params, **own})))

    def _algo(self, params: dict[str, str]) -> Held:
        for one in reversed(self.account.orders):
            if one.is_conditional and params.get("algoId", "") == str(one.number):
                return one
            if one.is_conditional and params.get("clientAlgoId") == one.client_id:
                return one
        raise No(-2013, "Order does not exist.")

    def get_algoorder(self, params: dict[str, str]) -> Any:
        return algo_order(self._algo(params))

    def delete_algoorder(self, params: dict[str, str]) -> Any:
        order = self._algo(params)
        self.account.cancel(order)
        return {"algoId": order.number, "clientAlgoId": order.client_id, "code": "200", "msg": "success"}

    def get_openalgoorders(self, params: dict[str, str]) -> Any:
        working = self.account.open_orders(params.get("symbol"))
        return [algo_order(one) for one in working if one.is_conditional]

    def reports(self, order: Held, what: str, fill: Trade | None) -> list[dict[str, Any]]:
        now = self.account.now()
        update = {"e": "ORDER_TRADE_UPDATE", "E": now, "T": now, "o": order_update(order, what, fill, now)}
        if fill is None:
            return [update]
        held, entry = self.account.held.get(order.symbol, ZERO), self.account.entry.get(order.symbol, ZERO)
        position = {
            "s": order.symbol,
            "pa": text(held),
            "ep": text(entry),
            "ps": "BOTH",
            "up": "0",
            "mt": "cross",
        }
        wallet = text(self.account.free.get("USDT", ZERO))
        body = {"m": "ORDER", "B": [{"a": "USDT", "wb": wallet, "cw": wallet, "bc": "0"}], "P": [position]}
        return [update, {"e": "ACCOUNT_UPDATE", "E": now, "T": now, "a": body}]
