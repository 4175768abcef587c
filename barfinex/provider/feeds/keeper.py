"""Streams kept subscribed, and moved to a new connection before the old one ends (make before break)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import anyio
from anyio.abc import TaskGroup

from barfinex.clock import Clock
from barfinex.provider.feeds.source import MarketSource
from barfinex.provider.venues.errors import VenueError

PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
AGE_MS_MAX = 23 * 3_600_000  # Exchanges cut a connection after 24 hours.
HEARD_S, LOOK_S = 10.0, 0.2
OVERLAP_S = 1.0


class StreamKeeper:
    """Runs beside a feed. `due` says that the exchange is about to cut the connection; at a certain age it is
    renewed by itself. For a moment both connections deliver: what comes twice is dropped by its number."""

    def __init__(
        self,
        source: MarketSource,
        instruments: Sequence[str],
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
        counts: Counter[str],
    ) -> None:
        self._source, self._instruments = source, instruments
        self._clock, self._sleep, self._counts = clock, sleep, counts
        self.due = False

    async def __call__(self) -> None:
        async with anyio.create_task_group() as group:
            scope = self._begin(group)
            while True:  # bound: the task's cancellation; each turn waits until a renewal is due
                began = self._clock.now()
                while not self.due and self._clock.now() - began < AGE_MS_MAX:
                    await self._sleep(LOOK_S)
                self.due = False
                self._source.renew()
                fresh = self._begin(group)
                if await self._is_heard():
                    await self._sleep(OVERLAP_S)
                scope.cancel()
                await self._source.retire()
                scope = fresh
                self._counts["renewed"] += 1

    def _begin(self, group: TaskGroup) -> anyio.CancelScope:
        """Subscribe everything on the newest connection."""
        scope = anyio.CancelScope()
        streams = [one for name in self._instruments for one in self._source.streams(name)]

        async def run() -> None:
            with scope:
                async with anyio.create_task_group() as own:
                    for stream in streams:
                        own.start_soon(self._keep, stream)

        group.start_soon(run)
        return scope

    async def _is_heard(self) -> bool:
        """Whether the new connection delivers, within `HEARD_S`; the old one may have ended meanwhile."""
        for _ in range(round(HEARD_S / LOOK_S)):
            if self._source.is_heard:
                return True
            await self._sleep(LOOK_S)
        return False

    async def _keep(self, stream: Callable[[], Awaitable[object]]) -> None:
        """Keep one stream subscribed; it returns or fails when it has to be asked again."""
        failures = 0
        while True:  # bound: the task's cancellation; each turn waits for the stream or for a pause
            try:
                await stream()
                failures = 0
            except VenueError:
                self._counts["reconnect"] += 1
                await self._sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
                failures += 1
