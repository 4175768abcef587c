"""What is wrong with a strategy, found on real candles before it trades."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from barfinex.clock import stopwatch_ns
from barfinex.detector.program import Program
from barfinex.detector.scoring import Rule, Scorer
from barfinex.domain.candles import Candles, Series
from barfinex.sdk.expressions import Array
from barfinex.sdk.graph import NodeFailed
from barfinex.sdk.strategy import Strategy

CANDLES_MAX = 5_000
SINGLES = 300
COST_US_MAX = 1_000.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: `code` for machines, `condition` it is about (or empty), `text` for people."""

    code: str
    condition: str
    text: str

    def __str__(self) -> str:
        return f"{self.condition}: {self.text}" if self.condition else self.text


def check(strategy: Strategy, series: Series, candles_max: int = CANDLES_MAX) -> list[Finding]:
    """Findings on at most the first `candles_max` candles of a series; none when all is well.

    Looks for values that depend on later candles or on how candles arrive (I8), on the run, or that fail; for
    conditions that are always met, or never (their warm-up may be too long); and for what costs too much.
    """
    count = min(len(series.ts), candles_max)
    named = [
        (f"{rule.name.lower()} {one.id}", one.expression)
        for rule in Rule
        for one in rule.conditions(strategy)
    ]
    program = Program([expr for _, expr in named])
    try:
        whole = _values(program, series, [0, count])
        again = _values(program, series, [0, count])
        apart = _values(program, series, _cuts(count))
    except NodeFailed as failure:
        cause = failure.__cause__
        return [Finding("FAILS", "", f"scoring fails with {type(cause).__name__}: {cause}")]
    findings = []
    for (name, _), a, b, c in zip(named, whole, again, apart, strict=True):
        if not np.array_equal(a, b):
            findings.append(
                Finding("NOT_DETERMINISTIC", name, "two runs over the same candles give other values")
            )
        elif not np.array_equal(a, c):
            at = int(np.flatnonzero(a != c)[0])
            text = f"looks ahead, or keeps state of its own: later candles change its value at candle {at}"
            findings.append(Finding("LOOKS_AHEAD", name, text))
        else:
            findings += _met(name, a)
    return findings + _cost(strategy, series, count)


def _cuts(count: int) -> list[int]:
    """Where to cut: the first candles one by one, then chunks of every size (seeded)."""
    sizes = np.random.default_rng(count).integers(1, 400, count)
    later = SINGLES + np.cumsum(sizes)
    return [*range(min(SINGLES, count)), *(int(at) for at in later if at < count), count]


def _values(program: Program, series: Series, cuts: list[int]) -> list[Array]:
    states, parts = program.start(), []
    for start, stop in pairwise(cuts):
        states, values = program.run(states, series, start, stop)
        parts.append(values)
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _met(name: str, values: Array) -> list[Finding]:
    met = np.flatnonzero(values)
    if not len(met):
        text = f"never met in {len(values)} candles: too rare, or its warm-up is longer than that"
        return [Finding("NEVER_MET", name, text)]
    if np.all(values[met[0] :] == 1.0) and len(met) > 1:
        return [Finding("ALWAYS_MET", name, f"always met from candle {met[0]} on: it decides nothing")]
    return []


def _cost(strategy: Strategy, series: Series, count: int) -> list[Finding]:
    scorer, costs = Scorer(strategy), []
    for at in range(min(SINGLES, count)):
        began = stopwatch_ns()
        scorer.deliver(Candles(series, at, at + 1))
        costs.append(stopwatch_ns() - began)
    typical_us = float(np.median(costs)) / 1_000
    if typical_us <= COST_US_MAX:
        return []
    return [
        Finding("COSTLY", "", f"takes {typical_us:,.0f} µs a candle, and {COST_US_MAX:,.0f} µs is the bound")
    ]
