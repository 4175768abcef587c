"""Stage 2: is the market fit to be judged at all?"""

from __future__ import annotations

from typing import ClassVar

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.context import Context
from barfinex.advisor.trace import Decline, Objection, Step
from barfinex.events.advisor import QualityGraded

CANDLES_FULL = 30
AGE_STEPS_MAX = 3.0


class Quality(Step, frozen=True):
    """`grade` in [0, 1]; `findings` name what lowered it."""

    stage: ClassVar[str] = "quality"
    context: Context
    grade: float
    findings: tuple[str, ...]

    def event(self) -> QualityGraded:
        case = self.case
        return QualityGraded(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            grade=self.grade,
            findings=self.findings,
        )


def grade_quality(
    context: Context, grade_min: float, score: float | None = None, unsure_max: float = 1.0
) -> Quality | Decline[Quality]:
    """Multiply what each fault leaves of a full grade; prices that are not final, or whose movement cannot be
    measured, leave nothing, nor does a share of repaired candles above `unsure_max`. A candle without a range
    is one in which nobody traded; volume is not asked, as many sources do not tell it. `score` is that of the
    instrument's market data, where it is told.
    """
    shares = {
        "short_history": min(1.0, context.candles / CANDLES_FULL),
        "stale": min(1.0, max(0.0, 1.0 - (context.age_steps - 1.0) / (AGE_STEPS_MAX - 1.0))),
        "idle": 1.0 - context.idle_share,
        "not_final": float(context.final),
        "repaired": 1.0 - context.unsure_share if context.unsure_share <= unsure_max else 0.0,
        "market": 1.0 if score is None else score,
        "unmeasurable": float(context.sound and context.volatility > 0.0),
    }
    grade = 1.0
    for share in shares.values():
        grade *= share
    findings = tuple(name for name, share in shares.items() if share < 1.0) if grade < 1.0 else ()
    quality = Quality(context.case, context, grade, findings)
    if grade >= grade_min:
        return quality
    return Decline(quality, (Objection(Code.QUALITY_TOO_LOW, grade, grade_min),))
