"""A port that keeps what is said, and the pipeline run through it."""

from __future__ import annotations

from barfinex.advisor.desk import Desk
from barfinex.advisor.pipeline import decide
from barfinex.advisor.stages.context import Facts
from barfinex.advisor.trace import Case, Declined, Trace
from barfinex.clock import Clock, VirtualClock
from barfinex.events.base import Envelope, Event


class Said:
    """Keeps the events; nothing else of a port is used in a decision."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.clock: Clock = VirtualClock()
        self.cause: Envelope | None = None

    @property
    def now(self) -> int:
        return 0

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        self.events.append(event)
        return Envelope(0, "run", "advisor", 0, 0, 0, 0, event, took_us)

    def spawn(self, work: object) -> None:
        raise AssertionError("a decision spawns nothing")


def decided(case: Case, facts: Facts, desk: Desk) -> tuple[Declined | None, list[Event], Trace]:
    """What ended the decision, if anything did, and what was said."""
    port = Said()
    trace = Trace(case, port, observes=desk.config.authority == "observe")
    try:
        decide(case, facts, desk, trace)
    except Declined as no:
        return no, port.events, trace
    return None, port.events, trace
