"""The gateway: reads for everybody who holds the token, a stream of all that happens, and the commands.

No route places or changes an order (I13). Halting and tightening are instant; what loosens needs the person's
token, a name, a reason, and a second call after a while.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
from aiohttp import web
from aiohttp.typedefs import Handler
from anyio.abc import TaskStatus

from barfinex.bus.codec import decode
from barfinex.bus.port import Port
from barfinex.config import GatewayConfig
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import CandlesClosed
from barfinex.provider.gateway.auth import Guard, is_loopback
from barfinex.provider.gateway.bodies import BODY_BYTES_MAX
from barfinex.provider.gateway.commands import Commands, Wish
from barfinex.provider.gateway.fanout import Fanout
from barfinex.provider.gateway.limits import Limits
from barfinex.provider.gateway.refusal import plain_errors
from barfinex.provider.gateway.rest import CandleRings, Rest, Rows
from barfinex.provider.gateway.stream import Stream

CLOSE_S = 2.0
DEFAULT = Limits()
log = logging.getLogger(__name__)

Command = Callable[[Wish], None]


class Gateway:
    """One API over one run. It takes its address at once: a taken port is known before anything starts.

    `command` publishes what a person asked for, `status` is what /health answers.

    Raises:
        BadInput: the address cannot be taken.
    """

    def __init__(
        self,
        config: GatewayConfig,
        *,
        token: str,
        journal: Path,
        command: Command,
        status: Callable[[], dict[str, Any]],
        limits: Limits = DEFAULT,
        person_token: str | None = None,
    ) -> None:
        self._limits = limits
        self._config, self._command, self._status = config, command, status
        self._guard = Guard(token, config.host, person_token)
        self._fanout, self._candles, self._rows = Fanout(limits), CandleRings(limits), Rows(journal, limits)
        self._socket = _bound(config)

    @property
    def url(self) -> str:
        """Where it answers, with the port that was really taken."""
        host = f"[{self._config.host}]" if ":" in self._config.host else self._config.host
        return f"http://{host}:{self._socket.getsockname()[1]}"

    def tap(self, envelope: Envelope) -> None:
        """Take note of what the bus publishes, without waiting; what is not journaled is not passed on."""
        self._see(envelope.event)
        if envelope.seq:
            self._fanout.tap(envelope)

    def _see(self, event: Event) -> None:
        if isinstance(event, CandlesClosed):
            self._candles.fold(event.candles)

    async def serve(
        self, _port: Port | None = None, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Answer until cancelled."""
        if not is_loopback(self._config.host):
            log.warning("the gateway listens on %s: others can reach it, and nothing is encrypted", self.url)
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=CLOSE_S / 2)
        try:
            for _, line in await self._rows.after(0, self._limits.candles, {CandlesClosed}):
                self._see(decode(line).event)
            await runner.setup()
            await web.SockSite(runner, self._socket).start()
            task_status.started()
            await anyio.sleep_forever()
        finally:
            self._fanout.close()
            with anyio.move_on_after(CLOSE_S, shield=True):
                await runner.cleanup()
            self.close()

    def close(self) -> None:
        """Give the address back."""
        self._socket.close()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[plain_errors(), self._checked], client_max_size=BODY_BYTES_MAX)
        app.add_routes(Rest(self._rows, self._candles, self._health).routes())
        app.router.add_get("/stream", Stream(self._fanout, self._rows, self._limits).handle)
        app.add_routes(Commands(self._fanout, self._command, self._guard, self._limits).routes())
        return app

    def _health(self) -> dict[str, Any]:
        return {**self._status(), "clients": self._fanout.clients, "clients_dropped": self._fanout.dropped}

    @web.middleware
    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._guard.check(request)
        return await handler(request)


def _bound(config: GatewayConfig) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM
        )[0]
        taken = socket.socket(family, kind, proto)
    except OSError as error:
        raise BadInput(
            f"gateway.host {config.host}", f"is no address ({error.strerror})", "Write 127.0.0.1."
        ) from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen()  # Only a listening socket keeps others away.
    except OSError as error:
        taken.close()
        where = f"gateway.port {config.port}"
        raise BadInput(
            where, f"cannot be taken ({error.strerror})", "Stop the other run, or set port = 0."
        ) from error
    return taken
