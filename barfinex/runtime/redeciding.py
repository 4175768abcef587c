"""One decision made again, by today's code: from its run's candle files, or from the journal's rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from msgspec.json import encode

from barfinex.audit.journal import HashJournal
from barfinex.audit.reader import Reader
from barfinex.bus.port import Work
from barfinex.clock import VirtualClock
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.domain.errors import BadInput
from barfinex.events.advisor import DecisionRequested
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.kernel import RunStarted
from barfinex.runtime.advising import advisor_of
from barfinex.runtime.compare import Difference
from barfinex.runtime.history import Input, must_be_of, run_history
from barfinex.runtime.restore import past


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision in a journal: the row of its signal, the first row of its run, and what was said of it."""

    id: str
    signal: Envelope
    first: int
    said: tuple[Envelope, ...]


def recorded(reader: Reader, decision_id: str) -> Recorded:
    """Raises BadInput when the journal does not hold this decision."""
    family = reader.related(decision_id)
    asked = [
        one
        for one in family
        if isinstance(one.event, DecisionRequested) and one.event.decision_id == decision_id
    ]
    if not asked:
        remedy = "Take one from `barfinex tail`, or from `barfinex audit query 'select * from v_decisions'`."
        raise BadInput(f"decision {decision_id}", f"is not in {reader.path}", remedy)
    cause = asked[-1].causation
    answers = [one for one in family if one.source == "advisor" and one.causation == cause]
    own = _about(decision_id, [one.event for one in answers])
    first, _ = reader.span(asked[-1].run_id)
    return Recorded(decision_id, reader.at(cause), first, tuple(answers[own]))


def _about(decision_id: str, events: Sequence[Event]) -> slice:
    """From the first that names the decision to the last: what is learned before it is of others."""
    named = [at for at, one in enumerate(events) if getattr(one, "decision_id", "") == decision_id]
    return slice(named[0], named[-1] + 1) if named else slice(0, 0)


async def from_rows(config: Config, reader: Reader, decision: Recorded) -> list[Event]:
    """What the Advisor says of a decision made in real time: it is given its inbox of the run again, up to
    the signal, after all that was before the run."""
    advisor, ear = advisor_of(config), _Ear()
    for envelope in past(reader, [advisor], until=decision.first - 1):
        advisor.fold(envelope)
    for envelope in reader.envelopes(
        after=decision.first - 1, until=decision.signal.seq, types=advisor.consumes
    ):
        ear.hear(envelope)
        await advisor.handle(envelope.event, ear)
    return ear.said[_about(decision.id, ear.said)]


class _Ear:
    """A port that only listens, to what is said in answer to the latest envelope. Trainings are not run: what
    came of them is in the inbox."""

    def __init__(self) -> None:
        self.cause: Envelope | None = None
        self.clock, self.said = VirtualClock(), list[Event]()

    @property
    def now(self) -> int:
        return self.cause.known_at if self.cause else 0

    def hear(self, envelope: Envelope) -> None:
        self.cause, self.said = envelope, []
        self.clock.move(max(envelope.known_at, self.clock.now()))

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        del cause
        self.said.append(event)
        return Envelope(0, "", event.publisher, ts or self.now, self.now, 0, 0, event, took_us)

    def spawn(self, work: Work) -> None:
        del work


class _Passed(Exception):
    """The time of the decision is over."""


async def from_files(
    config: Config, inputs: Sequence[Input], loaded: Loaded, reader: Reader, decision: Recorded
) -> list[Event]:
    """What the Advisor says of a decision over history: its run again, until the signal has been answered.
    Nothing when the signal does not come again.

    Raises:
        BadInput: a file is not the one the run was made from.
    """
    started, signal = reader.at(decision.first).event, decision.signal
    assert isinstance(started, RunStarted), "a run begins with RunStarted"
    assert isinstance(signal.event, SignalDetected), "a decision answers a signal"
    must_be_of(started, inputs)
    wanted, said, cause = signal.event.signal.id, list[Event](), 0

    def hear(envelope: Envelope) -> None:
        nonlocal cause
        event = envelope.event
        if isinstance(event, SignalDetected) and event.signal.id == wanted:
            cause = envelope.seq
        elif cause and envelope.causation == cause and envelope.source == "advisor":
            said.append(event)

    def stop(now: int) -> None:
        if now > signal.known_at:
            raise _Passed

    try:
        await run_history(
            config, inputs, loaded, HashJournal(), mode=started.mode, taps=[hear], progress=stop
        )
    except _Passed:
        pass
    return said[_about(decision.id, said)]


def differences(recorded: Sequence[Envelope], replayed: Sequence[Event]) -> list[Difference]:
    """Where the bytes differ: of each event the first field that does, or that there is no such event."""
    before = [one.event.wire_type for one in recorded]
    after = [one.wire_type for one in replayed]
    found: list[Difference] = []
    for _, a, a_end, b, b_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if before[a:a_end] == after[b:b_end]:
            pairs = zip(recorded[a:a_end], replayed[b:b_end], strict=True)
            found += [_difference(old, new) for old, new in pairs if old.event.body() != new.body()]
            continue
        found += [_missing(one, one.event, "no such event") for one in recorded[a:a_end]]
        found += [_missing(None, one, "no such event") for one in replayed[b:b_end]]
    return found


def _missing(old: Envelope | None, event: Event, nothing: str) -> Difference:
    kind, seq = event.wire_type, old.seq if old else 0
    told = (nothing, kind) if old is None else (kind, nothing)
    return Difference(seq, event.publisher, kind, "type", *told)


def _difference(old: Envelope, new: Event) -> Difference:
    name, before, after = next(_apart("", old.event.plain(), new.plain()))
    return Difference(old.seq, new.publisher, new.wire_type, name, str(before), str(after))


def _apart(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every value that differs, by its path: `regime`, `posterior.2`, `items.trend`."""
    if encode(before) == encode(after):
        return
    old, new = _inside(before), _inside(after)
    if old and old.keys() == new.keys():
        for key in old:
            yield from _apart(f"{path}.{key}" if path else key, old[key], new[key])
    else:
        yield path, before, after


def _inside(value: Any) -> dict[str, Any]:
    """The parts of a value by name: of pairs such as ("trend", 0.1) their own, else their places."""
    if isinstance(value, dict):
        return value
    parts = value if isinstance(value, list) else []
    named = [isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) for one in parts]
    if parts and all(named):
        return {str(name): part for name, part in parts}
    return {str(at): part for at, part in enumerate(parts)}
