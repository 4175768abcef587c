"""Reviewers in turn: where one has no answer the next is asked."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from msgspec.structs import replace

from barfinex.advisor.llm.asking import called
from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.reply import Reply, Synthesizer


class Chain:
    """Primary, secondary, a model of the house. They are one route, with one repute, under one name: what the
    second says when the first is down is as much the chain's word. After the last come the rules, which stand
    beside every review.

    Raises:
        ValueError: there is no route.
    """

    def __init__(self, routes: Sequence[Synthesizer]) -> None:
        if not routes:
            raise ValueError("a chain of no routes answers nothing: give one or more")
        self._routes = [(route.name, route) for route in routes]
        self.name = ">".join(name for name, _ in self._routes)

    def review(self, context: Context, findings: tuple[Finding, ...] = (), /) -> Reply:
        """The first answer that is one, or the last fault, with the time and money of those before it."""
        replies: list[Reply] = []
        for name, route in self._routes:
            replies.append(called(route, name, context, inf, findings))
            if replies[-1].fault is None:
                break
        return replace(
            replies[-1],
            route=self.name,
            latency_ms=sum(one.latency_ms for one in replies),
            tokens=sum(one.tokens for one in replies),
            cost=sum(one.cost for one in replies),
            passed=tuple(one.fault for one in replies if one.fault is not None),
        )
