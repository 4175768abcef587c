"""Who reviews a decision, and what the review came to: rules by default, a language model where one is
joined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention
from barfinex.advisor.llm.schema import Stance
from barfinex.advisor.llm.synthesis import SynthesisResult
from barfinex.advisor.stages.calibration import Calibration
from barfinex.domain.value import Value

DOUBT_GRADE = 0.6


class Review(Value, frozen=True):
    """By rule: `stance` and `rationale`, which move nothing. By a model: its `result` beside them, the budget
    in ms it was given and the tokens that were estimated; `holdout`: the model is not heeded here, by lot."""

    stance: Stance
    rationale: str
    result: SynthesisResult | None = None
    budget_ms: int = 0
    tokens: int = 0
    holdout: bool = False

    @property
    def delta_logit(self) -> float:
        return 0.0 if self.result is None or self.holdout else self.result.delta_logit

    @property
    def vetoes(self) -> bool:
        return self.result is not None and not self.holdout and self.result.vetoed

    @property
    def took_ms(self) -> int:
        """As reported: a model that is not heeded has had no more than it was given, whatever it says, so
        that it ends no decision by saying so."""
        if self.result is None:
            return 0
        is_heeded = self.result.mode in {Mode.VETO, Mode.TILT} and not self.holdout
        took_ms = int(self.result.latency_ms)
        return took_ms if is_heeded else min(took_ms, self.budget_ms)

    @property
    def abstained(self) -> Abstention | None:
        return None if self.result is None else self.result.abstained


class Reviewer(Protocol):
    """Whoever stage 6 asks."""

    def review(self, calibration: Calibration) -> Review: ...


class RuleReviewer:
    """The review without a model: it says which side the evidence is on, and moves nothing.

    It gives the stance that `llm.rules.RuleSynthesizer` writes out in the schema of a model, without writing.
    """

    def review(self, calibration: Calibration) -> Review:
        evidence = calibration.conviction.evidence
        items = [*evidence.items, *evidence.terms]
        speaks_for = _strongest(items, 1.0)
        against = _strongest(items, -1.0)
        doubts = " ".join(evidence.quality.findings)
        rationale = (
            f"for: {speaks_for or 'nothing'}; against: {against or 'nothing'}; data: {doubts or 'sound'}"
        )
        total = sum(weight for _, weight in items)
        if total > 0.0 and evidence.quality.grade >= DOUBT_GRADE:
            return Review(Stance.SUPPORT, rationale)
        return Review(Stance.OPPOSE if total < 0.0 else Stance.NEUTRAL, rationale)


def _strongest(items: Iterable[tuple[str, float]], sign: float) -> str:
    """The names of the three heaviest on one side."""
    side = sorted([(-abs(weight), name) for name, weight in items if weight * sign > 0.0])
    return " ".join([name for _, name in side[:3]])
