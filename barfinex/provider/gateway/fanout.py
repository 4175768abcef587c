"""Hands every journaled event to whoever listens, without ever making the bus wait."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Self

import anyio

from barfinex.events.base import Envelope
from barfinex.provider.gateway.limits import Limits


class TooManyClients(Exception):
    """No more clients are taken in."""


class Subscription:
    """One client's bounded queue. `recent` is what was published just before it began, without a gap.

    When the queue is full the client is let go: iteration ends and `dropped` says why.
    """

    def __init__(self, fanout: Fanout, recent: tuple[Envelope, ...], behind: int) -> None:
        self._fanout, self.recent, self._behind = fanout, recent, behind
        self._send, self._receive = anyio.create_memory_object_stream[Envelope](behind)
        self.dropped: str | None = None

    def offer(self, envelope: Envelope) -> None:
        try:
            self._send.send_nowait(envelope)
        except anyio.WouldBlock:
            self._fanout.drop(self, f"too slow: {self._behind} events behind")

    def end(self, reason: str | None = None) -> None:
        """Nothing more comes; a reason means that what still waits is lost to this client."""
        self.dropped = reason
        self._send.close()

    async def next(self) -> Envelope | None:
        """The next envelope; None when there will be no more."""
        if self.dropped:
            return None
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._fanout.leave(self)
        self._send.close()
        self._receive.close()


class Fanout:
    """A tap on the bus. The latest events are kept, to bridge the moment until rows are on disk."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._recent: deque[Envelope] = deque(maxlen=limits.recent)
        self._clients: set[Subscription] = set()
        self._closed = False
        self.dropped = 0

    @property
    def clients(self) -> int:
        return len(self._clients)

    def tap(self, envelope: Envelope) -> None:
        self._recent.append(envelope)
        for client in tuple(self._clients):
            client.offer(envelope)

    def join(self, *, reserved: bool = False) -> Subscription:
        """A place for a client; a `reserved` one is never refused: nobody may be kept from halting.

        Raises:
            TooManyClients: all places are taken.
        """
        if not reserved and len(self._clients) >= self._limits.clients:
            raise TooManyClients(f"{self._limits.clients} clients are listening already")
        client = Subscription(self, tuple(self._recent), self._limits.behind)
        if self._closed:
            client.end()
        else:
            self._clients.add(client)
        return client

    def drop(self, client: Subscription, reason: str) -> None:
        self.dropped += 1
        self.leave(client)
        client.end(reason)

    def leave(self, client: Subscription) -> None:
        self._clients.discard(client)

    def close(self) -> None:
        """The run ends: clients get what waits for them, and then the end."""
        self._closed = True
        for client in tuple(self._clients):
            self.leave(client)
            client.end()
