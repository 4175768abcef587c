"""Stage 3: rules and model for and against the signal, independent of the Detector's own score."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import ClassVar

from barfinex.advisor.codes import Code
from barfinex.advisor.learning.ood import Oddness, Verdict
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.stages.quality import Quality
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Regime
from barfinex.events.advisor import EvidenceWeighed, OutlierDetected
from barfinex.events.base import Event

# The weights are opinions: they speak in the rationale and can veto, but move no probability, which only
# outcomes may.
TREND_LOGIT = 0.15
VOLATILITY_LOGIT = 0.3
DISTANCE_LOGIT = 0.3
DISTANCE_FAIR = 3.0
REGIME_LOGIT = {
    Regime.TREND_UP: 0.1,
    Regime.TREND_DOWN: 0.1,
    Regime.RANGE: 0.0,
    Regime.BREAKOUT: 0.05,
    Regime.STRESS: -0.1,
    Regime.UNKNOWN: -0.1,
}
VETO_LOGIT = -0.8
CONFLICT_LOGIT = 0.5
"""How sure rules and model must both be before it counts that they disagree."""
OUTLYING = 3


class Evidence(Step, frozen=True):
    """`items` are (rule, logit) pairs; positive speaks for the signal. `logit` is their sum. `z` is the
    model's logit and `terms` what each feature adds to its base; None and empty without a model. `verdict`
    says how far the model is trusted on a row like this."""

    stage: ClassVar[str] = "evidence"
    quality: Quality
    items: tuple[tuple[str, float], ...]
    logit: float
    model_id: str
    z: float | None
    terms: tuple[tuple[str, float], ...]
    oddness: Oddness | None
    verdict: Verdict
    outlying: tuple[str, ...]

    @property
    def agreement(self) -> int:
        if self.z is None or self.logit == 0.0 or self.z == 0.0:
            return 0
        return 1 if (self.logit > 0.0) == (self.z > 0.0) else -1

    def events(self) -> Iterable[Event]:
        about = {"instrument": self.case.signal.instrument, "decision_id": self.case.decision_id}
        yield EvidenceWeighed(
            **about, items=self.items, logit=self.logit, ml_logit=self.z, agreement=self.agreement
        )
        if self.oddness is not None and (self.verdict.rejected or self.verdict.trust < 1.0):
            yield OutlierDetected(
                **about,
                dissimilarity=self.oddness.di,
                mahalanobis=self.oddness.mahalanobis,
                features=self.outlying,
                action="reject" if self.verdict.rejected else "shrink",
            )


def weigh_evidence(
    quality: Quality, config: AdvisorConfig, serving: Serving | None, verdict: Verdict
) -> Evidence | Decline[Evidence]:
    """Four rules, and the model where there is one: the trend goes the signal's way; volatility is not
    surging; the regime is one in which signals fare well; the stop lies beyond the noise of a few candles."""
    facts, case = quality.context.facts, quality.case
    items = _rules(quality)
    total = sum(weight for _, weight in items)
    z, oddness = None, None
    terms: tuple[tuple[str, float], ...] = ()
    outlying: tuple[str, ...] = ()
    if serving is not None:
        z, terms, oddness, outlying = serving.look(facts.features.row(), OUTLYING)
    evidence = Evidence(
        case,
        quality,
        items,
        total,
        serving.id if serving else "",
        z,
        terms,
        oddness,
        verdict,
        outlying,
    )
    return judged(evidence, list(_objections(evidence, config, serving)))


def _objections(evidence: Evidence, config: AdvisorConfig, serving: Serving | None) -> Iterable[Objection]:
    features, as_of = evidence.quality.context.facts.features, evidence.case.as_of
    present = len(features.values) - len(features.missing)
    if not present >= config.features_min:
        yield Objection(Code.SC_FEATURES_MISSING, present, config.features_min)
    if evidence.verdict.rejected:
        di = evidence.oddness.di if evidence.oddness else None
        yield Objection(Code.SC_OUT_OF_DISTRIBUTION, di, 2.0)
    if not evidence.logit > VETO_LOGIT:
        yield Objection(Code.SC_RULE_HARD_VETO, evidence.logit, VETO_LOGIT)
    z = evidence.z
    if z is not None and evidence.agreement < 0 and min(abs(z), abs(evidence.logit)) >= CONFLICT_LOGIT:
        yield Objection(Code.SC_DIRECTION_CONFLICT, z, evidence.logit)
    if serving is not None and not as_of - serving.trained_at <= config.model_age_ms_max:
        yield Objection(Code.SC_MODEL_EXPIRED, as_of - serving.trained_at, config.model_age_ms_max)


def _rules(quality: Quality) -> tuple[tuple[str, float], ...]:
    facts, signal = quality.context.facts, quality.case.signal
    motion = facts.motion
    along = signal.direction.sign * motion.trend
    trend = TREND_LOGIT * min(2.0, max(-2.0, along))
    volatility = -VOLATILITY_LOGIT * min(1.0, max(0.0, log(max(1.0, motion.volatility_ratio))))
    distance = 0.0
    if signal.bracket is not None and motion.volatility > 0.0:
        room = signal.bracket.stop / (DISTANCE_FAIR * motion.volatility)
        distance = DISTANCE_LOGIT * min(0.5, max(-1.0, log(room)))
    regime = REGIME_LOGIT[facts.regime.label]
    return ("trend", trend), ("volatility", volatility), ("regime", regime), ("stop_distance", distance)
