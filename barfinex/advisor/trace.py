"""How a decision is recorded: every stage measured, published, and asked whether it ends here."""

from __future__ import annotations

from collections.abc import Callable
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

    def intent(self, conviction: Conviction | None) -> ExecutionIntent:
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
        )


class Step(Value, frozen=True):
    """A stage's output."""

    stage: ClassVar[str]
    case: Case

    def event(self) -> Event:
        """What this stage added, as a fact."""
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


class Trace:
    """Runs stages for one case. With `observes`, objections are published and the decision goes on."""

    __slots__ = ("_case", "_observes", "_port")

    def __init__(self, case: Case, port: Port, *, observes: bool) -> None:
        self._case, self._port, self._observes = case, port, observes

    def run(self, stage: Callable[P, S | Decline[S]], *args: P.args, **kwargs: P.kwargs) -> S:
        """The stage's output, published with the time it took.

        Raises:
            Declined: the stage declined, and it may.
        """
        began = stopwatch_ns()
        found = stage(*args, **kwargs)
        took_us = (stopwatch_ns() - began) // 1_000
        if not isinstance(found, Decline):
            self._port.emit(found.event(), took_us=took_us)
            return found
        output = found.output
        self._port.emit(output.event(), took_us=took_us)
        if not self._observes:
            self._decline(output.stage, found.objections[0])
        for objection in found.objections:
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
        raise Declined(stage)

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
