"""When an order that is not found cannot exist any more: one rule for all who ask (I15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from barfinex.provider.venues.base import Capabilities

MARGIN_MS, ABSENCES_MIN = 5_000, 3


class Proof(NamedTuple):
    """Not found often enough, and for longer than anything sent can be under way."""

    window_ms: int
    times_min: int

    def holds(self, times: Sequence[int]) -> bool:
        """Whether "not found" at these times (ms UTC, ascending), and found at none between, is proof."""
        return len(times) >= self.times_min and times[-1] - times[0] >= self.window_ms


AT_ONCE = Proof(0, 1)


def proof_of(can: Capabilities) -> Proof:
    """What it takes at a venue; one without a window answers for its own file, and is believed at once."""
    late = can.recv_window_ms + can.engine_timeout_ms
    return Proof(late + MARGIN_MS, ABSENCES_MIN) if late > 0 else AT_ONCE
