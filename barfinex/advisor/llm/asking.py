"""How a synthesizer is asked: whatever it does or answers, there is a review, and what it took is kept."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec import convert
from msgspec.structs import asdict, replace

from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import UNASKED, Abstention, Reply, Synthesizer
from barfinex.advisor.llm.synthesis import SynthesisResult, judge

log = logging.getLogger(__name__)

TOKENS_ESTIMATED, COST_ESTIMATED = 2_700, 0.01
"""Of one answer: two thousand tokens of context and seven hundred of reply."""
LATENCY_MS_MAX, TOKENS_MAX, COST_MAX = 3_600_000.0, 10_000_000, 1_000.0
"""An hour, and what no one answer takes: figures beyond count as these, and the answer not at all."""
PASSED_MAX = 8
_KEY = re.compile(r"[0-9a-f]{64}")


class Terms(NamedTuple):
    """Who is asked, under which name, and what an answer may move: see `judge`."""

    synthesizer: Synthesizer
    route: str
    mode: Mode
    gamma: float


def ask(
    terms: Terms, context: Context, budget_ms: float, may_repair: Callable[[SynthesisResult], bool]
) -> SynthesisResult:
    """Have a decision reviewed, with one attempt to mend an answer that fails the check.

    A lie that was mended stays a lie told: the second answer counts, the first is held against the route.
    Where there is no second answer, the first stands with its faults. Either way both are paid for.

    Args:
        budget_ms: for both answers together, as their latencies are reported.
        may_repair: whether there is money for a second answer after this first one.
    """
    first = _answered(terms, context, budget_ms)
    mendable = first.findings and first.abstained not in {None, Abstention.INJECTION}
    left_ms = budget_ms - first.latency_ms
    if not (mendable and left_ms > 0.0 and may_repair(first)):
        return first
    second = _answered(terms, context, left_ms, first.findings)
    took = {
        "latency_ms": first.latency_ms + second.latency_ms,
        "tokens": first.tokens + second.tokens,
        "cost": first.cost + second.cost,
    }
    if second.abstained is not None and not second.findings:
        return replace(first, **took)
    return replace(
        second,
        flags=(*second.flags, "second answer"),
        findings=(*first.findings, *second.findings),
        lied=first.hallucinated,
        **took,
    )


def _answered(
    terms: Terms, context: Context, budget_ms: float, findings: tuple[Finding, ...] = ()
) -> SynthesisResult:
    """One answer, judged."""
    synthesizer, route, mode, gamma = terms
    reply = called(synthesizer, route, context, budget_ms, findings)
    try:
        return judge(reply, context, mode, gamma)
    except Exception as error:  # Nor is a text that our own check stumbles over.
        log.warning("an answer of %s cannot be judged: %s", route, type(error).__name__)
        return judge(replace(reply, text="", fault=Abstention.REFUSED), context, mode, gamma)


def called(
    synthesizer: Synthesizer, route: str, context: Context, budget_ms: float, findings: tuple[Finding, ...]
) -> Reply:
    """Its reply, bounded: the one place where what a synthesizer does is caught. What a call took that gave
    no reply is not known, and counts as estimated."""
    try:
        return bounded(synthesizer.review(context, findings), route, budget_ms)
    except Exception as error:  # A provider's own fault is no reason to decide nothing.
        log.warning("the reviewer %s failed: %s", route, type(error).__name__)
        return Reply("", route, 0.0, TOKENS_ESTIMATED, COST_ESTIMATED, fault=Abstention.REFUSED)


def bounded(reply: Reply, route: str, budget_ms: float) -> Reply:
    """The reply with every field inside its limits; refused when one was not, or when it is another route's;
    late, when it took longer than `budget_ms` or does not say how long.

    Raises:
        msgspec.ValidationError: a field is not of its type.
    """
    reply = convert(asdict(reply), Reply)
    latency_ms = _held(reply.latency_ms, LATENCY_MS_MAX, max(0.0, budget_ms))
    tokens = int(_held(reply.tokens, TOKENS_MAX, TOKENS_ESTIMATED))
    cost = _held(reply.cost, COST_MAX, COST_ESTIMATED)
    fault = Abstention.REFUSED if reply.fault in UNASKED else reply.fault  # That is for us to say.
    if (reply.route, reply.tokens, reply.cost) != (route, tokens, cost) or len(reply.passed) > PASSED_MAX:
        fault = fault or Abstention.REFUSED
    if reply.latency_ms != latency_ms or not latency_ms <= budget_ms:
        fault = fault or Abstention.TIMEOUT
    return Reply(
        reply.text if fault is None else "",
        route,
        latency_ms,
        tokens,
        cost,
        reply.source,
        fault,
        reply.cache_key if _KEY.fullmatch(reply.cache_key) else "",
        reply.passed[:PASSED_MAX],
    )


def _held(figure: float, most: float, unknown: float) -> float:
    """NaN, and what is below zero, is not known."""
    return min(figure, most) if figure >= 0 else unknown
