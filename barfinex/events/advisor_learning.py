"""What the Advisor publishes of what it has learned: regimes, outcomes, models and their calibration."""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.signal import Regime
from barfinex.events.base import Event

Terms = tuple[tuple[str, float], ...]
"""(name, figure) pairs."""


class _Advisor(Event):
    publisher: ClassVar[str] = "advisor"


class _Learned(_Advisor):
    """About no instrument, and nothing that a venue does changes by it."""

    @property
    def subject(self) -> str:
        return ""


class RegimeObserved(_Advisor):
    """The regime a decision was made in: soft `posterior` of the five states, `age` in candles."""

    numbers_of = staticmethod(lambda event: event.posterior)
    instrument: str
    timeframe: str
    candle_ts: int
    regime: Regime
    posterior: tuple[float, ...]
    age: int
    change_hint: bool
    model_id: str


class RegimeRotated(_Advisor):
    """The state has changed, after `dwell` candles (`expected_dwell` is usual). What each strategy may expect
    in the new one: (strategy, expected R, its lower bound, tilt, sufficient or insufficient evidence)."""

    instrument: str
    timeframe: str
    before: Regime
    after: Regime
    posterior: float
    dwell: int
    expected_dwell: float
    strategies: tuple[tuple[str, float, float, float, str], ...]


class RegimeRefitted(_Advisor):
    """A new mixture: its Bayesian information criterion, which state each component is, and its agreement
    with the one before (adjusted Rand index; None: there was none)."""

    instrument: str
    timeframe: str
    model_id: str
    candles: int
    bic: float
    states: tuple[str, ...]
    agreement: float | None


class OutcomeLabelled(_Advisor):
    """What became of a signal, admitted when its horizon had passed and not before: `won` after costs,
    `r_net` in R, the barrier that was touched and when (ms UTC; 0: unknown). `source`: traded or shadow;
    `shadow_r` is what a trade would have come to at the signal's own barriers."""

    instrument: str
    decision_id: str
    strategy: str
    source: str
    won: bool
    r_net: float
    barrier: str
    touched_at: int
    admitted_at: int
    weight: float
    ambiguous: bool
    probability: float
    labels: int
    shadow_r: float | None = None


class OutcomeAttributed(_Advisor):
    """Where a closed trade's result came from, in R: `components` sum to `r_net`. `chain` is the value chain
    of all outcomes that were admitted so far, in R of one flat size."""

    instrument: str
    decision_id: str
    strategy: str
    r_net: float
    components: Terms
    chain: Terms


class ModelTrained(_Learned):
    """A challenger, learned from `labels` outcomes (`n_eff` effective) up to `until` (ms UTC): the model with
    its calibrator as `artefact`, and the `evidence` for its gates, empty where there are too few outcomes for
    any. `sharpe` is what the ledger of trials counts of it, `asked_at` how many outcomes there were in
    all."""

    model_id: str
    family: str
    labels: int
    n_eff: float
    until: int
    data_hash: str
    artefact: str
    evidence: str
    sharpe: float
    asked_at: int


class ModelValidated(_Learned):
    """The gates of a challenger: (gate, value, limit, passed)."""

    model_id: str
    gates: tuple[tuple[str, float, str, bool], ...]
    trials: int
    passed: bool


class ModelPromoted(_Learned):
    """A challenger serves from now on, on `evidence`; `canary` while it serves a part of the decisions."""

    before: str
    after: str
    evidence: float
    canary: bool


class ModelRolledBack(_Learned):
    """The model before serves again."""

    before: str
    after: str
    trigger: str
    evidence: float


class ModelSwitched(_Learned):
    """Another model, calibrator or route serves."""

    kind: str
    before: str
    after: str
    reason: str


class CalibrationUpdated(_Learned):
    """The calibrator was fitted anew, or its intercept moved; `tau` is how far regimes may differ."""

    numbers_of = staticmethod(lambda event: [event.n_eff, *event.tau, *event.coefficients])
    calibrator_id: str
    method: str
    tau: tuple[float, ...]
    coefficients: tuple[float, ...]
    n_eff: float


class CalibrationReported(_Learned):
    """How honest the probabilities were over `labels` outcomes. Figures that need more outcomes are absent.
    `bins`: (mean probability, win rate, low, high, outcomes)."""

    labels: int
    figures: Terms
    bins: tuple[tuple[float, ...], ...]
    inverted: bool


class DriftDetected(_Learned):
    """What was learned does not hold any more: kind is calibration, feature, regime, shadow_gap or cost."""

    kind: str
    about: str
    statistic: float
    threshold: float
    since: int
    action: str


class LadderUpdated(_Learned):
    """How much each rung of a strategy's ladder counts now; `regret` in nats to the best of them."""

    numbers_of = staticmethod(lambda event: [event.n_eff, event.regret, *[part for _, part in event.weights]])
    strategy: str
    weights: Terms
    phase: str
    n_eff: float
    regret: float
