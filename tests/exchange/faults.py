"""Faults on demand: what goes wrong at the exchange's door and on its streams."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import numpy as np
from aiohttp import web

from tests.exchange.words import No

PAGE = "<html><body>Please wait</body></html>"
Run = Callable[[], Any]
Answer = Callable[[Run], web.Response]


class Faults:
    """`arm` a fault for the next so many requests or messages it concerns; `done` counts what happened.

    At the door (`route`: which requests, every one when empty): `lost` never arrives, `unanswered` is done
    and the line is cut, `late` is answered after `seconds`, `busy` is done and answered 503, `timeout` is
    done and answered -1007, `refused` answers `no`, `page` is done and answered with a web page.
    """

    def __init__(self, seed: int) -> None:
        self.draw = np.random.Generator(np.random.PCG64(seed))
        self._door: deque[dict[str, Any]] = deque(maxlen=1_000)
        self._streams: list[Callable[[str, dict[str, Any]], list[Any] | None]] = []
        self.done: Counter[str] = Counter()

    def arm(self, kind: str, route: str = "", times: int = 1, **more: Any) -> None:
        method, _, path = route.rpartition(" ")
        self._door.append({"kind": kind, "method": method, "route": path, "times": times, **more})

    def on_streams(self, bend: Callable[[str, dict[str, Any]], list[Any] | None]) -> None:
        """`bend(stream, message)` gives what is sent instead, or None to leave it."""
        self._streams.append(bend)

    def clear(self) -> None:
        self._door.clear()
        self._streams.clear()

    def bend(self, stream: str, message: dict[str, Any]) -> list[Any]:
        for one in self._streams:
            bent = one(stream, message)
            if bent is not None:
                self.done["stream"] += 1
                return bent
        return [message]

    def _next(self, method: str, route: str) -> dict[str, Any] | None:
        for one in self._door:
            if one["route"] in ("", route) and one["method"] in ("", method) and one["times"] > 0:
                one["times"] -= 1
                self.done[one["kind"]] += 1
                return one
        return None

    async def rest(
        self, request: web.Request, method: str, route: str, run: Run, answer: Answer
    ) -> web.Response:
        found = self._next(method, route)
        if found is None:
            return answer(run)
        match found["kind"]:
            case "lost":
                return _cut(request)
            case "refused":
                no: No = found["no"]
                return web.json_response(no.body(), status=no.status, headers=no.headers)
        done = answer(run)
        match found["kind"]:
            case "unanswered":
                return _cut(request)
            case "late":
                await asyncio.sleep(found["seconds"])
                return done
            case "busy":
                return web.Response(status=503, text="Service Unavailable")
            case "timeout":
                body = {"code": -1007, "msg": "Timeout waiting for response from backend server."}
                return web.json_response(body, status=408)
            case "page":
                status = found.get("status", 200)
                return web.Response(text=found.get("text", PAGE), content_type="text/html", status=status)
        raise ValueError(f"no such fault: {found['kind']}")


def _cut(request: web.Request) -> web.Response:
    """The line goes down; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
