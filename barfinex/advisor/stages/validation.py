"""Stage 7: is it worth its costs at the price that can be had, and how much of it?"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import ClassVar

from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.costs import BPS, Costs
from barfinex.advisor.learning.ladder import Phase
from barfinex.advisor.sizing.correlation import Cut
from barfinex.advisor.sizing.kelly import Size
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.advisor.stages.synthesis import Synthesis
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.config import AdvisorConfig
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.value import Value
from barfinex.events.advisor import ExecutionValidated, LowConfidenceFound
from barfinex.events.advisor_response import CorrelationCapped, SizeRecommended
from barfinex.events.base import Event

IMPACT_MAX = 10.0
"""Most of the half spread, in multiples, that walking the book is taken to cost."""


class Terms(Value, frozen=True):
    """What a trade is held against. `carry` is what holding is expected to cost, a fraction of the entry
    price; `payoff` what wins and losses of this strategy are worth in R; `size` and `cuts` the recommendation
    before and what correlation took off it."""

    costs: Costs
    carry: float
    payoff: Payoff
    size: Size
    cuts: tuple[Cut, ...]


class Validation(Step, frozen=True):
    """`spread_to_stop` and `moved` are parts of the stop distance, `depth_share` of what rests in the book,
    None where there is no book, nothing in it, or no equity known; `cost_r`, `expected_r` and its lower bound
    in R, `reward_risk` gross and net of costs, None without a target; `entry` in quote units."""

    stage: ClassVar[str] = "validation"
    synthesis: Synthesis
    terms: Terms
    entry: float
    stop: float
    cost: float
    spread_to_stop: float
    slippage_bps: float
    depth_share: float | None
    reward_risk: float | None
    reward_risk_net: float | None
    expected_r: float
    expected_r_lcb: float
    moved: float
    ttl_left: float
    checks: tuple[tuple[str, bool], ...] = ()

    @property
    def r_range(self) -> tuple[float, ...]:
        """(low, high) of the net R, once in ten times missed; empty while it may be anything."""
        found = self.synthesis.calibration.conviction.known.misses
        return () if found is None else (self.expected_r + found.low, self.expected_r + found.high)

    def events(self) -> Iterable[Event]:
        case, terms, size = self.case, self.terms, self.terms.size
        about = {"instrument": case.signal.instrument, "decision_id": case.decision_id}
        yield ExecutionValidated(
            **about,
            spread_bps=self.synthesis.facts.quote.spread_bps,
            spread_to_stop=self.spread_to_stop,
            reward_risk=self.reward_risk,
            reward_risk_net=self.reward_risk_net,
            cost_r=self.cost / self.stop if self.stop else 0.0,
            breakeven=terms.payoff.break_even,
            expected_r=self.expected_r,
            expected_r_lcb=self.expected_r_lcb,
            r_range=self.r_range,
            entry=self.entry,
            moved=self.moved,
            ttl_left_ms=case.signal.expires_at - case.as_of,
            checks=self.checks,
        )
        for cut in terms.cuts:
            pair = "/".join(cut.pair)
            yield CorrelationCapped(**about, pair=pair, rho=cut.rho, before=cut.before, after=cut.after)
        yield SizeRecommended(
            **about,
            fraction=size.fraction,
            kappa=size.kappa,
            p_eff=size.p_eff,
            payoff=size.ratio,
            multipliers=(
                ("quality", size.quality),
                ("phase", size.phase),
                ("volatility", size.volatility),
                ("familiarity", size.familiarity),
            ),
        )
        if not self.synthesis.lcb >= terms.payoff.break_even:
            yield LowConfidenceFound(
                **about,
                probability=self.synthesis.conviction,
                lcb=self.synthesis.lcb,
                breakeven=terms.payoff.break_even,
                reason="lower bound under break-even",
            )


def validate_execution(
    synthesis: Synthesis, config: AdvisorConfig, terms: Terms
) -> Validation | Decline[Validation]:
    """Check spread, slippage, reward against risk, expected value and its lower bound, and what has changed.

    E[R] = p E[R | win] + (1 - p) E[R | loss], net of all costs. Its lower bound counts from phase BASE on:
    before, there is nothing to estimate it from. Without a stop there is no R, and no trade.
    """
    measured = _measure(synthesis, terms)
    judgement = list(_limits(measured, config))
    checks = tuple((code.value, passes) for code, passes, _, _ in judgement)
    objections = [Objection(code, value, limit) for code, passes, value, limit in judgement if not passes]
    return judged(replace(measured, checks=checks), objections)


def _measure(synthesis: Synthesis, terms: Terms) -> Validation:
    case, facts = synthesis.case, synthesis.facts
    bracket, quote, sign = case.signal.bracket, facts.quote, case.signal.direction.sign
    stop = bracket.stop if bracket is not None else 0.0
    depth = quote.depth(sign)
    share = _depth_share(depth, facts.account.equity, terms.size.fraction, stop)
    walked = 0.0 if depth is None else IMPACT_MAX if share is None else min(IMPACT_MAX, share)
    slippage_bps = terms.costs.slippage_bps + walked * quote.spread_bps / 2.0
    cost = terms.costs.round_trip(quote.spread_bps, slippage_bps) + terms.carry
    reward_risk = None if bracket is None else bracket.reward_risk
    net = None if reward_risk is None or not stop else (reward_risk - cost / stop) / (1.0 + cost / stop)
    closed_at = case.signal.candle_ts + timeframe_ms(case.signal.timeframe)
    return Validation(
        case,
        synthesis,
        terms,
        quote.entry(sign),
        stop,
        cost,
        quote.spread_bps / BPS / stop if stop else 0.0,
        slippage_bps,
        share,
        reward_risk,
        net,
        expected(synthesis.conviction, terms.payoff),
        expected(synthesis.lcb, terms.payoff),
        abs(quote.middle / case.signal.price - 1.0) / stop if stop else 0.0,
        (case.signal.expires_at - case.as_of) / max(1, case.signal.expires_at - closed_at),
    )


def _depth_share(depth: float | None, equity: float | None, fraction: float, stop: float) -> float | None:
    """The part of the depth that risking a fraction of equity would take; None when it cannot be told."""
    if depth is None or equity is None or not (depth > 0.0 and equity >= 0.0 and stop > 0.0):
        return None
    share = equity * fraction / stop / depth
    return share if isfinite(share) else None


def expected(p: float, payoff: Payoff) -> float:
    """E[R] at the probability `p` of a win."""
    return p * payoff.win + (1.0 - p) * payoff.loss


Check = tuple[Code, bool, object, object]


def _limits(found: Validation, config: AdvisorConfig) -> Iterable[Check]:
    """(code, passes, value, limit) of every check; what is not finite passes none."""
    facts, stop, terms = found.synthesis.facts, found.stop, found.terms
    yield Code.EX_GEOMETRY_INVALID, stop > 0.0, stop, "a stop"

    def most(code: Code, value: float, limit: float) -> Check:
        return code, value <= limit, value, limit

    def least(code: Code, value: float, limit: float) -> Check:
        return code, value >= limit, value, limit

    yield most(Code.EX_SPREAD_TOO_WIDE, facts.quote.spread_bps, config.spread_bps_max)
    yield most(Code.EX_SPREAD_VS_STOP, found.spread_to_stop, config.spread_to_stop_max)
    yield most(Code.EX_SLIPPAGE_TOO_HIGH, found.slippage_bps, config.slippage_bps_max)
    if config.depth_share_max is not None:
        share, limit = found.depth_share, config.depth_share_max
        fits = share is not None and share <= limit
        yield Code.EX_DEPTH_INSUFFICIENT, fits, "unknown" if share is None else share, limit
    yield least(Code.EX_STOP_INSIDE_NOISE, stop, config.stop_atr_min * facts.motion.atr)
    if found.reward_risk_net is not None and config.reward_risk_min is not None:
        yield least(Code.EX_RR_BELOW_MIN, found.reward_risk_net, config.reward_risk_min)
    yield least(Code.EX_EV_NEGATIVE, found.expected_r, config.expected_r_min)
    if found.synthesis.calibration.conviction.phase is not Phase.PRIOR:
        yield least(Code.EX_EV_LCB_NEGATIVE, found.expected_r_lcb, config.expected_r_lcb_min)
    yield most(Code.EX_MARKET_MOVED, found.moved, config.moved_max)
    yield least(Code.EX_SIGNAL_STALE, found.ttl_left, config.ttl_left_min)
    yield Code.EX_DUPLICATE_EXPOSURE, not facts.account.holds_already, "held already", "one position"
    if config.correlation == "decline":
        cut = next((cut for cut in terms.cuts if not cut.after > 0.0), None)
        rho = cut.rho if cut else 0.0
        yield Code.EX_CORRELATION_CAP, cut is None, rho, config.correlation_max
    yield least(Code.EX_SIZE_BELOW_MIN, terms.size.fraction, config.size_min)
