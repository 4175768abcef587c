"""Why nothing fired, and by how much: every condition's value and both sides of what it compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barfinex.detector.beside import Beside
from barfinex.detector.levels import levels_of
from barfinex.detector.program import Program
from barfinex.detector.scoring import ENTRIES, Rule, weighted
from barfinex.domain.candles import Series
from barfinex.sdk.bracket import SLACK
from barfinex.sdk.expressions import Array, Expr
from barfinex.sdk.strategy import Condition, Strategy
from barfinex.sdk.texts import compared, text_of


@dataclass(frozen=True, slots=True)
class Why:
    """One condition at a candle: `sides` are the two numbers that it compares, if that is what it does."""

    id: str
    value: float
    weight: float
    text: str
    sides: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule came to at the candle that starts at `ts`; `short` is what was missing to its threshold,
    0 or less when it was reached; `hindered` says what stood in the way all the same."""

    rule: str
    ts: int
    score: float
    threshold: float
    conditions: tuple[Why, ...]
    hindered: str

    @property
    def short(self) -> float:
        return self.threshold - self.score


def ask(strategy: Strategy, series: Series, at: int, beside: Beside | None = None) -> list[Answer]:
    """Every rule of the strategy at candle `at` of the series, computed from the series' first candle on."""
    rules = [rule for rule in Rule if rule.conditions(strategy)]
    values = _values(strategy, series, at + 1, beside)
    answers = []
    for rule in rules:
        conditions = rule.conditions(strategy)
        whys = tuple(_why(one, values, at) for one in conditions)
        threshold = strategy.threshold if rule in ENTRIES else strategy.exit_threshold
        score = sum(one.value * one.weight for one in whys)
        reached = score >= threshold - SLACK
        hindered = _hindered(strategy, rule, values, at) if reached else ""
        answers.append(Answer(rule.name.lower(), series.ts.item(at), score, threshold, whys, hindered))
    return answers


def nearest(
    strategy: Strategy, series: Series, since: int, count: int, beside: Beside | None = None
) -> list[tuple[int, str, float]]:
    """The near misses of entries from candle `since` on: (index, rule, score), the nearest first."""
    found: list[tuple[int, str, float]] = []
    values = _values(strategy, series, len(series.ts), beside)
    for rule in ENTRIES:
        conditions = rule.conditions(strategy)
        if not conditions:
            continue
        parts = [values[one.expression] for one in conditions]
        score = weighted(parts, [one.weight for one in conditions])
        missed = np.flatnonzero(score[since:] < strategy.threshold - SLACK) + since
        best = missed[np.argsort(-score[missed], kind="stable")][:count]
        found += [(at, rule.name.lower(), float(score[at])) for at in best.tolist()]
    return sorted(found, key=lambda one: (-one[2], one[0]))[:count]


def _values(strategy: Strategy, series: Series, stop: int, beside: Beside | None) -> dict[Expr, Array]:
    """Every condition, both sides of each comparison, and the bracket's distances, at the first candles."""
    wanted: dict[Expr, None] = {}
    for rule in Rule:
        for one in rule.conditions(strategy):
            wanted[one.expression] = None
            wanted.update(dict.fromkeys(compared(one.expression) or ()))
    wanted.update(dict.fromkeys(level.expression for level in levels_of(strategy.bracket)))
    program = Program(wanted)
    if beside is not None:
        program.beside = beside
    _, found = program.run(program.start(), series, 0, stop)
    return {expr: np.broadcast_to(one, stop) for expr, one in zip(wanted, found, strict=True)}


def _why(one: Condition, values: dict[Expr, Array], at: int) -> Why:
    sides = compared(one.expression)
    numbers = None if sides is None else (float(values[sides[0]][at]), float(values[sides[1]][at]))
    return Why(one.id, float(values[one.expression][at]), one.weight, text_of(one.expression), numbers)


def _hindered(strategy: Strategy, rule: Rule, values: dict[Expr, Array], at: int) -> str:
    """Why a score that was reached gave no signal by itself: the bracket, the other side, the warm-up."""
    if at + 1 < strategy.warmup:
        return f"it is warming up: {strategy.warmup - at - 1} candles are left"
    if rule not in ENTRIES:
        return ""
    for level in levels_of(strategy.bracket):
        distance = float(values[level.expression][at])
        above = distance >= level.over if level.at_least else distance > level.over
        if not (above and distance < level.under):
            return f"{level.name} is {distance:g}, and has to lie inside ({level.over:g}, {level.under:g})"
    other = Rule.SHORT if rule is Rule.LONG else Rule.LONG
    scores = [_score(one.conditions(strategy), values, at) for one in (rule, other)]
    if scores[1] >= max(scores[0], strategy.threshold - SLACK):
        return f"{other.name.lower()} scores {scores[1]:g}, not less: a tie is no signal"
    return ""


def _score(conditions: Sequence[Condition], values: dict[Expr, Array], at: int) -> float:
    return sum(float(values[one.expression][at]) * one.weight for one in conditions)
