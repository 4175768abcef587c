"""Stage 8: what the Advisor wants done."""

from __future__ import annotations

from typing import ClassVar

from barfinex.advisor.stages.validation import Validation
from barfinex.advisor.trace import Step
from barfinex.domain.conviction import Conviction
from barfinex.domain.intent import ExecutionIntent
from barfinex.events.advisor import IntentProposed


class Proposal(Step, frozen=True):
    """The intent; the calibrated conviction in it is what the review left."""

    stage: ClassVar[str] = "intent"
    validation: Validation
    authority: str
    intent: ExecutionIntent

    def event(self) -> IntentProposed:
        case = self.case
        return IntentProposed(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            authority=self.authority,
            intent=self.intent,
        )


def propose_intent(validation: Validation, authority: str) -> Proposal:
    """Turn what passed into an intent that expires with its signal."""
    case, synthesis = validation.case, validation.synthesis
    scored = synthesis.calibration.conviction
    conviction = Conviction(scored.raw, synthesis.conviction, scored.labels)
    return Proposal(case, validation, authority, case.intent(conviction))
