"""The gateway's client: asks once, or follows the stream through every interruption."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import orjson

from barfinex.bus.codec import decode
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope, Event

BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
SILENCE_S = 15.0
REQUEST_S = 5.0
EVENT_BYTES_MAX = 16 * 1024 * 1024


class Unreachable(Exception):
    """Nothing answers at the gateway's address, or it went silent."""


class Denied(Exception):
    """The gateway answered with an error: HTTP status and its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True)
class Link:
    """How the connection stands. `last` is the number of the last event seen: resuming goes on there."""

    is_up: bool = False
    trouble: str = ""
    attempts: int = 0
    last: int = 0
    since_s: float = field(default=0.0)


class Client:
    """Speaks to one gateway.

    Raises:
        BadInput: the token file cannot be read.
    """

    def __init__(self, url: str, token_file: Path) -> None:
        self.url = url.rstrip("/")
        try:
            token = token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
            remedy = "Start a run, which makes it, or name another with --token-file."
            raise BadInput(str(token_file), reason, remedy) from error
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Raises Unreachable, or Denied."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises Unreachable, or Denied."""
        return await self._ask("POST", path, json=body)

    async def follow(
        self, sink: Callable[[Envelope], None], link: Link, types: Iterable[type[Event]] | None = None
    ) -> None:
        """Hand every event after `link.last` to `sink`, in order and once, for ever.

        A connection that breaks or falls silent is made again after a pause that grows to eight seconds;
        `link` tells meanwhile.

        Raises:
            Denied: the gateway refuses (a wrong token will not get better).
        """
        names = None if types is None else ",".join(sorted(each.wire_type for each in types))
        while True:  # bound: the task's cancellation; the pauses pace it
            try:
                await self._listen(sink, link, names)
                link.trouble = "the stream ended"
            except (Unreachable, ValueError) as error:
                link.trouble = str(error)
            if link.is_up:
                link.is_up, link.since_s, link.attempts = False, anyio.current_time(), 0
            pause = BACKOFF_S[min(link.attempts, len(BACKOFF_S) - 1)]
            link.attempts += 1
            with anyio.move_on_after(pause):
                await anyio.sleep_forever()

    async def _listen(self, sink: Callable[[Envelope], None], link: Link, names: str | None) -> None:
        query = {} if names is None else {"types": names}
        headers = {**self._headers, "Last-Event-ID": str(link.last)}
        limits = aiohttp.ClientTimeout(total=None, sock_connect=REQUEST_S, sock_read=SILENCE_S)
        async with (
            self._session(limits) as session,
            session.get(f"{self.url}/stream", params=query, headers=headers) as response,
        ):
            await _check(response)
            link.is_up, link.since_s, link.trouble = True, anyio.current_time(), ""
            async for block in _blocks(response):
                fields = dict(line.partition(b": ")[::2] for line in block.split(b"\n") if b": " in line)
                if b"event" in fields:
                    raise Unreachable(fields.get(b"data", b"dropped").decode())
                if b"data" in fields:
                    sink(decode(fields[b"data"]))
                    link.last = int(fields[b"id"])
                elif b"" in fields:  # A heartbeat carries the number the stream has come to.
                    link.last = max(link.last, int(fields[b""]))

    async def _ask(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        async with (
            self._session(aiohttp.ClientTimeout(total=REQUEST_S)) as session,
            session.request(method, f"{self.url}{path}", headers=self._headers, **what) as response,
        ):
            await _check(response)
            document: dict[str, Any] = orjson.loads(await response.read())
            return document

    @asynccontextmanager
    async def _session(self, limits: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientSession]:
        try:
            async with aiohttp.ClientSession(timeout=limits) as session:
                yield session
        except TimeoutError as error:
            raise Unreachable(f"{self.url} does not answer in time") from error
        except aiohttp.InvalidURL as error:
            raise BadInput(
                f"--url {self.url}", "is no address", "Write http://127.0.0.1:8787 or alike."
            ) from error
        except aiohttp.ClientError as error:
            raise Unreachable(f"nothing answers at {self.url}") from error


async def _check(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    try:
        reason = str(orjson.loads(await response.read())["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        reason = f"status {response.status}"
    raise Denied(response.status, reason)


async def _blocks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The parts of an event stream, between its empty lines. Raises ValueError when one is too large."""
    waiting = b""
    async for chunk in response.content.iter_any():
        *whole, waiting = (waiting + chunk).split(b"\n\n")
        for block in whole:
            yield block
        if len(waiting) > EVENT_BYTES_MAX:
            raise ValueError("the stream sent an event beyond all bounds")
