"""Time is a seam: modules read it through a port and never sleep; an alert comes back as an event."""

from __future__ import annotations

import time
from heapq import heapify, heappop, heappush
from typing import NamedTuple, Protocol


class Alert(NamedTuple):
    at: int
    name: str


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970 UTC; never goes back."""
        ...

    def alert(self, at: int, name: str) -> None:
        """Ask for an `AlertFired` at or after `at` (ms UTC)."""
        ...

    def withdraw(self, at: int, name: str) -> None:
        """Take one such wish back; one that is not pending is no error."""
        ...


class _Alerts:
    """Pending alerts in time order, at most `limit` (I10)."""

    def __init__(self, limit: int = 100_000) -> None:
        self._heap: list[Alert] = []
        self._limit = limit

    def alert(self, at: int, name: str) -> None:
        if len(self._heap) >= self._limit:
            raise OverflowError(f"more than {self._limit} alerts are pending")
        heappush(self._heap, Alert(at, name))

    def withdraw(self, at: int, name: str) -> None:
        """Take an alert out; those that are asked for and withdrawn are few at a time."""
        try:
            self._heap.remove(Alert(at, name))
        except ValueError:
            return
        heapify(self._heap)

    def next_alert(self) -> int | None:
        """When the next alert is due, ms UTC."""
        return self._heap[0].at if self._heap else None

    def due(self, now: int) -> list[Alert]:
        """Take out what is due."""
        fired = []
        while self._heap and self._heap[0].at <= now:
            fired.append(heappop(self._heap))
        return fired


class SystemClock(_Alerts):
    """The machine's time, run `speed` times as fast from its start on; a step back is not shown.

    It starts at `since` (ms UTC) if the machine is not there yet: a run goes on where a faster one got to.
    With `begins` it starts there, whatever the time is: what was recorded then is played again.
    """

    def __init__(self, speed: float = 1.0, since: int = 0, begins: int = 0) -> None:
        super().__init__()
        self._speed = speed
        self._began = begins * 1_000_000 if begins else max(time.time_ns(), since * 1_000_000)
        self._steady = time.monotonic_ns()

    def now(self) -> int:
        elapsed = time.monotonic_ns() - self._steady
        return int(self._began + elapsed * self._speed) // 1_000_000


class VirtualClock(_Alerts):
    """Time that stands still until it is moved."""

    def __init__(self, at: int = 0) -> None:
        super().__init__()
        self._now = at

    def now(self) -> int:
        return self._now

    def move(self, to: int) -> None:
        """Raises ValueError when `to` lies in the past."""
        if to < self._now:
            raise ValueError(f"the clock cannot go back from {self._now} to {to}")
        self._now = to


stopwatch_ns = time.perf_counter_ns
"""A counter for measuring durations; never a time of day, never part of a decision."""
