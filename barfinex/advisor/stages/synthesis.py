"""Stage 6: a second look at the whole case; what it may move is bounded, and earned (I14)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from barfinex.advisor.attribution import Attribution, Linear, attribute
from barfinex.advisor.attribution import Step as Way
from barfinex.advisor.codes import Code
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.llm.influence import moved
from barfinex.advisor.odds import logit
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.context import Facts
from barfinex.advisor.stages.review import Review, Reviewer
from barfinex.advisor.stages.told import told_of
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import SynthesisCompleted
from barfinex.events.base import Event


class Synthesis(Step, frozen=True):
    """`conviction` is what the review left of the calibrated probability, `lcb` of its lower bound."""

    stage: ClassVar[str] = "synthesis"
    calibration: Calibration
    review: Review
    conviction: float
    lcb: float
    attribution: Attribution

    @property
    def facts(self) -> Facts:
        return self.calibration.conviction.evidence.quality.context.facts

    def events(self) -> Iterable[Event]:
        review, about = (
            self.review,
            {
                "instrument": self.case.signal.instrument,
                "decision_id": self.case.decision_id,
            },
        )
        yield from told_of(review, self.calibration.calibrated, self.case.as_of, **about)
        result = review.result
        yield SynthesisCompleted(
            **about,
            stance=review.stance,
            synthesizer="rules" if result is None else result.route,
            rationale=review.rationale,
            conviction=self.conviction,
            source="rule" if result is None else result.source,
            tilt=0 if result is None else result.tilt,
            delta_logit=review.delta_logit,
            verified=0 if result is None else len(result.claims),
            latency_ms=0 if result is None else int(result.latency_ms),
            cost=0.0 if result is None else result.cost,
        )


def synthesize(
    calibration: Calibration, config: AdvisorConfig, serving: Serving | None, reviewer: Reviewer
) -> Synthesis | Decline[Synthesis]:
    """Ask the reviewer, move the logit by what it may move, and say where the whole of it came from."""
    review = reviewer.review(calibration)
    conviction = moved(calibration.calibrated, review.delta_logit)
    attribution = _attribution(calibration, serving, review.delta_logit, conviction)
    lcb = moved(calibration.lcb, review.delta_logit)
    synthesis = Synthesis(calibration.case, calibration, review, conviction, lcb, attribution)
    return judged(synthesis, list(_objections(review, config)))


def _attribution(
    calibration: Calibration, serving: Serving | None, delta: float, conviction: float
) -> Attribution:
    evidence, known = calibration.conviction.evidence, calibration.conviction.known
    linear = None
    if calibration.conviction.climbs and serving is not None and evidence.z is not None:
        model = serving.model
        inputs = tuple(
            mean + (term / weight if weight else 0.0)
            for mean, weight, (_, term) in zip(model.mean, model.weights, evidence.terms, strict=True)
        )
        intercept = model.base - sum(w * mean for w, mean in zip(model.weights, model.mean, strict=True))
        linear = Linear(evidence.z, intercept, model.scaler.features, model.weights, inputs, model.mean)
    steps = list(calibration.path)
    if delta != 0.0:
        steps.append((Way.SYNTHESIS, steps[-1][1] + delta))
    if logit(conviction) != steps[-1][1]:
        steps.append((Way.BOUNDS, logit(conviction)))
    return attribute(logit(known.base), linear, steps, conviction)


def _objections(review: Review, config: AdvisorConfig) -> Iterable[Objection]:
    result = review.result
    if review.vetoes and result is not None:
        yield Objection(Code.LLM_VETO, result.veto, "no veto")
    if not config.review_required or (result is not None and result.abstained is None):
        return
    if result is not None and result.hallucinated:
        yield Objection(Code.LLM_REQUIRED_HALLUCINATED, result.abstained, "a review that holds")
    else:
        yield Objection(Code.LLM_REQUIRED_UNAVAILABLE, review.abstained, "a review")
