"""Stage 6: a second look at the whole case, which can only lower the conviction (I14)."""

from __future__ import annotations

from typing import ClassVar, Protocol

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.trace import Decline, Objection, Step
from barfinex.domain.value import Value, Word
from barfinex.events.advisor import SynthesisCompleted

VETO_LOGIT, DOUBT_LOGIT, DOUBT_GRADE = -0.8, -0.3, 0.6


class Stance(Word):
    AGREE = "agree"
    DOUBT = "doubt"
    VETO = "veto"


LEAVES = {Stance.AGREE: 1.0, Stance.DOUBT: 0.9, Stance.VETO: 0.5}
"""The share of the conviction that a stance leaves; a reviewer gives no number of its own."""


class Review(Value, frozen=True):
    """A reviewer's stance and its reasons; no figure in the text, figures are in the evidence."""

    stance: Stance
    rationale: str


class Synthesizer(Protocol):
    name: str

    def review(self, calibration: Calibration) -> Review: ...


class RuleSynthesizer:
    """Reviews by rule: the evidence as a whole, and the quality it rests on."""

    name = "rules"

    def review(self, calibration: Calibration) -> Review:
        evidence = calibration.conviction.evidence
        quality = evidence.quality
        speaks_for = " ".join(rule for rule, weight in evidence.items if weight > 0.0)
        against = " ".join(rule for rule, weight in evidence.items if weight < 0.0)
        doubts = " ".join(quality.findings)
        return Review(
            _stance(evidence.logit, quality.grade),
            f"for: {speaks_for or 'nothing'}; against: {against or 'nothing'}; data: {doubts or 'sound'}",
        )


def _stance(logit: float, grade: float) -> Stance:
    if logit <= VETO_LOGIT:
        return Stance.VETO
    return Stance.DOUBT if logit <= DOUBT_LOGIT or grade < DOUBT_GRADE else Stance.AGREE


class Synthesis(Step, frozen=True):
    """`conviction` is what the review left of the calibrated one."""

    stage: ClassVar[str] = "synthesis"
    calibration: Calibration
    review: Review
    synthesizer: str
    conviction: float

    def event(self) -> SynthesisCompleted:
        case, review = self.case, self.review
        return SynthesisCompleted(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            stance=review.stance,
            synthesizer=self.synthesizer,
            rationale=review.rationale,
            conviction=self.conviction,
        )


def synthesize(calibration: Calibration, synthesizer: Synthesizer) -> Synthesis | Decline[Synthesis]:
    """Ask the reviewer; a veto declines."""
    review = synthesizer.review(calibration)
    conviction = calibration.calibrated * LEAVES[review.stance]
    synthesis = Synthesis(calibration.case, calibration, review, synthesizer.name, conviction)
    if review.stance is not Stance.VETO:
        return synthesis
    return Decline(synthesis, (Objection(Code.REVIEW_VETOED, review.stance, Stance.DOUBT),))
