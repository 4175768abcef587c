"""The exchange's sockets: who has subscribed to what, and what is sent to them."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import WSMsgType, web

from tests.exchange.words import No

WAITING_MAX = 200_000
Bend = Callable[[str, dict[str, Any]], list[dict[str, Any] | str | bytes]]
Ask = Callable[["Socket", str, dict[str, Any]], Awaitable[Any]]


class Socket:
    """One client's connection. What it is sent waits in order until `pump` writes it."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws, self.request, self.streams = ws, request, set[str]()
        self.user, self.waiting = False, deque[str | bytes](maxlen=WAITING_MAX)
        self.dead = False

    def put(self, message: dict[str, Any] | str | bytes) -> None:
        self.waiting.append(json.dumps(message) if isinstance(message, dict) else message)

    async def pump(self) -> None:
        while self.waiting and not self.dead:
            message = self.waiting.popleft()
            if self.ws.closed:
                return
            try:
                await (self.ws.send_str(message) if isinstance(message, str) else self.ws.send_bytes(message))
            except ConnectionError:
                return

    def abort(self) -> None:
        """The line is cut, without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Hub:
    """All sockets. `bend(stream, message)` may change, multiply or drop what is published."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []
        self.bend: Bend = lambda _stream, message: [message]
        self.subscribed: list[str] = []
        self.answers = self.subscribes = True
        self.slams = False
        self.opened = 0

    def say(self, stream: str, message: dict[str, Any]) -> None:
        """To everyone who has subscribed to the stream, whatever pace it was asked for."""
        wanted = [one for one in self.sockets if any(_is(each, stream) for each in one.streams)]
        if wanted:
            for bent in self.bend(stream, message):
                for socket in wanted:
                    socket.put(bent)

    def say_user(self, message: dict[str, Any]) -> None:
        wanted = [one for one in self.sockets if one.user]
        if wanted:
            for bent in self.bend("user", message):
                for socket in wanted:
                    spot = socket.request.path.startswith("/ws-api")
                    socket.put(
                        {"subscriptionId": 0, "event": bent} if spot and isinstance(bent, dict) else bent
                    )

    async def pump(self) -> None:
        for socket in list(self.sockets):
            await socket.pump()

    async def streams(self, request: web.Request) -> web.WebSocketResponse:
        """Public streams; a listen key in path or query makes it a user stream."""
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        socket = Socket(ws, request)
        self.opened += 1
        if self.slams:
            socket.abort()
            return ws
        tail = request.match_info.get("tail", "")
        socket.user = tail.startswith("key-") or request.query.get("listenKey", "").startswith("key-")
        socket.streams.update(one for one in request.query.get("streams", "").split("/") if one)
        self.sockets.append(socket)
        try:
            async for message in ws:
                if message.type is WSMsgType.PING and not socket.dead:
                    await ws.pong(message.data)
                if message.type is WSMsgType.TEXT:
                    self._subscribe(socket, json.loads(message.data))
                    await socket.pump()
        finally:
            self.sockets.remove(socket)
        return ws

    def _subscribe(self, socket: Socket, message: dict[str, Any]) -> None:
        names = message.get("params", [])
        if message["method"] == "SUBSCRIBE":
            if self.subscribes and (self.answers or not any(name in self.subscribed for name in names)):
                socket.streams.update(names)
            self.subscribed.extend(names)
        elif message["method"] == "UNSUBSCRIBE":
            socket.streams.difference_update(names)
        if self.answers:
            socket.put({"result": None, "id": message["id"]})

    async def api(self, request: web.Request, ask: Ask) -> web.WebSocketResponse:
        """Requests over a socket: the user stream of spot, and orders."""
        ws = web.WebSocketResponse(autoping=True)
        await ws.prepare(request)
        socket = Socket(ws, request)
        self.sockets.append(socket)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    asked = json.loads(message.data)
                    answer = {"id": asked["id"], "status": 200, "rateLimits": []}
                    try:
                        answer["result"] = await ask(socket, asked["method"], dict(asked.get("params", {})))
                    except No as no:
                        answer |= {"status": no.status, "error": no.body()}
                    socket.put(answer)
                    await socket.pump()
        finally:
            self.sockets.remove(socket)
        return ws


def _is(subscribed: str, stream: str) -> bool:
    """`btcusdt@depth@100ms` and `btcusdt@depth` are one stream here."""
    return subscribed == stream or subscribed.startswith(f"{stream}@")


async def replay(sockets: list[Socket], frames: Iterable[bytes]) -> None:
    """Recorded frames to everyone who listens to the market, byte for byte."""
    for number, frame in enumerate(frames):
        for socket in sockets:
            if not socket.user:
                socket.put(frame.decode())
        if not number % 200:
            await asyncio.sleep(0.01)
