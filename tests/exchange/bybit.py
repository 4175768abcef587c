"""A second dialect: the public side of Bybit (version 5, linear), or a recording, byte for byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.exchange.dialect import Dialect
from tests.exchange.listing import Listed
from tests.exchange.serving import serving
from tests.exchange.sockets import Socket
from tests.exchange.words import text

INTERVALS = {"1": "1m", "5": "5m", "15": "15m", "60": "1h", "D": "1d"}


class BybitExchange(Dialect):
    """`drop` as many book updates as it says, without a word: then their numbers have a gap."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__(seed)
        self.numbers = dict.fromkeys(self.listings, 100)

    def hear(self, stream: str, message: dict[str, Any]) -> None:
        """What happens on the market, in Bybit's words."""
        symbol = str(message.get("s", ""))
        if stream.endswith("@aggTrade"):
            trade = {
                "T": message["T"],
                "s": symbol,
                "S": "Sell" if message["m"] else "Buy",
                "v": message["q"],
            }
            trade |= {"p": message["p"], "i": f"{symbol}-{message['a']}", "BT": False}
            self.say(f"publicTrade.{symbol}", {"type": "snapshot", "ts": message["E"], "data": [trade]})
        elif stream.endswith("@depth"):
            self.numbers[symbol] += 1
            if self.drop:
                self.drop -= 1
                return
            body = {"s": symbol, "b": message["b"], "a": message["a"], "u": self.numbers[symbol], "seq": 1}
            self.say(f"orderbook.50.{symbol}", {"type": "delta", "ts": message["E"], "data": body})

    def say(self, topic: str, message: dict[str, Any]) -> None:
        for socket in self.sockets:
            if topic in socket.streams:
                socket.put({"topic": topic, **message})

    def snapshot(self, symbol: str) -> dict[str, Any]:
        depth = self.tickers[symbol].depth(50)
        return {"s": symbol, "b": depth["bids"], "a": depth["asks"], "u": self.numbers[symbol], "seq": 1}

    def asked(self, socket: Socket, message: dict[str, Any]) -> None:
        answer = {
            "success": True,
            "ret_msg": "",
            "conn_id": "c-1",
            "req_id": message.get("req_id", ""),
            "op": message["op"],
        }
        if message["op"] == "ping":
            answer["ret_msg"] = "pong"
        socket.put(answer)
        topics = message.get("args", [])
        if message["op"] == "unsubscribe":
            socket.streams.difference_update(topics)
        for topic in topics if message["op"] == "subscribe" else ():
            self.subscriptions += 1
            socket.streams.add(topic)
            if topic.startswith("orderbook."):
                body = self.snapshot(topic.rpartition(".")[2])
                socket.put({"topic": topic, "type": "snapshot", "ts": self.now(), "data": body})

    async def rest(self, request: web.Request) -> web.Response:
        route, query = request.match_info["route"], request.query
        symbol = query.get("symbol", "")
        match route:
            case "time":
                found: Any = {"timeSecond": str(self.now() // 1_000), "timeNano": str(self.now() * 1_000_000)}
            case "instruments-info":
                found = {
                    "category": "linear",
                    "list": [_info(one) for one in self.listings.values()],
                    "nextPageCursor": "",
                }
            case "orderbook":
                found = {**self.snapshot(symbol), "ts": self.now(), "cts": self.now()}
            case "kline":
                interval = INTERVALS[query["interval"]]
                start = int(query["start"]) if "start" in query else None
                rows = self.tickers[symbol].klines(interval, start, None, int(query.get("limit", 200)))
                found = {
                    "category": "linear",
                    "symbol": symbol,
                    "list": [[str(row[0]), *row[1:6], "0"] for row in reversed(rows)],
                }
            case _:
                return web.json_response(
                    {"retCode": 10001, "retMsg": f"no such route: {route}", "result": {}}
                )
        return web.json_response(
            {"retCode": 0, "retMsg": "OK", "result": found, "retExtInfo": {}, "time": self.now()}
        )


def _info(one: Listed) -> dict[str, Any]:
    prices = {"minPrice": text(one.tick), "maxPrice": "1000000", "tickSize": text(one.tick)}
    sizes = {
        "maxOrderQty": "100",
        "minOrderQty": text(one.lot),
        "qtyStep": text(one.lot),
        "minNotionalValue": "5",
    }
    coins = {"baseCoin": one.base, "quoteCoin": one.quote, "settleCoin": one.quote}
    leverage = {"minLeverage": "1", "maxLeverage": "100", "leverageStep": "1"}
    about = {
        "symbol": one.symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "priceScale": "2",
        **coins,
    }
    return {
        **about,
        "launchTime": "1699990000000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "leverageFilter": leverage,
        "priceFilter": prices,
        "lotSizeFilter": sizes,
        "unifiedMarginTrade": True,
        "fundingInterval": 480,
    }


@asynccontextmanager
async def bybit(seed: int = 1, hertz: float = 0.0) -> AsyncIterator[BybitExchange]:
    """A running exchange, as `tests.exchange.server.exchange` is."""
    server, app = BybitExchange(seed), web.Application()
    app.router.add_get("/v5/public/linear", server.streams)
    app.router.add_get("/v5/market/{route}", server.rest)
    async with serving(app, server.pump(hertz), server.sockets) as server.port:
        yield server
