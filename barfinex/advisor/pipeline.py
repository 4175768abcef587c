"""The eight stages in their order. Each takes the output of the one before: none can be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from barfinex.advisor.carry import Carry
from barfinex.advisor.learning.labels import Labels
from barfinex.advisor.stages.calibration import calibrate
from barfinex.advisor.stages.context import gather_context
from barfinex.advisor.stages.conviction import score_conviction
from barfinex.advisor.stages.evidence import weigh_evidence
from barfinex.advisor.stages.intent import Proposal, propose_intent
from barfinex.advisor.stages.quality import grade_quality
from barfinex.advisor.stages.synthesis import Synthesizer, synthesize
from barfinex.advisor.stages.validation import Costs, validate_execution
from barfinex.advisor.trace import Case, Trace
from barfinex.config import AdvisorConfig
from barfinex.domain.view import MarketView


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the stages may consult."""

    config: AdvisorConfig
    costs: Costs
    market: MarketView
    labels: Labels
    carry: Carry
    synthesizer: Synthesizer
    scores: Mapping[str, float]


def decide(case: Case, desk: Desk, trace: Trace) -> Proposal:
    """Decide one entry signal.

    Raises:
        Declined: a stage said no.
    """
    context = trace.run(gather_context, case, desk.market, desk.costs.spread_bps)
    score = desk.scores.get(case.signal.instrument)
    quality = trace.run(grade_quality, context, desk.config.quality_min, score, desk.config.unsure_share_max)
    evidence = trace.run(weigh_evidence, quality)
    conviction = trace.run(score_conviction, evidence, desk.labels)
    calibration = trace.run(calibrate, conviction, desk.labels.platt)
    synthesis = trace.run(synthesize, calibration, desk.synthesizer)
    carry = desk.carry.cost(case.signal)
    validation = trace.run(validate_execution, synthesis, desk.config, desk.costs, carry)
    return trace.run(propose_intent, validation, desk.config.authority)
