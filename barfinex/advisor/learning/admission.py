"""Labels wait until their horizon has passed: what ends soon is not heard before what ends late."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

PENDING_MAX = 4_096

T = TypeVar("T")


class Admission(Generic[T]):
    """Signals whose outcome is not to be learned yet.

    A signal of t0 is admitted at t0 + `horizon_ms`, in the order (t0, id), whenever its barrier was touched:
    with a far target and a near stop, what is resolved at any moment is mostly losses. Each is admitted once:
    nothing enters at or before the last one that left.

    When `pending_max` wait, the oldest is dropped and counted in `dropped`. `late` counts what came after
    its place in the order had passed, `unresolved` what reached its horizon without an outcome (candles were
    missing): neither is learned from.

    Args:
        horizon_ms: the longest a signal may take to its touch.
    """

    def __init__(self, horizon_ms: int, pending_max: int = PENDING_MAX) -> None:
        if not (horizon_ms > 0 and pending_max > 0):
            raise ValueError("horizon_ms and pending_max are not both positive: give the longest horizon")
        self._horizon, self._max = horizon_ms, pending_max
        self._order: list[tuple[int, str]] = []
        self._outcomes: dict[str, T | None] = {}
        self._left: tuple[int, str] | None = None
        self.dropped, self.late, self.unresolved = 0, 0, 0

    def __len__(self) -> int:
        return len(self._order)

    def expect(self, signal_id: str, t0: int) -> str | None:
        """A signal was decided, or declined, at t0, ms UTC. The id for which there is no place: its own when
        it waits already or comes too late, the oldest when too many wait; None when there is one for all."""
        key = t0, signal_id
        if signal_id in self._outcomes:
            return signal_id
        if self._left is not None and key <= self._left:
            self.late += 1
            return signal_id
        heappush(self._order, key)
        self._outcomes[signal_id] = None
        if len(self._order) <= self._max:
            return None
        self.dropped += 1
        return self._pop()[0]

    def resolve(self, signal_id: str, outcome: T) -> None:
        """The signal's touch is known; only the first counts, and only of a signal that waits."""
        if signal_id in self._outcomes and self._outcomes[signal_id] is None:
            self._outcomes[signal_id] = outcome

    def admit(self, now: int) -> tuple[list[tuple[str, T]], list[str]]:
        """Of all whose horizon has passed at `now`, ms UTC, in the order of their t0: ids and outcomes, and
        the ids of those that have none. None of them waits any more."""
        admitted, unresolved = [], []
        while self._order and self._order[0][0] + self._horizon <= now:
            signal_id, outcome = self._pop()
            if outcome is None:
                unresolved.append(signal_id)
            else:
                admitted.append((signal_id, outcome))
        self.unresolved += len(unresolved)
        return admitted, unresolved

    def leave(self, signal_id: str) -> None:
        """The signal's outcome was admitted before, by a process that ended: it waits no more."""
        if signal_id not in self._outcomes:
            return
        del self._outcomes[signal_id]
        key = next(key for key in self._order if key[1] == signal_id)
        self._order.remove(key)
        heapify(self._order)
        self._left = max(key, self._left or key)

    def _pop(self) -> tuple[str, T | None]:
        key = heappop(self._order)
        self._left = max(key, self._left or key)
        return key[1], self._outcomes.pop(key[1])
