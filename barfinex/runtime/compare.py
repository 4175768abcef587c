"""Replay: give the journal's inputs to the code again and compare what comes out, event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from barfinex.bus.port import Module, Work
from barfinex.clock import VirtualClock
from barfinex.events.base import Envelope, Event
from barfinex.runtime.restore import folds

SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """The first field in which two events differ, or that one of them is missing."""

    seq: int
    module: str
    wire_type: str
    field: str
    recorded: str
    replayed: str


@dataclass(slots=True)
class Comparison:
    """How many events were compared, and the first differences."""

    compared: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.differing

    def add(self, recorded: Envelope | None, replayed: Event | None) -> None:
        self.compared += 1
        if recorded is not None and recorded.event == replayed:
            return
        self.differing += 1
        if len(self.differences) < SHOWN_MAX:
            self.differences.append(_difference(recorded, replayed))

    def report(self) -> dict[str, Any]:
        shown = [{name: getattr(one, name) for name in Difference.__slots__} for one in self.differences]
        return {"compared": self.compared, "differing": self.differing, "differences": shown}


def _difference(recorded: Envelope | None, replayed: Event | None) -> Difference:
    old = recorded.event if recorded else None
    one = old or replayed
    assert one is not None, "nothing cannot differ from nothing"
    seq, kind = recorded.seq if recorded else 0, one.wire_type
    if old is None or replayed is None or type(old) is not type(replayed):
        names = (old.wire_type if old else "nothing", replayed.wire_type if replayed else "nothing")
        return Difference(seq, one.publisher, kind, "type", *names)
    before, after = old.plain(), replayed.plain()
    name = next((key for key in before if before[key] != after.get(key)), "")
    return Difference(seq, one.publisher, kind, name, str(before.get(name)), str(after.get(name)))


class _Recorder:
    """A port that only listens."""

    def __init__(self) -> None:
        self.cause: Envelope | None = None
        self.clock = VirtualClock()
        self.said: list[Event] = []
        self.work: list[Work] = []

    @property
    def now(self) -> int:
        return self.cause.known_at if self.cause else 0

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        del cause  # Whom it answers follows from the inbox; only what was said is compared.
        self.said.append(event)
        known_at = self.now
        return Envelope(0, "", event.publisher, ts or known_at, known_at, 0, 0, event, took_us)

    def spawn(self, work: Work) -> None:
        self.work.append(work)


async def compare_module(
    module: Module, before: Iterable[Envelope], during: Sequence[Envelope]
) -> Comparison:
    """Fold what was before a run, then hand the module its inputs of the run in order, as it got them.

    A module is a function of its inbox: whatever the tasks' timing was, equal inputs must give equal outputs.
    What it said of its own accord (not in answer to an event) is not compared.
    """
    types = folds(module)
    for envelope in before:
        if type(envelope.event) in types:
            module.fold(envelope)
    answers: dict[int, list[Envelope]] = {}
    for envelope in during:
        if envelope.source == module.name and envelope.causation:
            answers.setdefault(envelope.causation, []).append(envelope)
    result = Comparison()
    port = _Recorder()
    consumed = set(module.consumes)
    for envelope in during:
        if type(envelope.event) in consumed:
            port.cause, port.said, port.work = envelope, [], []
            port.clock.move(max(envelope.known_at, port.clock.now()))
            await module.handle(envelope.event, port)
            for work in port.work:
                await work()
            _pair(result, answers.get(envelope.seq, []), port.said)
    return result


def _pair(result: Comparison, recorded: Sequence[Envelope], replayed: Sequence[Event]) -> None:
    for at in range(max(len(recorded), len(replayed))):
        old = recorded[at] if at < len(recorded) else None
        result.add(old, replayed[at] if at < len(replayed) else None)


def compare_streams(recorded: Iterator[Envelope], replayed: Sequence[Envelope]) -> Comparison:
    """Compare two runs over history whole: every event, in order."""
    result = Comparison()
    again = iter(replayed)
    for envelope in recorded:
        new = next(again, None)
        result.add(envelope, new.event if new else None)
    for extra in again:
        result.add(None, extra.event)
    return result
