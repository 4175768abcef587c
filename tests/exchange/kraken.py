"""A third dialect: the public side of Kraken's spot market (REST 0, WebSocket version 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

from aiohttp import web

from tests.exchange.dialect import Dialect
from tests.exchange.listing import Listed
from tests.exchange.serving import serving
from tests.exchange.sockets import Socket

INTERVALS = {"1": "1m", "5": "5m", "15": "15m", "60": "1h", "1440": "1d"}
LOT_DECIMALS = 8
OLD = {"BTC": "XBT"}
REST_MOST = 500


class KrakenExchange(Dialect):
    """`drop` as many changes of books as it says, without a word: then the checksum does not fit."""

    def hear(self, stream: str, message: dict[str, Any]) -> None:
        """What happens on the market, in Kraken's words."""
        one = self.listings.get(str(message.get("s", "")))
        if one is None:
            return
        if stream.endswith("@trade"):
            side = "sell" if message["m"] else "buy"
            trade = {"symbol": _name(one), "side": side, "price": float(message["p"]), "ord_type": "market"}
            trade |= {"qty": float(message["q"]), "trade_id": message["t"], "timestamp": _time(message["T"])}
            self.say("trade", one, {"channel": "trade", "type": "update", "data": [trade]})
        elif stream.endswith("@depth"):
            if self.drop:
                self.drop -= 1
                return
            body = self._book(one, message["b"], message["a"])
            self.say("book", one, {"channel": "book", "type": "update", "data": [body]})

    def say(self, channel: str, one: Listed, message: dict[str, Any]) -> None:
        for socket in self.sockets:
            if f"{channel} {_name(one)}" in socket.streams:
                socket.put(message)

    def _book(self, one: Listed, bids: list[list[str]], asks: list[list[str]]) -> dict[str, Any]:
        sides = {
            name: [{"price": float(price), "qty": float(size)} for price, size in side]
            for name, side in (("bids", bids), ("asks", asks))
        }
        check = self._checksum(one)
        return {"symbol": _name(one), **sides, "checksum": check, "timestamp": _time(self.now())}

    def _checksum(self, one: Listed) -> int:
        depth, places = self.tickers[one.symbol].depth(10), _decimals(one)
        digits = ""
        for side in (depth["asks"], depth["bids"]):
            for price, size in side:
                digits += f"{Decimal(price):.{places}f}".replace(".", "").lstrip("0")
                digits += f"{Decimal(size):.{LOT_DECIMALS}f}".replace(".", "").lstrip("0")
        return crc32(digits.encode())

    def greet(self, socket: Socket) -> None:
        status = {"system": "online", "api_version": "v2"}
        socket.put({"channel": "status", "type": "update", "data": [status]})

    def asked(self, socket: Socket, message: dict[str, Any]) -> None:
        if message["method"] == "ping":
            socket.put({"method": "pong", "req_id": message.get("req_id", 0)})
            return
        params = message["params"]
        for name in params["symbol"]:
            result = {"channel": params["channel"], "symbol": name}
            socket.put({"method": message["method"], "result": result, "success": True})
            if message["method"] == "unsubscribe":
                socket.streams.discard(f"{params['channel']} {name}")
                continue
            self.subscriptions += 1
            socket.streams.add(f"{params['channel']} {name}")
            one = next(each for each in self.listings.values() if _name(each) == name)
            if params["channel"] == "book":
                depth = self.tickers[one.symbol].depth(params.get("depth", 10))
                body = self._book(one, depth["bids"], depth["asks"])
                socket.put({"channel": "book", "type": "snapshot", "data": [body]})

    async def rest(self, request: web.Request) -> web.Response:
        route, query = request.match_info["route"], request.query
        match route:
            case "Time":
                found: Any = {"unixtime": self.now() // 1_000, "rfc1123": ""}
            case "SystemStatus":
                found = {"status": "online", "timestamp": _time(self.now())}
            case "Assets":
                assets = {asset for one in self.listings.values() for asset in (one.base, one.quote)}
                found = {_old(asset): _asset(asset) for asset in sorted(assets)}
            case "AssetPairs":
                found = {_pair(one): _info(one) for one in self.listings.values()}
            case "Depth" | "OHLC" | "Trades":
                one = next(each for each in self.listings.values() if _pair(each) == query["pair"])
                found = self._asked_of(one, route, query)
            case _:
                return web.json_response({"error": [f"EGeneral:Unknown method {route}"]})
        return web.json_response({"error": [], "result": found})

    def _asked_of(self, one: Listed, route: str, query: Any) -> dict[str, Any]:
        ticker, pair = self.tickers[one.symbol], _pair(one)
        if route == "Depth":
            depth, at = ticker.depth(min(int(query.get("count", 100)), REST_MOST)), self.now() // 1_000
            return {pair: {side: [[*row, at] for row in depth[side]] for side in ("bids", "asks")}}
        if route == "OHLC":
            start = int(query["since"]) * 1_000 if "since" in query else None
            rows = ticker.klines(INTERVALS[query.get("interval", "1")], start, None, 720)
            told = [[row[0] // 1_000, *row[1:5], row[4], row[5], row[8]] for row in rows]
            return {pair: told, "last": told[-2][0] if len(told) > 1 else 0}
        trades = [_trade(row) for row in ticker.trades[-1_000:]]
        return {pair: trades, "last": str(self.now() * 1_000_000)}


def _name(one: Listed) -> str:
    return f"{one.base}/{one.quote}"


def _old(asset: str) -> str:
    return OLD.get(asset, asset)


def _pair(one: Listed) -> str:
    return f"{_old(one.base)}{_old(one.quote)}"


def _decimals(one: Listed) -> int:
    exponent = one.tick.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat().replace("+00:00", "Z")


def _trade(row: dict[str, Any]) -> list[Any]:
    side = "s" if row["isBuyerMaker"] else "b"
    return [row["price"], row["qty"], row["time"] / 1_000, side, "m", "", row["id"]]


def _asset(asset: str) -> dict[str, Any]:
    return {
        "aclass": "currency",
        "altname": _old(asset),
        "decimals": 10,
        "display_decimals": 5,
        "status": "enabled",
    }


def _info(one: Listed) -> dict[str, Any]:
    names = {"altname": _pair(one), "wsname": f"{_old(one.base)}/{_old(one.quote)}"}
    names |= {"base": _old(one.base), "quote": _old(one.quote)}
    steps = {"pair_decimals": _decimals(one), "lot_decimals": LOT_DECIMALS, "cost_decimals": 5}
    least = {"ordermin": "0.0001", "costmin": "0.5", "tick_size": str(one.tick)}
    fees = {"fees": [[0, 0.4]], "fees_maker": [[0, 0.25]], "fee_volume_currency": "ZUSD"}
    rest = {"aclass_base": "currency", "aclass_quote": "currency", "lot": "unit", "lot_multiplier": 1}
    more = {"leverage_buy": [], "leverage_sell": [], "margin_call": 80, "margin_stop": 40, "status": "online"}
    return {**names, **steps, **least, **fees, **rest, **more}


@asynccontextmanager
async def kraken(seed: int = 1, hertz: float = 0.0) -> AsyncIterator[KrakenExchange]:
    """A running exchange, as `tests.exchange.server.exchange` is."""
    server, app = KrakenExchange(seed), web.Application()
    app.router.add_get("/v2", server.streams)
    app.router.add_get("/0/public/{route}", server.rest)
    async with serving(app, server.pump(hertz), server.sockets) as server.port:
        yield server
