"""What is known of each strategy: its labels in numbers, its ladder, its payoff, and whether it has
drifted."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from msgspec.structs import replace

from barfinex.advisor.calibration.conformal import Conformal, Interval
from barfinex.advisor.calibration.drift import DriftDetector, threshold
from barfinex.advisor.learning.barriers import AMBIGUOUS_WEIGHT
from barfinex.advisor.learning.known import Known
from barfinex.advisor.learning.labels import Label, unpaid
from barfinex.advisor.learning.ladder import ALARM_LABELS, Ladder, Phase, Rung
from barfinex.advisor.learning.rates import Rates, cautious_prior
from barfinex.advisor.learning.weights import Span, uniqueness_of
from barfinex.advisor.regimes.states import NAMED
from barfinex.advisor.sizing.payoff import Payoff, Payoffs, geometry
from barfinex.events.advisor_response import DecisionResponded

FAMILY = "all"
"""Strategies tell no family: all lean on one another."""
STRATEGIES_MAX = 4_096
SPANS_KEPT = 64
HIT_DECAY = 0.5**0.1
UNIQUENESS_MIN = 1e-3


@dataclass(slots=True)
class _Strategy:
    ladder: Ladder = field(default_factory=Ladder)
    trial: Ladder | None = None
    labels: int = 0
    weight: float = 0.0
    squares: float = 0.0
    drift: DriftDetector = field(default_factory=DriftDetector)
    alarm_left: int = 0
    conformal: Conformal = field(default_factory=Conformal)
    total_r: float = 0.0
    peak_r: float = 0.0
    losses: int = 0
    hit_rate: float = 0.5

    @property
    def n_eff(self) -> float:
        return self.weight**2 / self.squares if self.squares > 0.0 else 0.0


class Strategies:
    """Folds admitted labels. `base_rate`, worth `base_labels` of them, is what an operator expects of a
    strategy; None: a point under break-even. Of more than 4,096 strategies the oldest is forgotten, and
    begins with nothing known."""

    def __init__(self, base_rate: float | None, base_labels: int = 10) -> None:
        self._base_rate = base_rate
        self._all: dict[str, _Strategy] = {}
        self.rates, self.payoffs = Rates(float(base_labels)), Payoffs()
        self._watched = 0
        self._spans: deque[Span] = deque(maxlen=SPANS_KEPT)

    def ladder(self, strategy: str) -> Ladder:
        return self._of(strategy).ladder

    def conformal(self, strategy: str) -> Conformal:
        return self._of(strategy).conformal

    def n_eff(self, strategy: str) -> float:
        """Effective labels: of uniqueness and ambiguity alone; how old a label is counts in what is trained
        on it, not in how much has been seen."""
        return self._of(strategy).n_eff

    def payoff(self, strategy: str, regime: str, geometry: tuple[float, float]) -> Payoff:
        """What wins and losses are worth, in R net; `geometry` is what the bracket alone would say."""
        return self.payoffs.of(strategy, regime, geometry)

    def break_even(self, decision: DecisionResponded) -> float:
        """The win rate from which a decision of its strategy, regime and bracket is worth while."""
        alone = geometry(decision.stop, decision.target, unpaid(decision))
        return self.payoff(decision.strategy, decision.regime, alone).break_even

    def known(
        self,
        strategy: str,
        instrument: str,
        posterior: tuple[float, ...],
        payoff: Payoff,
        has_trees: bool = False,
        tried: float | None = None,
    ) -> Known:
        """What stage 4 is given; a mature strategy's ladder has a rung for trees where there are any, and the
        ladder of one that fits models has one on top for what a model on trial says."""
        one, key = self._of(strategy), (FAMILY, strategy, instrument)
        operator = cautious_prior(payoff.ratio) if self._base_rate is None else self._base_rate
        base = self.rates.base(key, operator)
        phase = Phase.of(one.n_eff)
        ladder = _with_trees(one.ladder) if has_trees and phase is Phase.MATURE else one.ladder
        tried = tried if phase.fits_models else None
        return Known(
            ladder if tried is None else one.trial or ladder.trial(),
            operator,
            base,
            self.rates.within(key, _shares(posterior), base),
            one.n_eff,
            one.labels,
            one.alarm_left > 0,
            one.conformal.interval(0.0),
            tried,
        )

    def weigh(self, span: Span, ambiguous: bool) -> float:
        """The uniqueness of a label among those that overlap it, halved when it is ambiguous."""
        own = uniqueness_of(span, self._spans)
        held = min(1.0, max(UNIQUENESS_MIN, own))  # Sums of shares may be a hair off.
        return held * (AMBIGUOUS_WEIGHT if ambiguous else 1.0)

    def learn(self, label: Label, heard: bool = False) -> DriftDetector | None:
        """Take an admitted label in; the detector, when this one made it sound. `heard`: the model that is on
        trial now had a rung in its decision."""
        decision, outcome = label.decision, label.outcome
        one = self._of(decision.strategy)
        weight = outcome.weight
        self._watched += not one.labels  # By labels alone: a restart is told of no decision that has none.
        self._spans.append((label.decided_at, max(outcome.touched_at, label.decided_at), decision.instrument))
        one.labels, one.weight, one.squares = one.labels + 1, one.weight + weight, one.squares + weight**2
        key = FAMILY, decision.strategy, decision.instrument
        self.rates.learn(key, _shares(decision.posterior), outcome.won, weight)
        self.payoffs.admit(decision.strategy, decision.regime, outcome.r_net, weight)
        one.total_r += outcome.r_net
        one.peak_r = max(one.peak_r, one.total_r)
        one.losses = 0 if outcome.won else one.losses + 1
        one.hit_rate = HIT_DECAY * one.hit_rate + (1.0 - HIT_DECAY) * outcome.won
        one.alarm_left = max(0, one.alarm_left - 1)
        if not decision.rungs:
            return None  # It was declined before anybody said how likely it was.
        said = {Rung(name): p for name, p in decision.rungs}
        ladder = _with_trees(one.ladder) if Rung.BOOSTED in said else one.ladder
        if heard:
            trial = one.trial or ladder.trial()
            one.trial = trial.learn(trial.climb(said), outcome.won)
        one.ladder = ladder.learn(ladder.climb(said), outcome.won)
        if decision.is_validated:
            served = Interval(*decision.r_range) if decision.r_range else None
            one.conformal = one.conformal.observed(decision.expected_r, served, outcome.r_net)
        if not decision.is_calibrated:
            return None  # Its probability was no promise yet.
        watched = replace(one.drift, limit=threshold(self._watched))
        one.drift = watched.update(decision.p_final, outcome.won, min(1.0, weight))
        if not one.drift.alarm:
            return None
        sounding, one.drift = one.drift, one.drift.reset()
        one.ladder, one.alarm_left = one.ladder.alarmed(), ALARM_LABELS
        return sounding

    def end_trials(self) -> None:
        """Nobody is on trial any more: each ladder is where it would be without."""
        for one in self._all.values():
            one.trial = None

    def phase(self, strategy: str) -> Phase:
        return Phase.of(self.n_eff(strategy))

    def state(self, strategy: str) -> tuple[float, float, int]:
        """(hit rate of the last labels, R below the best so far, losses in a row) of admitted labels. The
        rate halves a label's weight in ten, and begins at one half."""
        one = self._of(strategy)
        return one.hit_rate, one.peak_r - one.total_r, one.losses

    def _of(self, strategy: str) -> _Strategy:
        one = self._all.setdefault(strategy, _Strategy())
        if len(self._all) > STRATEGIES_MAX:
            self._watched -= self._all.pop(next(iter(self._all))).labels > 0
        return one


def _with_trees(ladder: Ladder) -> Ladder:
    return ladder if Rung.BOOSTED in ladder.rungs else ladder.join(Rung.BOOSTED)


def _shares(posterior: tuple[float, ...]) -> dict[str, float]:
    return {regime.value: min(1.0, share) for regime, share in zip(NAMED, posterior, strict=True)}
