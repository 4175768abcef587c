"""The account's own stream: fills as they happen, ends of orders, and a word when it is not to be trusted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.ccxt.sockets import tap
from barfinex.provider.venues.ccxt.venue import CcxtVenue
from barfinex.provider.venues.errors import VenueError

WAITING_MAX = 10_000
SETTLED_S = 2.0  # A subscription holds by then, or has failed.
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
Rows = Sequence[Mapping[str, Any]]


class UserStream:
    """A service of the Provider. `doubt()` is called whenever something may have been missed: at each new
    connection, after each error, and when the queue ran over; whoever hears it compares with the account.

    Fills come from the trades, never from the orders: ccxt merges several changes of an order into one. The
    watches are pumped into a queue and never timed out: ccxt shares their futures between watchers.
    """

    def __init__(self, exchange: Any, venue: CcxtVenue, doubt: Callable[[], None]) -> None:
        self._exchange, self._venue, self._doubt = exchange, venue, doubt
        self.errors = 0
        tap(exchange, self._misread)
        self._dialled = anyio.Event()

    async def __call__(self, _port: object) -> None:
        send, receive = anyio.create_memory_object_stream[tuple[str, Rows]](WAITING_MAX)
        async with anyio.create_task_group() as group:
            group.start_soon(self._pump, "trades", self._exchange.watch_my_trades, send)
            group.start_soon(self._pump, "orders", self._exchange.watch_orders, send.clone())
            group.start_soon(self._listen, receive)
            group.start_soon(self._doubt_what_came_before)

    async def _doubt_what_came_before(self) -> None:
        """What happened until a subscription held was told to nobody."""
        while True:  # bound: the task's cancellation; each turn waits for a subscription
            await self._dialled.wait()
            self._dialled = anyio.Event()
            await anyio.sleep(SETTLED_S)
            self._doubt()

    def _misread(self, _frame: bytes) -> None:
        """The library could not read a message of the account: it may have been anything."""
        self.errors += 1
        self._doubt()

    async def _pump(
        self,
        kind: str,
        watch: Callable[[], Awaitable[Rows]],
        send: MemoryObjectSendStream[tuple[str, Rows]],
    ) -> None:
        failures = 0
        self._dialled.set()
        async with send:
            while True:  # bound: the task's cancellation; each turn waits for the stream or for a pause
                try:
                    rows = [dict(row) for row in await ask(watch())]  # ccxt goes on writing in its own.
                    failures = 0
                except VenueError:
                    self.errors += 1
                    self._doubt()
                    await anyio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
                    failures += 1
                    self._dialled.set()
                    continue
                try:
                    send.send_nowait((kind, rows))
                except anyio.WouldBlock:
                    self._doubt()

    async def _listen(self, receive: MemoryObjectReceiveStream[tuple[str, Rows]]) -> None:
        async with receive:
            async for kind, rows in receive:
                try:
                    await (self._venue.hear(rows) if kind == "trades" else self._venue.follow(rows))
                except VenueError:
                    self._doubt()
