"""What the Advisor has become, folded again from a journal, beside what it has told on the way."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from pydantic import ValidationError

from barfinex.advisor.learning.labels import Label
from barfinex.advisor.module import AdvisorModule
from barfinex.advisor.value.accounts import Accounts
from barfinex.advisor.value.ledger import Ledger
from barfinex.audit.journal import HashJournal
from barfinex.audit.reader import Reader
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.domain.errors import BadInput
from barfinex.domain.signal import Regime
from barfinex.events.advisor import GateObserved
from barfinex.events.advisor_learning import (
    DriftDetected,
    LadderUpdated,
    ModelTrained,
    ModelValidated,
    OutcomeLabelled,
)
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.advisor_upkeep import AllocationRecommended
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import IntentRefused, TradeClosed
from barfinex.events.kernel import RunStarted
from barfinex.runtime.kernel import Composition, mode_of
from barfinex.runtime.restore import MARKET, folds

GATES_MAX = 64
"""That one decision may meet."""
OF_A_STRATEGY = frozenset({"calibration", "shadow_gap"})
"""Kinds of drift that are about one; the others are about what all share."""
TOLD: tuple[type[Event], ...] = (
    AllocationRecommended,
    DriftDetected,
    GateObserved,
    LadderUpdated,
    ModelValidated,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a signal, known at `at` (ms UTC), in the regime it was decided in; `r_net` in R."""

    at: int
    regime: Regime
    r_net: float


class Recollection:
    """An Advisor, folded row by row, and what it has told: all of it, or of these `strategies` alone. The
    models are always those that learned from all of them.

    `outcomes` counts those whose probability can be judged; `labels` all, by strategy; `judged` are the
    strategies of which there are decisions; `observed` is the why-not ledger of gates that may not decline.
    """

    def __init__(self, config: Config, strategies: frozenset[str] = frozenset()) -> None:
        self.advisor, self.strategies = advisor_of(config), strategies
        self.accounts = Accounts() if strategies else self.advisor.mind.accounts
        self.observed, self.allocation = Ledger(), list[AllocationRecommended]()
        self.results, self.labels, self.outcomes = list[Result](), Counter[str](), 0
        self.judged = set[str]()
        self.drifts, self.ladders = list[tuple[int, DriftDetected]](), list[tuple[int, LadderUpdated]]()
        self.validated = list[ModelValidated]()
        self.trainings = self.began = self.ended = 0
        self._folds = folds(self.advisor) - set(MARKET)
        self._waiting: dict[str, tuple[DecisionResponded, int]] = {}
        self._gates: deque[GateObserved] = deque(maxlen=GATES_MAX)

    @property
    def types(self) -> set[type[Event]]:
        """What it wants to be told; no prices: what came of them is in the outcomes."""
        return self._folds | set(TOLD)

    def fold(self, envelope: Envelope) -> None:
        """One row further."""
        event, at = envelope.event, envelope.known_at
        self.ended = max(self.ended, at)
        if type(event) in self._folds:
            self.advisor.fold(envelope)
        match event:
            case DecisionResponded():
                self.judged.add(event.strategy)
                if self._wants(event.strategy):
                    self._decide(event, at)
                self._gates.clear()
            case OutcomeLabelled() if self._wants(event.strategy):
                self._learn(event)
            case IntentRefused() if event.strategy in self.strategies:
                self.accounts.refused(event)
            case TradeClosed() if event.trade.strategy in self.strategies:
                self.accounts.closed(event, self.advisor.mind.standing.equity)
            case _:
                self._note(event, at)

    def _note(self, event: Event, at: int) -> None:
        match event:
            case GateObserved():
                self._gates.append(event)
            case DriftDetected() if event.kind not in OF_A_STRATEGY or self._wants(event.about):
                self.drifts.append((at, event))
            case LadderUpdated() if self._wants(event.strategy):
                self.ladders.append((at, event))
            case ModelTrained():
                self.trainings += 1
            case ModelValidated():
                self.validated.append(event)
            case AllocationRecommended():
                self.allocation = [event]

    def _decide(self, event: DecisionResponded, at: int) -> None:
        self.began = self.began or at
        self._waiting[event.decision_id] = event, at
        for one in self._gates:
            if one.decision_id == event.decision_id:
                self.observed.refuse(one.decision_id, one.stage, one.code, one.value, one.limit)
        if self.strategies:
            self.accounts.decided(event, at)

    def _learn(self, event: OutcomeLabelled) -> None:
        decision, decided_at = self._waiting.pop(event.decision_id, (None, 0))
        if decision is None:
            return
        self.labels[event.strategy] += 1
        self.outcomes += decision.is_calibrated
        self.observed.settle(event.decision_id, event.r_net, event.weight)
        self.results.append(Result(event.admitted_at, decision.regime, event.r_net))
        if self.strategies:
            self.accounts.labelled(Label.of(decision, event, decided_at))

    def _wants(self, strategy: str) -> bool:
        return not self.strategies or strategy in self.strategies


def recollect(reader: Reader, run: str, strategies: frozenset[str] = frozenset()) -> Recollection:
    """The Advisor as it stood at the end of a run, by its id or `last`: folded from the journal's first row,
    since a run goes on where the one before it stopped.

    Raises:
        BadInput: there is no such run or strategy, or a row cannot be read.
    """
    first, last = reader.span(run)
    found = Recollection(config_of(reader, first), strategies)
    for envelope in reader.envelopes(types=found.types, until=last):
        found.fold(envelope)
    for name in sorted(strategies - found.judged):
        remedy = f"There are decisions of {', '.join(sorted(found.judged)) or 'none as yet'}."
        raise BadInput(f"strategy {name}", f"has no decision in {reader.path}", remedy)
    return found


def advisor_of(config: Config) -> AdvisorModule:
    """A new Advisor by this configuration."""
    symbols = [one.symbol for one in config.instruments]
    return Composition(mode_of("replay"), config, symbols, Loaded(()), HashJournal()).advisor()


def config_of(reader: Reader, first: int) -> Config:
    """What the run that begins at a row was configured by.

    Raises:
        BadInput: no run begins there, or its configuration is not one of this version.
    """
    started = reader.at(first).event
    if not isinstance(started, RunStarted):
        remedy = "Name a run of `barfinex audit query 'select * from v_runs'`."
        raise BadInput(f"{reader.path} row {first}", "is not the start of a run", remedy)
    try:
        return Config.model_validate(started.config)
    except ValidationError as error:
        reason = f"holds a configuration that this version does not take ({error.error_count()} keys)"
        remedy = f"Read it with barfinex {started.version}."
        raise BadInput(f"{reader.path} row {first}", reason, remedy) from error
