"""Is the loop alive, and how late does it run?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from barfinex.clock import Clock, stopwatch_ns
from barfinex.domain.trading import TradingState
from barfinex.events.kernel import HaltFileFound
from barfinex.inspector.book import RiskBook
from barfinex.runtime.lifecycle import State

BEAT_S = 0.25
LAG_MS = 250
LAGS_MS = 1_000


class Health:
    """What `/health` answers: module states, the loop's worst recent lag in ms, whether the run is armed, the
    trading state, and how many positions are without a stop and for how long one was at the worst (ms).

    `holds` tells whether what the HALT file asks for is on; `lagged` is told how late the loop is, in ms,
    when that is too late."""

    def __init__(self, run_id: str, mode: str) -> None:
        self.run_id, self.mode = run_id, mode
        self.states: dict[str, State] = {}
        self.lag_ms = 0.0
        self.armed = False
        self.state: Callable[[], TradingState] = lambda: TradingState.ACTIVE
        self.holds: Callable[[HaltFileFound], bool] = lambda _wish: False
        self.journal: Callable[[], str] = lambda: "ok"
        self.lagged: Callable[[int], None] = lambda _ms: None
        self.unprotected: Callable[[], dict[str, int]] = dict
        self.url: str | None = None

    def watch(self, book: RiskBook, clock: Clock) -> None:
        """What the Inspector's book holds is asked for anew each time."""
        self.state, self.holds = book.trading.state, book.trading.holds
        self.unprotected = lambda: _unprotected(book, clock.now())

    async def beat(self) -> None:
        """Measure for ever how much later than asked the loop wakes; the worst fades by a tenth a beat."""
        told = -LAGS_MS
        while True:  # bound: the task's cancellation
            began = stopwatch_ns()
            await anyio.sleep(BEAT_S)
            now = stopwatch_ns() // 1_000_000
            late = now - began / 1e6 - BEAT_S * 1e3
            self.lag_ms = max(late, self.lag_ms * 0.9)
            if late > LAG_MS and (now - told >= LAGS_MS or late > LAGS_MS):
                told = now
                self.lagged(int(late))

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
            "halted": self.state() is TradingState.HALTED,
            "trading": self.state(),
            "journal": journal,
            "unprotected": self.unprotected(),
            "url": self.url,
        }


def _unprotected(book: RiskBook, now: int) -> dict[str, int]:
    """How many positions are without a stop in part (`open`), and the longest spell of that so far, in ms."""
    held = book.positions.values()
    spells = [now - position.bare_from for position in held if position.bare_known]
    past = [position.bare_ms_worst for position in held]
    return {"open": len(spells), "max_ms": max([book.bare_ms_worst, *spells, *past])}
