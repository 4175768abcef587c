"""What the exchanges of other dialects have in common: markets that walk on, sockets, and a clock."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import WSMsgType, web

from tests.exchange.listing import usual
from tests.exchange.market import Ticker
from tests.exchange.sockets import Socket


class Dialect:
    """`hear(stream, message)` is told what happens, in Binance's words; `asked` what a client sends. `drop`:
    as many changes of books as it says, without a word."""

    def __init__(self, seed: int = 1) -> None:
        self.listings = {one.symbol: one for one in usual()}
        self.tickers = {
            name: Ticker(one, self.now, self.hear, seed + number)
            for number, (name, one) in enumerate(self.listings.items())
        }
        self.sockets: list[Socket] = []
        self.drop = self.subscriptions = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def hear(self, stream: str, message: dict[str, Any]) -> None:
        raise NotImplementedError

    def asked(self, socket: Socket, message: dict[str, Any]) -> None:
        raise NotImplementedError

    def greet(self, socket: Socket) -> None:
        """What a new connection is told first."""

    async def streams(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=True)
        await ws.prepare(request)
        socket = Socket(ws, request)
        self.sockets.append(socket)
        self.greet(socket)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self.asked(socket, json.loads(message.data))
        finally:
            self.sockets.remove(socket)
        return ws

    async def pump(self, hertz: float) -> None:
        due = 0.0
        while True:
            if hertz and time.monotonic() >= due:
                due = time.monotonic() + 1 / hertz
                for ticker in self.tickers.values():
                    ticker.step()
            for socket in list(self.sockets):
                await socket.pump()
            await asyncio.sleep(0.01)
