"""A module's bounded mailbox. The kernel owns it, so that it survives the module's restart."""

from __future__ import annotations

from typing import Self

import anyio
from anyio.lowlevel import checkpoint

from barfinex.events.base import Envelope, Overflow

FAIRNESS = 64


class InboxOverflow(Exception):
    """An inbox is full of events none of which may be lost: the system halts."""


class Inbox:
    """An asynchronous iterator over waiting envelopes, oldest first.

    A class and not a generator: a generator's clean-up does not run when its consumer raises. Prices
    conflate: of several waiting with one key only the newest is handed out, in the place of the oldest.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._send, self._receive = anyio.create_memory_object_stream[Envelope](size)
        self._newest: dict[object, Envelope] = {}
        self._streak = 0
        self._is_closed = False
        self.dropped = 0

    def offer(self, envelope: Envelope) -> bool:
        """Take an envelope in; return whether the inbox grew by one. A closed one takes nothing more.

        Raises:
            InboxOverflow: it is full.
        """
        if self._is_closed:
            return False
        key = envelope.event.conflation_key if envelope.event.overflow is Overflow.CONFLATE else None
        if key in self._newest:
            self._newest[key] = envelope
            self.dropped += 1
            return False
        try:
            self._send.send_nowait(envelope)
        except anyio.WouldBlock:
            if key is None:
                raise InboxOverflow(f"{self._name}: no room for {envelope.event.wire_type}") from None
            self.dropped += 1
            return False
        if key is not None:
            self._newest[key] = envelope
        return True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Envelope:
        # Awaiting every receive() costs ten times a batch; pausing now and then keeps the loop fair.
        self._streak += 1
        if self._streak >= FAIRNESS:
            self._streak = 0
            await checkpoint()
        try:
            envelope = self._receive.receive_nowait()
        except anyio.WouldBlock:
            self._streak = 0
            try:
                envelope = await self._receive.receive()
            except anyio.EndOfStream:
                raise StopAsyncIteration from None
        except anyio.EndOfStream:
            raise StopAsyncIteration from None
        if envelope.event.overflow is Overflow.CONFLATE:
            return self._newest.pop(envelope.event.conflation_key)
        return envelope

    @property
    def waiting(self) -> int:
        return self._receive.statistics().current_buffer_used

    def close(self) -> None:
        """No more comes in; what waits is still handed out."""
        self._is_closed = True
        self._send.close()

    def dispose(self) -> None:
        self.close()
        self._receive.close()
