"""What a faulty venue still has to do, by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush

AGENDA_MAX = 10_000


class Agenda:
    """Work in order of its time, at most AGENDA_MAX pieces. Work with `evil` is not done once healed."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, bool, Callable[[], None]]] = []
        self._count = 0
        self.healed = False

    def add(self, at: int, work: Callable[[], None], *, evil: bool = False) -> None:
        """Do it at `at` (ms UTC) or as soon after as anybody calls. Raises OverflowError when it is full."""
        if len(self._heap) >= AGENDA_MAX:
            raise OverflowError(f"more than {AGENDA_MAX} acts of the venue are pending")
        self._count += 1
        heappush(self._heap, (at, self._count, evil, work))

    def due(self, now: int) -> Iterator[Callable[[], None]]:
        """Take out what is due; work may add more."""
        while self._heap and self._heap[0][0] <= now:
            _, _, evil, work = heappop(self._heap)
            if not (evil and self.healed):
                yield work
