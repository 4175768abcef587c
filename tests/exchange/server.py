"""The exchange as a server on loopback: REST, sockets and a market that walks on by itself."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.exchange import signing
from tests.exchange.account import Account
from tests.exchange.budget import Budget
from tests.exchange.faults import Faults
from tests.exchange.futures import Futures
from tests.exchange.listing import Listed, usual
from tests.exchange.market import Ticker
from tests.exchange.orders import Held, Trade
from tests.exchange.serving import serving
from tests.exchange.sockets import Hub, Socket
from tests.exchange.spot import Spot
from tests.exchange.words import No

ROUTES = {
    "/api/v3": "spot",
    "/sapi/v1": "spot",
    "/fapi/v1": "futures",
    "/fapi/v2": "futures",
    "/fapi/v3": "futures",
}


class Exchange:
    """`skew_ms`: how far its clock is ahead of ours. `asked` counts requests by method and route."""

    def __init__(
        self,
        listings: Sequence[Listed] | None = None,
        *,
        seed: int = 1,
        futures: bool = False,
        skew_ms: int = 0,
    ) -> None:
        self.skew_ms, self.futures = skew_ms, futures
        listed = {one.symbol: one for one in (usual() if listings is None else listings)}
        self.hub, self.faults = Hub(), Faults(seed)
        self.hub.bend = self.faults.bend
        self.account = Account(listed, self.now, futures, tell=self._tell)
        self.tickers = {
            symbol: Ticker(one, self.now, self.hub.say, seed + number, futures)
            for number, (symbol, one) in enumerate(listed.items())
        }
        self.routes = (Futures if futures else Spot)(self.account, self.tickers)
        self.asked: Counter[str] = Counter()
        self.wire: list[tuple[str, str, dict[str, str]]] = []
        self.budget = Budget(2_400 if futures else 6_000)
        self.key_life_ms, self._key_until = 3_600_000, 0
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + self.skew_ms

    def move(self, symbol: str, price: str) -> None:
        """The market trades at this price, and whatever that allows is executed."""
        self.tickers[symbol].move(Decimal(price))
        self.account.match(symbol)

    def step(self) -> None:
        """A moment of every symbol's market."""
        for symbol, ticker in self.tickers.items():
            ticker.step()
            self.account.match(symbol)

    def _expire(self) -> None:
        """A listen key that nobody has renewed ends: one last word, and then silence."""
        if self.futures and self._key_until and self.now() > self._key_until:
            self._key_until = 0
            self.hub.say_user({"e": "listenKeyExpired", "E": self.now(), "listenKey": "key-1"})
            for socket in self.hub.sockets:
                socket.user = False

    def _tell(self, order: Held, what: str, fill: Trade | None) -> None:
        for message in self.routes.reports(order, what, fill):
            self.hub.say_user(message)

    async def rest(self, request: web.Request) -> web.StreamResponse:
        prefix, route, method = request.match_info["prefix"], request.match_info["route"], request.method
        query = request.rel_url.raw_query_string
        payload = "&".join(filter(None, (query, await request.text())))
        self.asked[f"{method} {route}"] += 1
        self.wire.append((method, route, dict(parse_qsl(payload))))

        def run() -> Any:
            self.budget.spend(method, route, self.now())
            if route == "listenKey":  # It takes the key, and no signature.
                signing.is_ours(request.headers.get("X-MBX-APIKEY"))
                self._key_until = self.now() + self.key_life_ms
                return self.routes.ask(method, route, {})
            public = not prefix.startswith("sapi") and route in self.routes.public
            key = request.headers.get("X-MBX-APIKEY")
            params = dict(parse_qsl(payload)) if public else signing.opened(key, payload, self.now())
            return self.routes.ask(method, route, params)

        return await self.faults.rest(request, method, route, run, self._answer)

    def _answer(self, run: Any) -> web.Response:
        headers = {
            "X-MBX-USED-WEIGHT-1M": str(self.budget.weight),
            "X-MBX-ORDER-COUNT-10S": str(self.budget.orders),
        }
        try:
            return web.json_response(run(), headers=headers)
        except No as no:
            return web.json_response(no.body(), status=no.status, headers={**headers, **no.headers})

    async def ask(self, socket: Socket, method: str, params: dict[str, Any]) -> Any:
        """A request over the socket API. Raises No."""
        words = {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in params.items()
        }
        if method == "time":
            return self.routes.ask("GET", "time", {})
        key, signature = words.get("apiKey"), words.pop("signature", "")
        payload = "&".join(f"{name}={words[name]}" for name in sorted(words))
        signing.opened(key, f"{payload}&signature={signature}", self.now())
        if method == "userDataStream.subscribe.signature":
            socket.user = True
            return {"subscriptionId": 0}
        verbs = {"order.place": "POST", "order.cancel": "DELETE", "order.status": "GET"}
        if method in verbs:
            return self.routes.ask(verbs[method], "order", words)
        raise No(-1000, f"no such method: {method}")

    async def api(self, request: web.Request) -> web.WebSocketResponse:
        return await self.hub.api(request, self.ask)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_get("/stream/ws", self.hub.streams)
        app.router.add_get("/stream/ws/{tail:.*}", self.hub.streams)
        app.router.add_get("/ws/{tail:.*}", self.hub.streams)
        for path in (
            "/stream",
            "/{kind:public|market|private}/ws",
            "/{kind:public|market|private}/ws/{tail:.*}",
        ):
            app.router.add_get(path, self.hub.streams)
        app.router.add_get("/ws-api/v3", self.api)
        app.router.add_get("/ws-fapi/v1", self.api)
        app.router.add_route("*", "/{prefix:(api|sapi|fapi)/v[123]}/{route:.+}", self.rest)
        return app

    async def pump(self, hertz: float) -> None:
        """Send what waits; with a frequency the market walks on by itself."""
        pace, due = 0.01, 0.0
        while True:
            if hertz and time.monotonic() >= due:
                due = time.monotonic() + 1 / hertz
                self.step()
            self._expire()
            await self.hub.pump()
            await asyncio.sleep(pace)


@asynccontextmanager
async def exchange(
    listings: Sequence[Listed] | None = None,
    *,
    seed: int = 1,
    futures: bool = False,
    skew_ms: int = 0,
    hertz: float = 0.0,
    port: int = 0,
) -> AsyncIterator[Exchange]:
    """A running exchange; with `hertz` its market moves so many times a second, without only by `move`."""
    server = Exchange(listings, seed=seed, futures=futures, skew_ms=skew_ms)
    async with serving(server.app(), server.pump(hertz), server.hub.sockets, port) as server.port:
        yield server
