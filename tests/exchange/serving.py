"""An application on loopback, for so long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from aiohttp import web


class Cuttable(Protocol):
    def abort(self) -> None: ...


@asynccontextmanager
async def serving(
    app: web.Application, pump: Coroutine[Any, Any, None], sockets: Iterable[Cuttable], port: int = 0
) -> AsyncIterator[int]:
    """The port it listens on, `pump` running beside it; at the end every one of `sockets` is cut."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    pumping = asyncio.get_running_loop().create_task(pump)
    try:
        yield runner.addresses[0][1]
    finally:
        pumping.cancel()
        with suppress(asyncio.CancelledError):
            await pumping
        for socket in list(sockets):
            socket.abort()
        await runner.cleanup()
