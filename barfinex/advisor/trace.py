"""How a decision is recorded: every stage measured, published, and asked whether it ends here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Generic, NoReturn, ParamSpec, TypeVar

from barfinex.advisor.codes import Code
from barfinex.bus.port import Port
from barfinex.clock import stopwatch_ns
from barfinex.domain.conviction import Conviction
from barfinex.domain.ids import kin
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.signal import Signal
from barfinex.domain.value import Value
from barfinex.events.advisor import GateObserved, SignalDeclined
from barfinex.events.base import Event


class Case(Value, frozen=True):
    """One signal to be decided, as of a moment in ms UTC."""

    signal: Signal
    as_of: int
    decision_id: str

    @classmethod
    def of(cls, signal: Signal, as_of: int) -> Case:
        return cls(signal, as_of, kin("dec", signal.id))

    def intent(self, conviction: Conviction | None, size: float | None = None) -> ExecutionIntent:
        """What follows when nobody objects. An exit names the position it is about, an entry a new one."""
        signal = self.signal
        return ExecutionIntent(
            kin("int", signal.id),
            signal.id,
            signal.trade_id or kin("trd", signal.id),
            signal.strategy,
            signal.instrument,
            signal.kind,
            signal.direction,
            signal.price,
            signal.bracket,
            conviction,
            signal.expires_at,
            reason=next((condition.id for condition in signal.conditions), ""),
            size=size,
        )


class Step(Value, frozen=True):
    """A stage's output; it holds the output of the stage before."""

    stage: ClassVar[str]
    case: Case

    def events(self) -> Iterable[Event]:
        """What this stage added, as facts."""
        raise NotImplementedError


S = TypeVar("S", bound=Step)
P = ParamSpec("P")


class Objection(Value, frozen=True):
    """A gate's reason: the value seen and the limit it missed."""

    code: Code
    value: object
    limit: object


class Decline(Value, Generic[S], frozen=True):
    """A stage says no. `output` is what stands all the same when the Advisor only observes."""

    output: S
    objections: tuple[Objection, ...]


def judged(output: S, objections: list[Objection]) -> S | Decline[S]:
    """The output, declined when there is an objection."""
    return Decline(output, tuple(objections)) if objections else output


class Declined(Exception):
    """Leaves the pipeline early; everything has been published by then."""

    def __init__(self, stage: str, objection: Objection) -> None:
        super().__init__(f"{stage}: {objection.code}")
        self.stage, self.objection = stage, objection


class Trace:
    """Runs stages for one case. With `observes`, objections are published and the decision goes on.

    `last` is the latest output, which holds all before it.
    """

    __slots__ = ("_case", "_observes", "_port", "last")

    def __init__(self, case: Case, port: Port, *, observes: bool) -> None:
        self._case, self._port, self._observes = case, port, observes
        self.last: Step | None = None

    def run(self, stage: Callable[P, S | Decline[S]], *args: P.args, **kwargs: P.kwargs) -> S:
        """The stage's output, published with the time it took.

        Raises:
            Declined: the stage declined, and it may.
        """
        began = stopwatch_ns()
        found = stage(*args, **kwargs)
        took_us = (stopwatch_ns() - began) // 1_000
        output, objections = (found.output, found.objections) if isinstance(found, Decline) else (found, ())
        self.last = output
        for event in output.events():
            self._port.emit(event, took_us=took_us)
            took_us = 0
        if objections and not self._observes:
            self._decline(output.stage, objections[0])
        for objection in objections:
            self._observe(output.stage, objection)
        return output

    def _decline(self, stage: str, objection: Objection) -> NoReturn:
        case = self._case
        self._port.emit(
            SignalDeclined(
                instrument=case.signal.instrument,
                decision_id=case.decision_id,
                signal_id=case.signal.id,
                strategy=case.signal.strategy,
                stage=stage,
                code=objection.code,
                value=str(objection.value),
                limit=str(objection.limit),
            )
        )
        raise Declined(stage, objection)

    def _observe(self, stage: str, objection: Objection) -> None:
        self._port.emit(
            GateObserved(
                instrument=self._case.signal.instrument,
                decision_id=self._case.decision_id,
                stage=stage,
                code=objection.code,
                value=str(objection.value),
                limit=str(objection.limit),
            )
        )
