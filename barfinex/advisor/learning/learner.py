"""The learning loop: decisions wait for their outcome, outcomes teach, and what is learned has to prove
itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from msgspec import DecodeError
from msgspec.json import decode

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import read
from barfinex.advisor.learning.champion import Stage, Transition
from barfinex.advisor.learning.choosing import Choosing
from barfinex.advisor.learning.gates import Evidence
from barfinex.advisor.learning.labels import LABELS_MAX, Label, row_of, table_of
from barfinex.advisor.learning.ladder import Phase
from barfinex.advisor.learning.ood import Outliers, Verdict
from barfinex.advisor.learning.seats import Seats
from barfinex.advisor.learning.serving import Serving, Trained
from barfinex.advisor.learning.shifts import Shifts
from barfinex.advisor.learning.strategies import Strategies
from barfinex.advisor.learning.told import told_drift, told_ladder, told_race
from barfinex.advisor.learning.training import Challenge
from barfinex.advisor.learning.waiting import WaitingRoom
from barfinex.advisor.learning.watched import Result, Waiting
from barfinex.config import AdvisorConfig
from barfinex.domain.errors import BadInput
from barfinex.domain.view import MarketView
from barfinex.events.advisor_learning import (
    CalibrationUpdated,
    ModelPromoted,
    ModelSwitched,
    ModelTrained,
    ModelValidated,
    OutcomeLabelled,
)
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.base import Event

CLASS_MIN = 10
TRIALS_MAX = 10_000
EMBARGO_MS = 3_600_000
EVERY_MODEL = 100
RIPE = frozenset({Phase.LEARNED, Phase.MATURE})
TRUSTED = Verdict(1.0, rejected=False, drift=False)


class Learner:
    """All that is learned, folded from decisions, candles and outcomes; each method gives what is to be
    told."""

    def __init__(self, config: AdvisorConfig, market: MarketView) -> None:
        self._config, self._market = config, market
        self.waiting = WaitingRoom(config.horizon_candles)
        self.strategies = Strategies(config.base_rate, config.base_rate_labels)
        self.labels: deque[Label] = deque(maxlen=LABELS_MAX)
        self.seats = Seats()
        self.choosing = Choosing()
        self._outliers, self._shifts = Outliers(), Shifts()
        self._tried: deque[float] = deque(maxlen=TRIALS_MAX)
        self._count, self._asked_at = 0, 0
        self._is_training = self._is_ripe = False

    def serving(self) -> Serving | None:
        """The model that serves: the champion, or the former one while the new one is watched."""
        return self._named(self.seats.race.stands)

    def tried(self, decision_id: str) -> Serving | None:
        """The model on trial that is heard in a decision."""
        return self._named(self.seats.race.tried(decision_id))

    def _named(self, model_id: str) -> Serving | None:
        found, selection = self.seats.named(model_id), self.choosing.selection
        return found if found is None or found.selection is selection else replace(found, selection=selection)

    def _seated(self, decision_id: str) -> Serving | None:
        race = self.seats.race
        return self.seats.named(race.stands) or self.seats.named(race.tried(decision_id))

    def verdict(self, decision_id: str, row: list[float]) -> Verdict:
        """How far the model that serves a decision, or else the one on trial, is trusted on a row of raw
        values."""
        serving = self._seated(decision_id)
        return self._outliers.judge(serving.measure(row)) if serving else TRUSTED

    def expect(self, decision: DecisionResponded, decided_at: int) -> None:
        """A decision was made at `decided_at`, ms UTC: its outcome will be learned from."""
        serving = self._seated(decision.decision_id)
        if serving is not None and decision.features:
            self._outliers.note(serving.measure(row_of(decision)))
        self.waiting.expect(decision, decided_at, self._market)
        self.choosing.settle()

    def admit(self, now: int) -> Iterator[tuple[Label, list[Event]]]:
        """Learn from every decision whose horizon has passed by `now`, ms UTC, in their order."""
        for result in self.waiting.admit(now):
            labelled = self._labelled(result, now)
            label = Label.of(result.waiting.decision, labelled, result.waiting.decided_at)
            yield label, [labelled, *self.learn(label)]

    def restore(self, labelled: OutcomeLabelled) -> Label | None:
        """An outcome as it was told before; the label, when its decision is known."""
        waiting = self.waiting.take(labelled.decision_id)
        if waiting is None:
            return None
        label = Label.of(waiting.decision, labelled, waiting.decided_at)
        self.learn(label)
        return label

    def _labelled(self, result: Result, now: int) -> OutcomeLabelled:
        decision, waiting = result.waiting.decision, result.waiting
        return OutcomeLabelled(
            instrument=decision.instrument,
            decision_id=decision.decision_id,
            strategy=decision.strategy,
            source=result.source,
            won=result.r_net > 0.0,
            r_net=result.r_net,
            barrier=result.barrier,
            touched_at=result.touched_at,
            admitted_at=now,
            weight=self.strategies.weigh(_span(waiting, result), result.ambiguous),
            ambiguous=result.ambiguous,
            probability=decision.p_final,
            labels=self._count + 1,
            shadow_r=result.shadow_r,
        )

    def learn(self, label: Label) -> list[Event]:
        """Take one outcome in."""
        self._count += 1
        told: list[Event] = []
        strategy = label.decision.strategy
        sounding = self.strategies.learn(label, self.seats.heard(label))
        if label.decision.features:
            self.labels.append(label)
        if sounding is not None:
            told.append(told_drift(strategy, sounding))
            told += self._turn(self.seats.alarm())
        told += self._turn(self.seats.score(label))
        told += [*self.choosing.learn(label), *self._shifts.learn(label)]
        if self._count % every(self._count) == 0:
            told.append(told_ladder(strategy, self.strategies))
        return told

    def _turn(self, transition: Transition | None) -> list[Event]:
        """Tell of the seats as they are now, and let the ladders and the comparison of worlds follow."""
        if transition is None:
            return []
        self._follow()
        return told_race(transition)

    def _follow(self) -> None:
        if not self.seats.race.trial:
            self.strategies.end_trials()
        if self.seats.rows is not None:
            self._shifts.trained(self.seats.rows)

    def due(self) -> Challenge | None:
        """What to train on, when it is time: ever more rarely, and not while a challenger is tried."""
        since = self._count - self._asked_at
        if not self._config.learns or self._is_training or since < every(self._count):
            return None
        race = self.seats.race
        busy = race.stage is not Stage.IDLE or race.rest or since < EVERY_MODEL
        if self._is_ripe and busy:
            return None
        labels = sorted(self.labels, key=lambda one: one.decided_at)
        wins = sum(label.won for label in labels)
        if min(wins, len(labels) - wins) < CLASS_MIN:
            return None
        table = table_of(labels)
        phase = Phase.of(table.n_eff)
        self._asked_at, self._is_ripe = self._count, phase in RIPE
        if not phase.fits_models or (self._is_ripe and busy):
            return None
        self._is_training = True
        rates = [one.decision.base_rate for one in labels]
        strategies = {one.decision.strategy for one in labels}
        return Challenge(
            table,
            sum(rates) / len(rates),
            EMBARGO_MS,
            self.seats.champion,
            np.array([self.strategies.break_even(one.decision) for one in labels]),
            tuple(self._tried),
            self._is_ripe,
            self._count,
            self._config.boosted and any(self.strategies.phase(one) is Phase.MATURE for one in strategies),
        )

    def adopt(self, event: ModelTrained) -> list[Event]:
        """A training has ended: with too few labels for any gate its model serves, under the ladder's guard;
        else it is a challenger and has to pass them, also where nothing serves yet. One that is cut short,
        changed, without its evidence, or of another version or other features is refused, with the reason;
        what serves goes on.
        """
        self._is_training, self._asked_at = False, event.asked_at
        self._is_ripe = Phase.of(event.n_eff) in RIPE
        self._tried.append(event.sharpe)
        try:
            trained = read(event.artefact.encode(), Trained, NAMES, "model")
            evidence = decode(event.evidence, type=Evidence) if self._is_ripe or event.evidence else None
        except (BadInput, DecodeError) as fault:
            return self._refused(event, str(fault))
        labels = [one for one in self.labels if one.outcome.admitted_at <= event.until]
        if not labels:
            return self._refused(event, "none of the outcomes that it rests on is known")
        table = table_of(labels)
        serving = Serving.of(trained, table.rows)
        if evidence is None:
            before = self.seats.race.champion
            self.seats.crown(serving, table.rows)
            self._follow()
            return [*_served(before, serving, "refit"), _calibrated(serving)]
        transition = self.seats.propose(serving, table.rows, evidence)
        gates = tuple((one.id, _finite(one.value), one.limit, one.passes) for one in transition.gates)
        passed = all(one.passes for one in transition.gates)
        trials = len(self._tried)
        return [ModelValidated(model_id=serving.id, gates=gates, trials=trials, passed=passed)]

    def _refused(self, event: ModelTrained, reason: str) -> list[Event]:
        serves = self.seats.race.champion
        return [ModelSwitched(kind="refused", before=event.model_id, after=serves, reason=reason)]

    def give_up(self) -> None:
        """A training came to nothing."""
        self._is_training = False

    def retire(self, model_id: str, reason: str) -> list[Event]:
        """A model may not serve any more; simpler rungs do, or what served before it."""
        return self._turn(self.seats.fault(model_id, reason))


def every(count: int) -> int:
    """Labels between two refits: the more there are, the less one more says."""
    return 10 if count < 100 else 25 if count < 500 else 100


def _span(waiting: Waiting, result: Result) -> tuple[int, int, str]:
    return waiting.decided_at, max(result.touched_at, waiting.decided_at), waiting.decision.instrument


def _served(before: str, serving: Serving, reason: str) -> list[Event]:
    return [
        ModelPromoted(before=before, after=serving.id, evidence=1.0, canary=False),
        ModelSwitched(kind="serving", before=before, after=serving.id, reason=reason),
    ]


def _calibrated(serving: Serving) -> CalibrationUpdated:
    found = serving.trained.calibrator
    return CalibrationUpdated(
        calibrator_id=serving.calibrator_id,
        method=found.name,
        tau=(found.tau_slope, found.tau_intercept),
        coefficients=found.coefficients,
        n_eff=sum(found.n_eff),
    )


def _finite(value: float) -> float:
    """NaN, which no gate passes, as a number that none passes either and that can be written down."""
    return value if value - value == 0.0 else -1e9
