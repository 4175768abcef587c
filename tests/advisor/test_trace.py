"""The trace: what a stage took is recorded beside its fact; a decline ends the decision where it happened."""

from __future__ import annotations

import pytest

from barfinex.advisor.stages.context import Context
from barfinex.advisor.stages.evidence import Evidence, weigh_evidence
from barfinex.advisor.stages.quality import Quality, grade_quality
from barfinex.advisor.trace import Declined, Trace
from barfinex.clock import VirtualClock, stopwatch_ns
from barfinex.events.base import Envelope, Event
from tests.advisor.builders import context, quality


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


def slow(given: Quality) -> Evidence:
    end = stopwatch_ns() + 2_000_000
    while stopwatch_ns() < end:
        pass
    return weigh_evidence(given)


def test_a_stage_is_published_with_the_time_it_took() -> None:
    port = Notes()
    given = quality()
    Trace(given.case, port, observes=False).run(slow, given)
    ((name, took_us),) = port.events
    assert name == "EvidenceWeighed"
    assert took_us >= 2_000


def judge(facts: Context, port: Notes, *, observes: bool) -> Quality:
    return Trace(facts.case, port, observes=observes).run(grade_quality, facts, 0.3)


def test_a_decline_publishes_the_finding_first_and_then_leaves() -> None:
    port = Notes()
    with pytest.raises(Declined):
        judge(context(sound=False), port, observes=False)
    assert [name for name, _ in port.events] == ["QualityGraded", "SignalDeclined"]


def test_an_observed_decline_goes_on_with_the_value() -> None:
    port = Notes()
    assert judge(context(sound=False), port, observes=True).grade == 0.0
    assert [name for name, _ in port.events] == ["QualityGraded", "GateObserved"]
