"""The output of each stage, for a case with nothing to object to."""

from __future__ import annotations

from typing import TypeVar

from barfinex.advisor.desk import Desk
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.stages.calibration import Calibration, calibrate
from barfinex.advisor.stages.context import Facts, gather_context
from barfinex.advisor.stages.conviction import RawConviction, score_conviction
from barfinex.advisor.stages.evidence import Evidence, weigh_evidence
from barfinex.advisor.stages.quality import Quality, grade_quality
from barfinex.advisor.stages.synthesis import Synthesis, synthesize
from barfinex.advisor.stages.validation import Validation, validate_execution
from barfinex.advisor.trace import Case, Decline, Step
from tests.advisor import builders

TRUSTED = Verdict(1.0, rejected=False, drift=False)

S = TypeVar("S", bound=Step)


def passed(found: S | Decline[S]) -> S:
    """The output, objected to or not."""
    return found.output if isinstance(found, Decline) else found


def quality(case: Case | None = None, facts: Facts | None = None, desk: Desk | None = None) -> Quality:
    desk = desk or builders.desk()
    context = gather_context(case or builders.case(), facts or builders.facts(), desk.config.history_min)
    return passed(grade_quality(passed(context), desk.config))


def evidence(case: Case | None = None, facts: Facts | None = None, desk: Desk | None = None) -> Evidence:
    desk = desk or builders.desk()
    return passed(weigh_evidence(quality(case, facts, desk), desk.config, desk.serving, desk.verdict))


def conviction(
    case: Case | None = None, facts: Facts | None = None, desk: Desk | None = None
) -> RawConviction:
    desk = desk or builders.desk()
    return passed(score_conviction(evidence(case, facts, desk), desk.config, desk.known))


def calibration(
    case: Case | None = None, facts: Facts | None = None, desk: Desk | None = None
) -> Calibration:
    desk = desk or builders.desk()
    scored = conviction(case, facts, desk)
    return passed(calibrate(scored, desk.config, desk.serving, desk.payoff.break_even))


def synthesis(case: Case | None = None, facts: Facts | None = None, desk: Desk | None = None) -> Synthesis:
    desk = desk or builders.desk()
    return passed(synthesize(calibration(case, facts, desk), desk.config, desk.serving, desk.reviewer))


def validation(case: Case | None = None, facts: Facts | None = None, desk: Desk | None = None) -> Validation:
    desk = desk or builders.desk()
    reviewed = synthesis(case, facts, desk)
    return passed(validate_execution(reviewed, desk.config, desk.terms(reviewed)))
