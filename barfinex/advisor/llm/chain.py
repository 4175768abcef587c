"""Reviewers in turn: where one has no answer the next is asked, and the rules always have one."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.reply import Reply, Synthesizer
from barfinex.advisor.llm.rules import RuleSynthesizer


class Chain:
    """Primary, secondary, a model of the house, at last the rules; the reply tells who was passed over."""

    name = "chain"

    def __init__(self, routes: Sequence[Synthesizer]) -> None:
        self._routes = (*routes, RuleSynthesizer())

    def review(self, context: Context, findings: tuple[Finding, ...] = (), /) -> Reply:
        """The first answer that is one, with the time and money of those before it."""
        passed: list[str] = []
        latency_ms, tokens, cost = 0.0, 0, 0.0
        *routes, rules = self._routes
        for route in routes:
            reply = route.review(context, findings)
            latency_ms, tokens = latency_ms + reply.latency_ms, tokens + reply.tokens
            cost += reply.cost
            if reply.fault is None:
                return replace(reply, latency_ms=latency_ms, tokens=tokens, cost=cost, passed=tuple(passed))
            passed.append(f"passed:{route.name}:{reply.fault}")
        last = rules.review(context)
        return replace(last, latency_ms=latency_ms, tokens=tokens, cost=cost, passed=tuple(passed))
