"""How a decision ends: one event that tells what was decided, and all that is needed to learn from it."""

from __future__ import annotations

from binascii import hexlify

from msgspec.json import encode

from barfinex.advisor.costs import BPS, Expense
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.context import Context, Facts
from barfinex.advisor.stages.conviction import RawConviction
from barfinex.advisor.stages.evidence import Evidence
from barfinex.advisor.stages.intent import Proposal
from barfinex.advisor.stages.quality import Quality
from barfinex.advisor.stages.synthesis import Synthesis
from barfinex.advisor.stages.validation import Validation
from barfinex.advisor.trace import Case, Declined, Step
from barfinex.domain.ids import digest_of
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.value import Value
from barfinex.events.advisor_response import DecisionResponded

STOP_MAX = 0.99


class Reached(Value, frozen=True):
    """The outputs of the stages that were reached, the furthest first asked."""

    context: Context | None = None
    evidence: Evidence | None = None
    conviction: RawConviction | None = None
    calibration: Calibration | None = None
    synthesis: Synthesis | None = None
    validation: Validation | None = None


def reached(last: Step | None) -> Reached:
    """Every output that the last one holds."""
    validation = last.validation if isinstance(last, Proposal) else last
    validation = validation if isinstance(validation, Validation) else None
    synthesis = validation.synthesis if validation else last if isinstance(last, Synthesis) else None
    calibration = synthesis.calibration if synthesis else last if isinstance(last, Calibration) else None
    conviction = calibration.conviction if calibration else last if isinstance(last, RawConviction) else None
    evidence = conviction.evidence if conviction else last if isinstance(last, Evidence) else None
    quality = evidence.quality if evidence else last if isinstance(last, Quality) else None
    context = quality.context if quality else last if isinstance(last, Context) else None
    return Reached(context, evidence, conviction, calibration, synthesis, validation)


def respond(
    case: Case, facts: Facts, last: Step | None, declined: Declined | None, expense: Expense, horizon: int
) -> DecisionResponded:
    """The answer to a signal; what was not reached is empty, zero or one half, and costs `expense`."""
    signal, at = case.signal, reached(last)
    bracket, sign = signal.bracket, signal.direction.sign
    stop = min(bracket.stop, STOP_MAX) if bracket is not None else 0.0
    hold_ms = None if bracket is None else bracket.hold_ms_max
    step = timeframe_ms(signal.timeframe)
    objection = None if declined is None else declined.objection
    quote, validation, evidence = facts.quote, at.validation, at.evidence
    features = facts.features if facts.features.known_at <= case.as_of else None  # I17: none to learn from.
    return DecisionResponded(
        instrument=signal.instrument,
        decision_id=case.decision_id,
        signal_id=signal.id,
        strategy=signal.strategy,
        timeframe=signal.timeframe,
        direction=signal.direction,
        approved=declined is None,
        code="" if objection is None else objection.code,
        stage="" if declined is None else declined.stage,
        value="" if objection is None else str(objection.value),
        limit="" if objection is None else str(objection.limit),
        p_final=_probability(at),
        lcb=at.synthesis.lcb if at.synthesis else at.calibration.lcb if at.calibration else 0.0,
        expected_r=validation.expected_r if validation else 0.0,
        r_range=validation.r_range if validation else (),
        size=validation.terms.size.fraction if validation else 0.0,
        candle_ts=signal.candle_ts,
        entry=quote.entry(sign),
        mid=quote.middle,
        stop=stop,
        target=stop * (bracket.reward_risk or 0.0) if bracket is not None else 0.0,
        horizon=horizon if hold_ms is None else max(1, min(horizon, hold_ms // step)),
        cost=validation.cost if validation else expense.cost,
        slippage=validation.slippage_bps / BPS if validation else expense.slippage,
        features=() if features is None else features.values,
        missing=() if features is None else features.missing,
        posterior=facts.regime.posterior,
        regime=facts.regime.label,
        rungs=_rungs(at),
        base_rate=at.conviction.known.base if at.conviction else 0.5,
        logit=evidence.z if evidence else None,
        model_id=evidence.model_id if evidence else "",
        trace_hash=digest_of(hexlify(encode(last))) if last is not None else "",
    )


def _rungs(at: Reached) -> tuple[tuple[str, float], ...]:
    if at.conviction is None:
        return ()
    pooled = at.calibration.pooled if at.calibration is not None else at.conviction.rungs
    return tuple(zip(at.conviction.known.ladder.rungs, pooled, strict=True))


def _probability(at: Reached) -> float:
    if at.synthesis is not None:
        return at.synthesis.conviction
    if at.calibration is not None:
        return at.calibration.calibrated
    return at.conviction.raw if at.conviction is not None else 0.5
