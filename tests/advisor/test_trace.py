"""The trace: what a stage took is recorded beside its fact; a decline ends the decision where it happened."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from barfinex.advisor.stages.context import Context, Facts, gather_context
from barfinex.advisor.stages.quality import Quality, grade_quality
from barfinex.advisor.trace import Decline, Declined, Trace
from barfinex.clock import VirtualClock, stopwatch_ns
from barfinex.config import AdvisorConfig
from barfinex.events.base import Envelope, Event
from tests.advisor.builders import MOTION, case, facts


class Notes:
    """A port that writes down what is emitted and how long it is said to have taken."""

    def __init__(self) -> None:
        self.cause: Envelope | None = None
        self.clock = VirtualClock()
        self.now = 0
        self.events: list[tuple[str, int]] = []

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        self.events.append((type(event).__name__, took_us))
        return Envelope(0, "run", "advisor", 0, 0, 0, 0, event, took_us)

    def spawn(self, work: object) -> None:
        raise AssertionError("a decision spawns nothing")


STILL = facts(motion=replace(MOTION, volatility=0.0))


def context(given: Facts) -> Context:
    found = gather_context(case(), given, 1)
    return found.output if isinstance(found, Decline) else found


def slow(given: Context) -> Quality | Decline[Quality]:
    end = stopwatch_ns() + 2_000_000
    while stopwatch_ns() < end:
        pass
    return grade_quality(given, AdvisorConfig())


def test_a_stage_is_published_with_the_time_it_took() -> None:
    port = Notes()
    given = context(facts())
    Trace(given.case, port, observes=False).run(slow, given)
    ((name, took_us),) = port.events
    assert name == "QualityGraded"
    assert took_us >= 2_000


def test_of_several_events_of_a_stage_the_first_tells_the_time() -> None:
    port = Notes()
    asked = case()
    Trace(asked, port, observes=False).run(gather_context, asked, facts(), 1)
    assert len(port.events) == 3
    assert [took for _, took in port.events[1:]] == [0, 0]


def judge(given: Context, port: Notes, *, observes: bool) -> Quality:
    return Trace(given.case, port, observes=observes).run(grade_quality, given, AdvisorConfig())


def test_a_decline_publishes_the_finding_first_and_then_leaves() -> None:
    port = Notes()
    with pytest.raises(Declined):
        judge(context(STILL), port, observes=False)
    assert [name for name, _ in port.events] == ["QualityGraded", "QualityBlocked", "SignalDeclined"]


def test_an_observed_decline_goes_on_with_the_value() -> None:
    port = Notes()
    assert judge(context(STILL), port, observes=True).grade == 0.0
    assert [name for name, _ in port.events][:3] == ["QualityGraded", "QualityBlocked", "GateObserved"]
