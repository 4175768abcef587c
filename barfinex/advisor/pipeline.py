"""The eight stages in their order. Each takes the output of the one before: none can be left out."""

from __future__ import annotations

from barfinex.advisor.desk import Desk
from barfinex.advisor.stages.calibration import calibrate
from barfinex.advisor.stages.context import Facts, gather_context
from barfinex.advisor.stages.conviction import score_conviction
from barfinex.advisor.stages.evidence import weigh_evidence
from barfinex.advisor.stages.intent import Proposal, propose_intent
from barfinex.advisor.stages.quality import grade_quality
from barfinex.advisor.stages.synthesis import synthesize
from barfinex.advisor.stages.validation import validate_execution
from barfinex.advisor.trace import Case, Trace


def decide(case: Case, facts: Facts, desk: Desk, trace: Trace) -> Proposal:
    """Decide one entry signal.

    Raises:
        Declined: a stage said no.
    """
    config, serving = desk.config, desk.serving
    context = trace.run(gather_context, case, facts, config.history_min)
    quality = trace.run(grade_quality, context, config)
    evidence = trace.run(weigh_evidence, quality, config, serving, desk.verdict)
    conviction = trace.run(score_conviction, evidence, config, desk.known)
    calibration = trace.run(calibrate, conviction, config, serving, desk.payoff.break_even)
    synthesis = trace.run(synthesize, calibration, config, serving, desk.reviewer)
    validation = trace.run(validate_execution, synthesis, config, desk.terms(synthesis))
    return trace.run(propose_intent, validation, config.authority, desk.moment(synthesis))
