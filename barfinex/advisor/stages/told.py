"""What is published of a review by a language model."""

from __future__ import annotations

from collections.abc import Iterable

from barfinex.advisor.llm.influence import TILT_LOGIT, moved
from barfinex.advisor.llm.reply import UNASKED, Abstention
from barfinex.advisor.llm.synthesis import SynthesisResult
from barfinex.advisor.odds import logit, probability
from barfinex.advisor.stages.review import Review
from barfinex.events.advisor_review import (
    CounterfactualRecorded,
    HallucinationDetected,
    InjectionSuspected,
    SynthesisAbstained,
    SynthesisRequested,
    VetoRaised,
)
from barfinex.events.base import Event


def told_of(
    review: Review, without: float, asked_at: int, instrument: str, decision_id: str
) -> Iterable[Event]:
    """The request, what was wrong with the answer, a veto, and what would have been without it.

    Args:
        without: the probability before the review.
        asked_at: as of when, ms UTC.
    """
    result = review.result
    if result is None:
        return
    about = {"instrument": instrument, "decision_id": decision_id}
    if result.abstained not in UNASKED:
        yield SynthesisRequested(
            **about,
            route=result.route,
            influence=result.mode,
            cache_key=result.cache_key,
            budget_ms=review.budget_ms,
            tokens_estimated=review.tokens,
        )
    for suspicion in result.suspected:
        yield InjectionSuspected(
            **about, item_id=suspicion.item, pattern=suspicion.pattern, where="untrusted"
        )
    if result.findings:
        yield HallucinationDetected(
            **about,
            route=result.route,
            findings=tuple(
                (one.code, one.severity, one.claim or "", one.path or "", one.stated or "", one.actual or "")
                for one in result.findings
            ),
            action="abstain" if result.abstained is not None else "mend" if result.lied else "drop",
        )
    if result.abstained is not None:
        yield SynthesisAbstained(**about, code=Abstention(result.abstained), fallback="rules")
    if result.veto is not None:
        yield VetoRaised(
            **about,
            code=result.veto,
            claims=result.veto_claims,
            influence=result.mode,
            effective=review.vetoes,
        )
    yield counterfactual_of(review, result, without, asked_at, **about)


def counterfactual_of(
    review: Review, result: SynthesisResult, without: float, asked_at: int, instrument: str, decision_id: str
) -> CounterfactualRecorded:
    """Both arms of a decision, whichever it went, and what asking took."""
    return CounterfactualRecorded(
        instrument=instrument,
        decision_id=decision_id,
        route=result.route,
        asked_at=asked_at,
        without=without,
        with_model=moved(without, result.delta_logit),
        full_tilt=probability(logit(without) + TILT_LOGIT * result.tilt),
        tilt=result.tilt,
        vetoed=result.veto is not None,
        action_without="pass",
        action_with="veto" if result.vetoed else "pass",
        holdout=review.holdout,
        code=result.abstained or "",
        hallucinated=result.hallucinated,
        latency_ms=result.latency_ms,
        tokens=result.tokens,
        cost=result.cost,
    )
