"""What is wrong with a strategy, found on candles before it trades."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from barfinex.clock import stopwatch_ns
from barfinex.detector.program import Program
from barfinex.detector.scoring import ENTRIES, Rule, Scorer, weighted
from barfinex.domain.candles import Candles, Series
from barfinex.sdk.bracket import SLACK
from barfinex.sdk.expressions import Array
from barfinex.sdk.flow import PREFIX
from barfinex.sdk.graph import NodeFailed, columns_of
from barfinex.sdk.others import OTHER
from barfinex.sdk.strategy import Strategy

CANDLES_MAX = 5_000
SINGLES = 300
COST_US_MAX = 1_000.0
WARMUP = 400
"""Candles that a run fetches before the first that it acts on, unless it is told another number."""
STARTS_MAX = 0.002
"""Share of candles that may differ: at a tie the last bit decides, and sums that run on keep theirs."""
GRAVE = ("FAILS", "NOT_DETERMINISTIC", "LOOKS_AHEAD")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: `code` for machines, `condition` it is about (or empty), `text` for people."""

    code: str
    condition: str
    text: str

    @property
    def is_grave(self) -> bool:
        """Whether what the strategy says cannot be trusted at all."""
        return self.code in GRAVE

    def __str__(self) -> str:
        return f"{self.condition}: {self.text}" if self.condition else self.text


def check(
    strategy: Strategy, series: Series, candles_max: int = CANDLES_MAX, least: int = WARMUP
) -> list[Finding]:
    """Findings on at most the first `candles_max` candles of a series; none when all is well.

    Looks for values that depend on later candles or on how candles arrive (I8), on the run or on where the
    data begins, or that fail; for conditions that are always met, or never, and thresholds that are never
    reached; and for what costs too much. `least`: candles that precede the first that is acted on,
    unless the strategy asks for more.
    """
    count, warmup = min(len(series.ts), candles_max), max(least, strategy.warmup)
    named = [
        (f"{rule.name.lower()} {one.id}", one.expression)
        for rule in Rule
        for one in rule.conditions(strategy)
    ]
    program = Program([expr for _, expr in named])
    try:
        apart = _values(program, series, _cuts(count))  # First: what remembers has seen nothing later yet.
        whole = _values(program, series, [0, count])
        again = _values(program, series, [0, count])
        later = _values(program, series, [start := count // 3, count])
    except NodeFailed as failure:
        cause = failure.__cause__
        return [Finding("FAILS", "", f"scoring fails with {type(cause).__name__}: {cause}")]
    findings = []
    for (name, expr), a, b, c, d in zip(named, whole, again, apart, later, strict=True):
        if _apart(a, b).any():
            text = f"two runs over the same candles differ: {_differ(series, a, b, 0)}"
            findings.append(Finding("NOT_DETERMINISTIC", name, text))
        elif _apart(a, c).any():
            what = "looks ahead, or keeps state of its own: with later candles it says something else"
            findings.append(Finding("LOOKS_AHEAD", name, f"{what}: {_differ(series, a, c, 0)}"))
        elif np.sum(_apart(a[start + warmup :], d[warmup:])) > STARTS_MAX * count:
            what = f"depends on where the data begins, even {warmup} candles later"
            where = _differ(series, a[start + warmup :], d[warmup:], start + warmup)
            findings.append(Finding("WARM_UP", name, f"{what}: {where}. Give the strategy a longer warmup="))
        elif not any(column.startswith((PREFIX, OTHER)) for column in columns_of(expr)):
            findings += _met(name, a)
    if not findings:
        findings = _reached(strategy, whole)
    return findings + _cost(strategy, series, count)


def _apart(a: Array, b: Array) -> Array:
    """Where two differ by more than rounding."""
    apart: Array = ~(np.abs(a - b) <= SLACK)  # What is no number is no agreement.
    return apart


def _differ(series: Series, a: Array, b: Array, offset: int) -> str:
    """The first candle at which two of them differ, and both values."""
    at = int(np.flatnonzero(_apart(a, b))[0])
    when = str(np.datetime64(series.ts.item(at + offset), "ms"))[:16].replace("T", " ")
    return f"first at candle {at + offset} ({when}): {a[at]:g} and {b[at]:g}"


def _cuts(count: int) -> list[int]:
    """Where to cut: the first candles one by one, then chunks of every size (seeded)."""
    sizes = np.random.default_rng(count).integers(1, 400, count)
    later = SINGLES + np.cumsum(sizes)
    return [*range(min(SINGLES, count)), *(int(at) for at in later if at < count), count]


def _values(program: Program, series: Series, cuts: list[int]) -> list[Array]:
    states, parts = program.start(), []
    for start, stop in pairwise(cuts):
        states, values = program.run(states, series, start, stop)
        parts.append([np.broadcast_to(np.asarray(one, np.float64), stop - start) for one in values])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _met(name: str, values: Array) -> list[Finding]:
    met = np.flatnonzero(values)
    if not len(met):
        text = f"never met in {len(values)} candles: too rare, or its warm-up is longer than that"
        return [Finding("NEVER_MET", name, text)]
    if np.all(values[met[0] :] == 1.0) and len(met) > 1:
        return [Finding("ALWAYS_MET", name, f"always met from candle {met[0]} on: it decides nothing")]
    return []


def _reached(strategy: Strategy, values: list[Array]) -> list[Finding]:
    """Rules whose conditions are met, each at its time, and never enough of them together."""
    findings, taken = [], 0
    for rule in Rule:
        conditions = rule.conditions(strategy)
        part = values[taken : taken + len(conditions)]
        taken += len(conditions)
        if not conditions or any(
            c.startswith((PREFIX, OTHER)) for one in conditions for c in columns_of(one.expression)
        ):
            continue
        best = float(weighted(part, [one.weight for one in conditions]).max())
        threshold = strategy.threshold if rule in ENTRIES else strategy.exit_threshold
        if best < threshold - SLACK:
            text = f"the score never passes {best:g}, and the threshold is {threshold:g}"
            findings.append(Finding("UNREACHABLE", rule.name.lower(), f"{text}: they are not met together"))
    return findings


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
