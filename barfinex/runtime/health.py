"""Is the loop alive, and how late does it run?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from barfinex.clock import stopwatch_ns
from barfinex.runtime.lifecycle import State

BEAT_S = 0.25


class Health:
    """What `/health` answers: module states, the loop's worst recent lag in ms, whether the run is armed."""

    def __init__(self, run_id: str, mode: str) -> None:
        self.run_id, self.mode = run_id, mode
        self.states: dict[str, State] = {}
        self.lag_ms = 0.0
        self.armed = False
        self.is_halted: Callable[[], bool] = lambda: False
        self.journal: Callable[[], str] = lambda: "ok"
        self.url: str | None = None

    async def beat(self) -> None:
        """Measure for ever how much later than asked the loop wakes; the worst fades by a tenth a beat."""
        while True:  # bound: the task's cancellation
            began = stopwatch_ns()
            await anyio.sleep(BEAT_S)
            late = (stopwatch_ns() - began) / 1e6 - BEAT_S * 1e3
            self.lag_ms = max(late, self.lag_ms * 0.9)

    def status(self) -> dict[str, Any]:
        running = all(state is State.RUNNING for state in self.states.values())
        journal = self.journal()
        return {
            "status": "ok" if running and self.armed and journal == "ok" else "degraded",
            "run_id": self.run_id,
            "mode": self.mode,
            "modules": {name: str(state) for name, state in self.states.items()},
            "loop_lag_ms": round(self.lag_ms, 1),
            "armed": self.armed,
            "halted": self.is_halted(),
            "journal": journal,
            "url": self.url,
        }
