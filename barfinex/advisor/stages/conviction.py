"""Stage 4: the raw probability of a net win."""

from __future__ import annotations

from typing import ClassVar

from barfinex.advisor.learning.labels import Labels
from barfinex.advisor.odds import logit, probability
from barfinex.advisor.stages.evidence import Evidence
from barfinex.advisor.trace import Step
from barfinex.events.advisor import ConvictionScored


class RawConviction(Step, frozen=True):
    """`raw` in (0, 1), `odds` its logit; `base_rate` of the strategy after `labels` outcomes."""

    stage: ClassVar[str] = "conviction"
    evidence: Evidence
    base_rate: float
    labels: int
    odds: float
    raw: float

    def event(self) -> ConvictionScored:
        case = self.case
        return ConvictionScored(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            base_rate=self.base_rate,
            labels=self.labels,
            raw=self.raw,
        )


def score_conviction(evidence: Evidence, labels: Labels) -> RawConviction:
    """Move the strategy's base rate by the evidence, in logits; poor data makes evidence count less."""
    base_rate, count = labels.base_rate(evidence.case.signal.strategy)
    odds = logit(base_rate) + evidence.quality.grade * evidence.logit
    return RawConviction(evidence.case, evidence, base_rate, count, odds, probability(odds))
