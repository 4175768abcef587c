"""Stage 8: what the Advisor wants done, if it may still be said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.validation import Validation
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.domain.conviction import Conviction
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.value import Value
from barfinex.events.advisor import ConvictionAttributed, IntentProposed
from barfinex.events.base import Event


class Moment(Value, frozen=True):
    """What may have changed while the decision was made: the time, ms UTC, and who says no by now."""

    now: int
    halted: str
    journal_stalled: bool
    is_repeated: bool


class Proposal(Step, frozen=True):
    """The intent; the calibrated conviction in it is what the review left."""

    stage: ClassVar[str] = "intent"
    validation: Validation
    authority: str
    intent: ExecutionIntent
    objected: bool = False

    def events(self) -> Iterable[Event]:
        about = {"instrument": self.case.signal.instrument, "decision_id": self.case.decision_id}
        attribution = self.validation.synthesis.attribution
        yield ConvictionAttributed(
            **about,
            base=attribution.base_logit,
            terms=tuple((one.name, one.logit) for one in attribution.terms),
            residual=attribution.residual,
            trees=self.validation.synthesis.calibration.trees,
        )
        if not self.objected:
            yield IntentProposed(**about, authority=self.authority, intent=self.intent)


def propose_intent(validation: Validation, authority: str, moment: Moment) -> Proposal | Decline[Proposal]:
    """Turn what passed into an intent that expires with its signal."""
    case, synthesis = validation.case, validation.synthesis
    scored = synthesis.calibration.conviction
    conviction = Conviction(scored.raw, synthesis.conviction, scored.labels)
    intent = case.intent(conviction, validation.terms.size.fraction)
    objections = list(_objections(case.signal.expires_at, moment, intent.id))
    declines = bool(objections) and authority != "observe"
    return judged(Proposal(case, validation, authority, intent, declines), objections)


def _objections(expires_at: int, moment: Moment, intent_id: str) -> Iterable[Objection]:
    if moment.halted:
        yield Objection(Code.EM_KILL_SWITCH, moment.halted, "trading")
    if not moment.now <= expires_at:
        yield Objection(Code.EM_TTL_EXPIRED, moment.now, expires_at)
    if moment.is_repeated:
        yield Objection(Code.EM_DUPLICATE_INTENT, intent_id, "once")
    if moment.journal_stalled:
        yield Objection(Code.EM_BUS_UNAVAILABLE, "stalled", "a journal that can be written")
