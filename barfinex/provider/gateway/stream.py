"""Server-sent events: the journal from where the client left off, then whatever happens.

An id is the row's number, so `Last-Event-ID` resumes without a gap and without a repetition. Of the candles
in the past only the latest are sent: who needs more reads candle files.
"""

from __future__ import annotations

import anyio
from aiohttp import web

from barfinex.bus.codec import encode
from barfinex.events.base import Envelope, Event
from barfinex.events.catalog import CATALOG
from barfinex.provider.gateway.bodies import Following, query_of
from barfinex.provider.gateway.fanout import Fanout, Subscription, TooManyClients
from barfinex.provider.gateway.limits import Limits
from barfinex.provider.gateway.refusal import Refusal
from barfinex.provider.gateway.rest import Rows, Types

PAGE = 500


class Stream:
    """The handler of GET /stream."""

    def __init__(self, fanout: Fanout, rows: Rows, limits: Limits) -> None:
        self._fanout, self._rows, self._limits = fanout, rows, limits

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Raises Refusal before the first byte; afterwards a fault ends the stream."""
        wanted = query_of(request, Following)
        types = _types(wanted.types)
        after = _after(request.headers.get("Last-Event-ID"), wanted.after)
        try:
            client = self._fanout.join()
        except TooManyClients as full:
            raise Refusal(503, str(full)) from None
        with client:
            response = web.StreamResponse(
                headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            )
            response.content_type = "text/event-stream"
            await response.prepare(request)
            try:
                await self._send(_Writer(response, types, self._limits.write_s), client, after)
            except ConnectionError:
                self._fanout.leave(client)
            except TimeoutError:
                self._fanout.drop(client, "too slow: does not read")
                if request.transport is not None:
                    request.transport.abort()  # A polite end would wait for it to read.
            return response

    async def _send(self, writer: _Writer, client: Subscription, after: int | None) -> None:
        await writer.write(b"retry: 1000\n\n")
        writer.last = await self._rows.head() if after is None else after
        await self._catch_up(writer, client)
        for envelope in client.recent:
            await writer.send(envelope)
        while not client.dropped:  # bound: the client, who reads or is dropped
            fresh: Envelope | None = None
            with anyio.move_on_after(self._limits.heartbeat_s) as pause:
                fresh = await client.next()
            if fresh is not None:
                await writer.send(fresh)
            elif pause.cancelled_caught:
                await writer.write(b": %d\n\n" % writer.last)
            else:
                break
        if client.dropped:
            await writer.write(b"event: dropped\ndata: %s\n\n" % client.dropped.encode())

    async def _catch_up(self, writer: _Writer, client: Subscription) -> None:
        """Rows from the disk, until what was published lately goes on from there."""
        bridge = client.recent[0].seq if client.recent else None
        while bridge is None or writer.last + 1 < bridge:
            past = await self._rows.after(writer.last, PAGE, writer.types)
            for seq, line in past:
                await writer.line(seq, line)
            if len(past) < PAGE:
                return


class _Writer:
    """Writes envelopes in order, each once. Raises TimeoutError when the client does not read."""

    def __init__(self, response: web.StreamResponse, types: Types | None, patience_s: float) -> None:
        self._response, self.types, self._patience_s = response, types, patience_s
        self.last = 0

    async def send(self, envelope: Envelope) -> None:
        if envelope.seq <= self.last:
            return
        if self.types is None or type(envelope.event) in self.types:
            await self.line(envelope.seq, encode(envelope))
        self.last = envelope.seq

    async def line(self, seq: int, line: bytes) -> None:
        self.last = seq
        await self.write(b"id: %d\ndata: %s\n\n" % (seq, line))

    async def write(self, data: bytes) -> None:
        with anyio.fail_after(self._patience_s):
            await self._response.write(data)


def _types(names: str | None) -> frozenset[type[Event]] | None:
    if names is None:
        return None
    unknown = [name for name in names.split(",") if name not in CATALOG]
    if unknown:
        raise Refusal(400, f"types: there is no event {unknown[0]!r}")
    return frozenset(CATALOG[name] for name in names.split(","))


def _after(last_event_id: str | None, after: int | None) -> int | None:
    """Where to go on; what the client saw last counts for more than where it once began."""
    if last_event_id is None:
        return after
    if not last_event_id.isdecimal() or len(last_event_id) > 18:
        raise Refusal(400, "Last-Event-ID is no row number")
    return int(last_event_id)
