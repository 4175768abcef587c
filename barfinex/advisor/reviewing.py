"""A language model at stage 6: asked within its breaker and budget, heeded as far as it has earned."""

from __future__ import annotations

import logging
import re

from barfinex.advisor.llm.asking import TOKENS_ESTIMATED, Terms, ask
from barfinex.advisor.llm.budget import Admission, Limits, wall_ms
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention, Reply, Synthesizer
from barfinex.advisor.llm.synthesis import SynthesisResult, judge
from barfinex.advisor.llm.value import is_held_out
from barfinex.advisor.prompting import context_of
from barfinex.advisor.repute import Repute
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.review import Review, RuleReviewer
from barfinex.domain.errors import BadInput

log = logging.getLogger(__name__)

_ROUTE = re.compile(r"[A-Za-z0-9._:/@>+-]{1,80}")


class Reviewing:
    """Reviews by a `Synthesizer`; the rules stand beside it. `ceiling` is what a person allows.

    The call is waited for, and its time is what the synthesizer says it took: one that reaches over a network
    has to end by its own deadline. Asking changes nothing here: what came of it is told by
    `CounterfactualRecorded`, and `repute` takes it in from there, at once or after a restart.

    A synthesizer that asks several models is one route, with one repute: its answers carry its own name.

    Raises:
        BadInput: the synthesizer has no name that an event can carry.
    """

    def __init__(self, synthesizer: Synthesizer, ceiling: Mode, limits: Limits | None = None) -> None:
        self._synthesizer, self._limits = synthesizer, limits or Limits()
        self._rules = RuleReviewer()
        self.repute = Repute(_route(synthesizer), ceiling, self._limits)

    def review(self, calibration: Calibration) -> Review:
        """Ask, check, and bound. Whatever the synthesizer does, there is a review."""
        rules, case = self._rules.review(calibration), calibration.case
        if self.repute.mode is Mode.OFF:
            return rules
        try:
            context = context_of(calibration)
        except (BadInput, ValueError) as fault:
            log.warning("%s cannot be shown to a reviewer: %s", case.decision_id, fault)
            return rules
        budget_ms = wall_ms(self._limits, case.signal.expires_at - case.as_of)
        result = self._result(context, case.as_of, budget_ms)
        stance = rules.stance if result.abstained is not None else result.stance
        rationale = result.rationale_rendered or rules.rationale
        return Review(stance, rationale, result, budget_ms, TOKENS_ESTIMATED, is_held_out(case.decision_id))

    def _result(self, context: Context, now: int, budget_ms: int) -> SynthesisResult:
        repute = self.repute
        refusal = repute.refusal(now) or (Abstention.BUDGET if budget_ms <= 0 else None)
        if refusal is not None:
            return judge(Reply("", repute.route, fault=refusal), context, repute.mode, 0.0)
        terms = Terms(self._synthesizer, repute.route, repute.mode, repute.influence.gamma)
        return ask(terms, context, budget_ms, lambda first: self._affords_another(first, now))

    def _affords_another(self, first: SynthesisResult, now: int) -> bool:
        return self.repute.affords(now, first.tokens, first.cost) is Admission.GRANTED


def _route(synthesizer: Synthesizer) -> str:
    try:
        name: object = synthesizer.name
    except Exception as error:
        raise BadInput("a reviewer's name", f"cannot be read ({type(error).__name__})", _REMEDY) from error
    if not (isinstance(name, str) and _ROUTE.fullmatch(name)):
        raise BadInput("a reviewer's name", "is none", _REMEDY)
    return name


_REMEDY = "Name it like openai/gpt-5: letters, digits and ._:/@>+-, at most 80."
