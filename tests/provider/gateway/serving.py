"""A gateway over a real journal on a free port, and somebody to talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import anyio
from anyio.abc import TaskStatus

from barfinex.audit.journal import SqliteJournal
from barfinex.bus.codec import decode
from barfinex.config import GatewayConfig
from barfinex.domain.trading import Scope
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import (
    AlertsAcknowledged,
    ChangeRefused,
    LimitTightened,
    LooseningRequested,
    TradingHalted,
    TradingResumed,
)
from barfinex.events.studio import HaltRequested, LimitChangeRequested, ResumeRequested
from barfinex.provider.gateway.app import DEFAULT, Gateway
from barfinex.provider.gateway.commands import Wish
from barfinex.provider.gateway.limits import Limits
from tests.studio.story import Story

TOKEN = "t" * 43
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PERSON = "p" * 43


@dataclass
class Served:
    """A running gateway. `answers`: the Inspector confirms what is asked."""

    journal: SqliteJournal
    gateway: Gateway
    session: aiohttp.ClientSession
    story: Story = field(default_factory=Story)
    asked: list[Wish] = field(default_factory=list)
    answers: bool = True
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def serve(self, *, task_status: TaskStatus[None]) -> None:
        """Until `scope` is cancelled."""
        with self.scope:
            await self.gateway.serve(task_status=task_status)

    def tell(self, *events: Event) -> None:
        """Publish as the bus does: journal, then tap."""
        for event in events:
            envelope = self.story.say(event)
            self.journal.append(envelope)
            self.gateway.tap(envelope)

    def command(self, wish: Wish) -> None:
        self.asked.append(wish)
        self.tell(wish)
        if self.answers:
            self.tell(answer_to(wish))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        given = BEARER if headers is None else headers
        async with self.session.get(self.gateway.url + path, headers=given) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        given = {**BEARER, "Content-Type": "application/json", **headers}
        async with self.session.post(self.gateway.url + path, data=body, headers=given) as response:
            return response.status, await response.json()

    async def stream(self, count: int, query: str = "", **headers: str) -> list[Envelope]:
        """The first `count` events of the stream."""
        heard: list[Envelope] = []
        with anyio.fail_after(5):
            async with self.session.get(
                f"{self.gateway.url}/stream{query}", headers={**BEARER, **headers}
            ) as response:
                assert response.status == 200, await response.text()
                assert response.content_type == "text/event-stream"
                async for line in response.content:
                    if line.startswith(b"data: "):
                        heard.append(decode(line[6:]))
                    if len(heard) == count:
                        break
        return heard


def answer_to(wish: Wish) -> Event:
    """What the Inspector might say: `confirmation` "lsn-1" is in time."""
    if isinstance(wish, HaltRequested):
        return TradingHalted(way=wish.way, reason=wish.reason)
    if not wish.is_person and not isinstance(wish, LimitChangeRequested):
        return ChangeRefused(what="resume", by=wish.by, reason="it needs the person's token")
    if isinstance(wish, LimitChangeRequested):
        return LimitTightened(
            limit=wish.limit, old="2", new=wish.value, configured="2", by=wish.by, way="api", reason="x"
        )
    if not isinstance(wish, ResumeRequested):
        return AlertsAcknowledged(ids=("alr-1",), by=wish.by, reason=wish.reason)
    if wish.confirmation:
        return TradingResumed(by=wish.by, reason=wish.reason, id=wish.confirmation)
    return LooseningRequested(
        id="lsn-1",
        what="resume",
        scope=Scope(),
        old="kill",
        new="active",
        by=wish.by,
        reason=wish.reason,
        due_at=60_000,
        expires_at=660_000,
    )


@asynccontextmanager
async def serving(
    folder: Path, events: tuple[Event, ...] = (), limits: Limits = DEFAULT, **config: Any
) -> AsyncIterator[Served]:
    """A gateway that starts when the journal holds `events` already."""
    with SqliteJournal(folder / "j.db", sync="batch") as journal:
        async with aiohttp.ClientSession() as session:
            served: Served
            gateway = Gateway(
                GatewayConfig(port=0, **config),
                token=TOKEN,
                journal=folder / "j.db",
                command=lambda wish: served.command(wish),  # noqa: PLW0108 - it may be replaced later
                status=lambda: {"status": "ok"},
                limits=limits,
                person_token=PERSON,
            )
            served = Served(journal, gateway, session)
            for event in events:
                journal.append(served.story.say(event))
            journal.flush()
            async with anyio.create_task_group() as group:
                await group.start(served.serve)
                yield served
                group.cancel_scope.cancel()
