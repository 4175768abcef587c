"""The instruments of the exchange and their filters, in the words of `exchangeInfo`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.exchange.words import No

ORDER_TYPES = [
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
]
FUTURES_TYPES = ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"]
ZERO = Decimal(0)


@dataclass
class Listed:
    """One symbol; `filters` by their type, as the exchange words them."""

    symbol: str
    base: str
    quote: str
    price: Decimal
    filters: dict[str, dict[str, Any]]
    status: str = "TRADING"
    info: dict[str, Any] = field(default_factory=dict)

    def limit(self, kind: str, name: str) -> Decimal:
        return Decimal(str(self.filters.get(kind, {}).get(name, "0")))

    @property
    def tick(self) -> Decimal:
        return self.limit("PRICE_FILTER", "tickSize")

    @property
    def lot(self) -> Decimal:
        return self.limit("LOT_SIZE", "stepSize")

    def on_tick(self, price: float) -> Decimal:
        return (Decimal(str(price)) / self.tick).quantize(Decimal(1)) * self.tick

    def check_price(self, price: Decimal, reference: Decimal) -> None:
        """Raises No by PRICE_FILTER or PERCENT_PRICE."""
        low, high = self.limit("PRICE_FILTER", "minPrice"), self.limit("PRICE_FILTER", "maxPrice")
        if price < low or (high and price > high) or (self.tick and (price - low) % self.tick):
            raise No(-1013, "Filter failure: PRICE_FILTER")
        percent = self.filters.get("PERCENT_PRICE")
        if percent:
            least, most = Decimal(percent["multiplierDown"]), Decimal(percent["multiplierUp"])
            if not reference * least <= price <= reference * most:
                raise No(-1013, "Filter failure: PERCENT_PRICE")

    def check_side(self, price: Decimal, reference: Decimal, side: str) -> None:
        """Raises No by PERCENT_PRICE_BY_SIDE."""
        found = self.filters.get("PERCENT_PRICE_BY_SIDE")
        if found:
            which = "bid" if side == "BUY" else "ask"
            least, most = (Decimal(found[f"{which}Multiplier{end}"]) for end in ("Down", "Up"))
            if not reference * least <= price <= reference * most:
                raise No(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")

    def check_quantity(self, quantity: Decimal, *, market: bool) -> None:
        """Raises No by LOT_SIZE or MARKET_LOT_SIZE."""
        for kind in ("LOT_SIZE", "MARKET_LOT_SIZE") if market else ("LOT_SIZE",):
            low, high = self.limit(kind, "minQty"), self.limit(kind, "maxQty")
            step = self.limit(kind, "stepSize")
            if quantity < low or (high and quantity > high) or (step and (quantity - low) % step):
                raise No(-1013, f"Filter failure: {kind}")

    def check_value(self, value: Decimal, *, market: bool) -> None:
        """Raises No by NOTIONAL or MIN_NOTIONAL."""
        for kind in ("NOTIONAL", "MIN_NOTIONAL"):
            found = self.filters.get(kind)
            if found is None:
                continue
            least = Decimal(str(found.get("minNotional", found.get("notional", "0"))))
            applies = found.get("applyMinToMarket", found.get("applyToMarket", True))
            if (applies or not market) and value < least:
                raise No(-1013, f"Filter failure: {kind}")


def listed(symbol: str, base: str, quote: str, price: str, tick: str, lot: str) -> Listed:
    """A symbol with the usual filters."""
    filters: list[dict[str, Any]] = [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000.00", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "9000.00000000", "stepSize": lot},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0", "maxQty": "1000", "stepSize": "0"},
        {"filterType": "NOTIONAL", "minNotional": "5.00", "applyMinToMarket": True, "avgPriceMins": 5},
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "5",
            "askMultiplierDown": "0.2",
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    ]
    return Listed(symbol, base, quote, Decimal(price), {one["filterType"]: one for one in filters})


def usual() -> list[Listed]:
    return [
        listed("BTCUSDT", "BTC", "USDT", "60000.00", "0.01", "0.00001"),
        listed("ETHUSDT", "ETH", "USDT", "3000.00", "0.01", "0.0001"),
        listed("SOLUSDT", "SOL", "USDT", "150.000", "0.001", "0.001"),
    ]


def recorded(symbols: Iterable[Mapping[str, Any]], price: str = "100") -> list[Listed]:
    """Symbols as a recorded `exchangeInfo` has them, filters and all."""
    return [
        Listed(
            one["symbol"],
            one["baseAsset"],
            one["quoteAsset"],
            Decimal(price),
            {each["filterType"]: dict(each) for each in one["filters"]},
            one.get("status", "TRADING"),
            dict(one),
        )
        for one in symbols
    ]


def spot_info(one: Listed) -> dict[str, Any]:
    plain = {
        "symbol": one.symbol,
        "baseAsset": one.base,
        "baseAssetPrecision": 8,
        "quoteAsset": one.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["NONE"],
    }
    return {**plain, **one.info, "status": one.status, "filters": list(one.filters.values())}


def futures_info(one: Listed) -> dict[str, Any]:
    plain = {
        "symbol": one.symbol,
        "pair": one.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": one.base,
        "quoteAsset": one.quote,
        "marginAsset": one.quote,
        "pricePrecision": -int(one.tick.normalize().as_tuple().exponent),
        "quantityPrecision": -int(one.lot.normalize().as_tuple().exponent),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "triggerProtect": "0.0500",
        "liquidationFee": "0.015000",
        "marketTakeBound": "0.05",
        "orderTypes": FUTURES_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }
    return {**plain, **one.info, "status": one.status, "filters": list(one.filters.values())}
