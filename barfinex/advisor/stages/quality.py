"""Stage 2: is the market fit to be judged at all?"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, inf, log
from typing import ClassVar

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.context import Context
from barfinex.advisor.trace import Decline, Objection, Step
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import QualityBlocked, QualityGraded
from barfinex.events.base import Event

CANDLES_FULL = 30
AGE_STEPS_MAX = 3.0
CLOCK_AHEAD_MS_MAX = 1_000
SEQUENCE_MIN = 0.5
"""Least share of the last candles that the Provider saw arrive, in order and final."""
WEIGHTS = {
    "freshness": 0.25,
    "continuity": 0.2,
    "spread": 0.15,
    "depth": 0.1,
    "outlier": 0.1,
    "clock": 0.1,
    "activity": 0.1,
}


class Quality(Step, frozen=True):
    """`grade` in [0, 1]: the weighted geometric mean of `components`, 0 with a hard fault (`blocked`)."""

    stage: ClassVar[str] = "quality"
    context: Context
    grade: float
    components: tuple[tuple[str, float], ...]
    blocked: tuple[Objection, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """What lowered the grade."""
        return tuple(name for name, part in self.components if part < 1.0)

    def events(self) -> Iterable[Event]:
        about = {"instrument": self.case.signal.instrument, "decision_id": self.case.decision_id}
        yield QualityGraded(**about, grade=self.grade, findings=self.findings, components=self.components)
        if self.blocked:
            first = self.blocked[0]
            yield QualityBlocked(
                **about, code=first.code, grade=self.grade, value=str(first.value), limit=str(first.limit)
            )


def grade_quality(context: Context, config: AdvisorConfig) -> Quality | Decline[Quality]:
    """Grade freshness, continuity, spread, depth, outliers, clock and activity; a hard fault leaves nothing.

    Grade: exp(sum w ln c / sum w) over the components, so that one at 0 leaves nothing. Where the Provider
    tells the quality of its market data, the grade is no better than that.
    """
    parts = _components(context, config)
    blocked = list(_faults(context, config))
    grade = 0.0
    if not blocked and all(part > 0.0 for part in parts.values()):
        grade = exp(sum(WEIGHTS[name] * log(part) for name, part in parts.items()) / sum(WEIGHTS.values()))
        score = context.facts.score
        grade = grade if score is None else min(grade, _share(score))
    if not grade >= config.quality_min:
        blocked.append(Objection(Code.DQ_SCORE_BELOW_MIN, grade, config.quality_min))
    quality = Quality(context.case, context, grade, tuple(parts.items()), tuple(blocked))
    return Decline(quality, quality.blocked) if blocked else quality


def _components(context: Context, config: AdvisorConfig) -> dict[str, float]:
    facts, motion = context.facts, context.facts.motion
    quote = facts.quote
    surge = quote.spread_bps / quote.usual_bps if quote.usual_bps > 0.0 else 1.0
    depths = [one for one in (quote.depth_bid, quote.depth_ask) if one is not None]
    told = dict(facts.parts)
    raw = {
        "freshness": min(
            _share(told.get("freshness", 1.0)), 1.0 - (_age_steps(context) - 1.0) / (AGE_STEPS_MAX - 1.0)
        ),
        "continuity": (1.0 - motion.unsure) * (1.0 - motion.absent) * min(1.0, motion.candles / CANDLES_FULL),
        "spread": 1.0 if surge <= 1.0 else 1.0 - (surge - 1.0) / config.spread_surge_max,
        "depth": 1.0 if not depths or config.depth_min <= 0.0 else min(depths) / config.depth_min,
        "outlier": 1.0 - abs(motion.jump) / config.outlier_sigma,
        "clock": 1.0 - quote.ahead_ms / CLOCK_AHEAD_MS_MAX,
        "activity": 1.0 - motion.idle,
    }
    return {name: _share(part) for name, part in raw.items()}


def _share(part: float) -> float:
    """Inside [0, 1]; what is not finite counts for nothing."""
    return min(1.0, part) if 0.0 < part < inf else 0.0


def _age_steps(context: Context) -> float:
    motion = context.facts.motion
    return max(0, context.case.as_of - motion.closed_at) / motion.step_ms if motion.step_ms else AGE_STEPS_MAX


def _faults(context: Context, config: AdvisorConfig) -> Iterable[Objection]:
    """Hard faults: with any of them no figure of this market is believed."""
    facts, motion, quote = context.facts, context.facts.motion, context.facts.quote
    age = _age_steps(context)
    if not age < AGE_STEPS_MAX:
        yield Objection(Code.DQ_STALE_QUOTE, age, AGE_STEPS_MAX)
    quote_age = context.case.as_of - quote.known_at
    if quote.source == "book" and not quote_age <= config.quote_age_ms_max:
        yield Objection(Code.DQ_STALE_BOOK, quote_age, config.quote_age_ms_max)
    if not motion.final:
        yield Objection(Code.DQ_CANDLE_UNFINAL, "not final", "final")
    if not motion.unsure + motion.absent <= config.unsure_share_max:
        yield Objection(Code.DQ_CANDLE_GAP, motion.unsure + motion.absent, config.unsure_share_max)
    continuity = dict(facts.parts).get("continuity", 1.0)
    if not continuity >= SEQUENCE_MIN:
        yield Objection(Code.DQ_SEQUENCE_GAP, continuity, SEQUENCE_MIN)
    yield from _book_faults(context, config)
    if not (motion.sound and motion.volatility > 0.0 and abs(motion.jump) <= config.outlier_sigma):
        yield Objection(Code.DQ_PRICE_OUTLIER, motion.jump, config.outlier_sigma)
    if not quote.ahead_ms <= CLOCK_AHEAD_MS_MAX:
        yield Objection(Code.DQ_CLOCK_SKEW, quote.ahead_ms, CLOCK_AHEAD_MS_MAX)
    if facts.account.halted:
        yield Objection(Code.DQ_HALTED, facts.account.halted, "trading")


def _book_faults(context: Context, config: AdvisorConfig) -> Iterable[Objection]:
    quote = context.facts.quote
    if quote.is_crossed:
        yield Objection(Code.DQ_CROSSED_BOOK, quote.bid, quote.ask)
    surge = quote.spread_bps / quote.usual_bps if quote.usual_bps > 0.0 else 1.0
    if not surge <= config.spread_surge_max:
        yield Objection(Code.DQ_SPREAD_UNSTABLE, surge, config.spread_surge_max)
    depths = [one for one in (quote.depth_bid, quote.depth_ask) if one is not None]
    if depths and not min(depths) >= config.depth_min:
        yield Objection(Code.DQ_DEPTH_THIN, min(depths), config.depth_min)
