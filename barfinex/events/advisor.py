"""What the Advisor publishes of one decision: one event or more a stage, and what came of the signal.

`decision_id` ties the events of one signal; every event carries only what was added. Probabilities are of a
win after all costs; `R` is the distance from entry to stop; logits are natural.
"""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.signal import Direction, Regime
from barfinex.events.base import Event

Terms = tuple[tuple[str, float], ...]
"""(name, figure) pairs."""


class _Advisor(Event):
    publisher: ClassVar[str] = "advisor"


class _Stage(_Advisor):
    instrument: str
    decision_id: str


class DecisionRequested(_Stage):
    """A signal is to be decided. `stop` and `target` are fractions of `price`, zero when there is none."""

    signal_id: str
    strategy: str
    direction: Direction
    score: float
    price: float
    stop: float
    target: float
    expires_at: int


class ContextGathered(_Stage):
    """Stage 1: what was known. Volatility is a fraction of price per candle, trend a t-statistic; `leaves`
    facts were gathered, the newest known at `max_known_at` (ms UTC); `context_hash` commits to all of
    them."""

    strategy: str
    as_of: int
    candles: int
    price: float
    volatility: float
    trend: float
    spread_bps: float
    regime: Regime
    leaves: int
    max_known_at: int
    context_hash: str


class ContextDegraded(_Stage):
    """Facts were missing; `substituted` is what stood in for them. `severity`: low or high."""

    missing: tuple[str, ...]
    substituted: tuple[str, ...]
    severity: str


class QualityGraded(_Stage):
    """Stage 2: is the market fit to be judged at all? `grade` and `components` in [0, 1]."""

    numbers_of = staticmethod(lambda event: [event.grade, *[part for _, part in event.components]])
    grade: float
    findings: tuple[str, ...]
    components: Terms


class QualityBlocked(_Stage):
    """The data allow no judgement: the code, the value seen and the limit it missed."""

    code: str
    grade: float
    value: str
    limit: str


class EvidenceWeighed(_Stage):
    """Stage 3: rules for and against with their logits, the model's logit where there is a model, and whether
    they agree: +1 they do, -1 they do not, 0 one of them is silent."""

    numbers_of = staticmethod(
        lambda event: [event.logit, event.ml_logit, *[weight for _, weight in event.items]]
    )
    items: Terms
    logit: float
    ml_logit: float | None
    agreement: int


class OutlierDetected(_Stage):
    """The signal is unlike what the model has seen: dissimilarity (1: as far as the others from one another),
    diagonal Mahalanobis distance, the features furthest out, and what was done: shrink or reject."""

    dissimilarity: float
    mahalanobis: float
    features: tuple[str, ...]
    action: str


class ConvictionScored(_Stage):
    """Stage 4: the raw probability: a pool of `rungs` (name, probability, weight); `phase` by `n_eff`
    effective outcomes of the strategy."""

    numbers_of = staticmethod(
        lambda event: [
            event.raw,
            event.n_eff,
            event.base_rate,
            *[part for _, chance, weight in event.rungs for part in (chance, weight)],
        ]
    )
    base_rate: float
    labels: int
    raw: float
    rungs: tuple[tuple[str, float, float], ...]
    phase: str
    n_eff: float
    model_id: str


class ConvictionAttributed(_Stage):
    """How the final logit came about: `base` and `terms` sum to it but for `residual`. `trees` are the parts
    of the logit of boosted trees, where they have a rung: they count in the term of the ladder."""

    numbers_of = staticmethod(
        lambda event: [event.base, event.residual, *[part for _, part in (*event.terms, *event.trees)]]
    )
    base: float
    terms: Terms
    residual: float
    trees: Terms


class ConvictionCalibrated(_Stage):
    """Stage 5: the probability corrected by what became of its like; `lcb` and `ucb` bound it at 90 %.
    `venn_abers` is what it would be had this trade been lost, and won; empty before enough is known."""

    numbers_of = staticmethod(
        lambda event: [
            event.calibrated,
            event.slope,
            event.intercept,
            event.se,
            event.lcb,
            event.ucb,
            event.n_eff_regime,
            *event.posterior,
            *event.venn_abers,
        ]
    )
    calibrated: float
    slope: float
    intercept: float
    calibrator: str
    calibrator_id: str
    se: float
    lcb: float
    ucb: float
    n_eff_regime: float
    posterior: tuple[float, ...]
    venn_abers: tuple[float, ...]


class LowConfidenceFound(_Stage):
    """The probability, or its lower bound, does not clear break-even."""

    probability: float
    lcb: float
    breakeven: float
    reason: str


class SynthesisCompleted(_Stage):
    """Stage 6: the reviewer's stance and reasons. `delta_logit` is what it moved; `conviction` what is left;
    `verified` claims held."""

    stance: str
    synthesizer: str
    rationale: str
    conviction: float
    source: str
    tilt: int
    delta_logit: float
    verified: int
    latency_ms: int
    cost: float


class ExecutionValidated(_Stage):
    """Stage 7: costs, reward and expected value at the executable price. `spread_bps` of the price,
    `reward_risk` gross and `reward_risk_net` after costs, `cost_r`, `expected_r` and its lower bound in R,
    `r_range` where nine of ten such trades end (empty: not known), `breakeven` a probability, `moved` of the
    stop distance since the signal, `checks` (code, passed)."""

    spread_bps: float
    spread_to_stop: float
    reward_risk: float | None
    reward_risk_net: float | None
    cost_r: float
    breakeven: float
    expected_r: float
    expected_r_lcb: float
    r_range: tuple[float, ...]
    entry: float
    moved: float
    ttl_left_ms: int
    checks: tuple[tuple[str, bool], ...]


class IntentProposed(_Stage):
    """Stage 8: what the Advisor wants done; `authority` tells whether its gates could have declined it."""

    authority: str
    intent: ExecutionIntent


class SignalDeclined(_Stage):
    """The Advisor says no: at which stage, with which code, the value seen and the limit it missed."""

    signal_id: str
    strategy: str
    stage: str
    code: str
    value: str
    limit: str


class GateObserved(_Stage):
    """A gate would have declined, but the Advisor only observes: recorded, nothing declined."""

    stage: str
    code: str
    value: str
    limit: str
