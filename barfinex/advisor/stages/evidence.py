"""Stage 3: rules for and against the signal, independent of the Detector's own score."""

from __future__ import annotations

from math import log
from typing import ClassVar

from barfinex.advisor.stages.quality import Quality
from barfinex.advisor.trace import Step
from barfinex.domain.signal import Regime
from barfinex.events.advisor import EvidenceWeighed

# The weights are priors, kept small until outcomes have confirmed them: together they move an even chance
# to no less than one in four and no more than two in three.
TREND_LOGIT = 0.15
VOLATILITY_LOGIT = 0.3
DISTANCE_LOGIT = 0.3
DISTANCE_FAIR = 3.0
REGIME_LOGIT = {
    Regime.TREND: 0.1,
    Regime.RANGE: 0.0,
    Regime.BREAKOUT: 0.05,
    Regime.REVERSAL: -0.1,
    Regime.MIXED: -0.1,
    Regime.UNKNOWN: -0.1,
}


class Evidence(Step, frozen=True):
    """`items` are (rule, logit) pairs; positive speaks for the signal. `logit` is their sum."""

    stage: ClassVar[str] = "evidence"
    quality: Quality
    items: tuple[tuple[str, float], ...]
    logit: float

    def event(self) -> EvidenceWeighed:
        case = self.case
        return EvidenceWeighed(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            items=self.items,
            logit=self.logit,
        )


def weigh_evidence(quality: Quality) -> Evidence:
    """Sum four rules: the trend goes the signal's way; volatility is not surging; the regime is one in which
    signals fare well; the stop lies beyond the noise of a few candles."""
    context, signal = quality.context, quality.case.signal
    along = signal.direction.sign * context.trend
    trend = TREND_LOGIT * min(2.0, max(-2.0, along))
    volatility = -VOLATILITY_LOGIT * min(1.0, max(0.0, log(max(1.0, context.volatility_ratio))))
    regime = REGIME_LOGIT[context.regime]
    distance = 0.0
    if signal.bracket is not None and context.volatility > 0.0:
        room = signal.bracket.stop / (DISTANCE_FAIR * context.volatility)
        distance = DISTANCE_LOGIT * min(0.5, max(-1.0, log(room)))
    items = (("trend", trend), ("volatility", volatility), ("regime", regime), ("stop_distance", distance))
    return Evidence(quality.case, quality, items, trend + volatility + regime + distance)
