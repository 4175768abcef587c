"""Scores of one strategy on one series: computed piece by piece, kept only where they reached a threshold."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np

from barfinex.detector.beside import Beside
from barfinex.detector.levels import levels_of, levels_stand, made
from barfinex.detector.program import Program
from barfinex.domain.candles import Candles, Floats, Ints, Series
from barfinex.domain.signal import Bracket as Levels
from barfinex.domain.signal import Direction, SignalKind
from barfinex.sdk.bracket import SLACK
from barfinex.sdk.expressions import Array, Expr
from barfinex.sdk.graph import NodeFailed, contains
from barfinex.sdk.strategy import Condition, Strategy

PIECE = 16_384
"""Candles computed at once: few enough for the processor's cache, and memory does not grow with data."""
AHEAD_MAX = 8 * PIECE
"""Candles looked ahead in one question; there it stops and is asked again, so what is kept has a bound."""


class Computing(Protocol):
    """What computes a strategy's conditions and distances: `Program`, here or elsewhere."""

    beside: Beside

    def start(self) -> Any: ...

    def run(self, states: Any, series: Series, start: int, stop: int) -> tuple[Any, list[Array]]: ...


class Rule(Enum):
    """What a strategy can say: the conditions of one kind and direction together."""

    LONG = (SignalKind.ENTRY, Direction.LONG)
    SHORT = (SignalKind.ENTRY, Direction.SHORT)
    EXIT_LONG = (SignalKind.EXIT, Direction.LONG)
    EXIT_SHORT = (SignalKind.EXIT, Direction.SHORT)

    __hash__ = object.__hash__  # There is one of each; before Python 3.12 the inherited one is Python code.

    def conditions(self, strategy: Strategy) -> Sequence[Condition]:
        found: Sequence[Condition] = getattr(strategy, self.name.lower())
        return found


ENTRIES = (Rule.LONG, Rule.SHORT)
EXITS = {Direction.LONG: (Rule.EXIT_LONG,), Direction.SHORT: (Rule.EXIT_SHORT,)}


def expressions(strategy: Strategy) -> list[Expr]:
    """All that is computed for a strategy, in the order in which it is scored."""
    conditions = [one.expression for rule in Rule for one in rule.conditions(strategy)]
    return [*conditions, *(level.expression for level in levels_of(strategy.bracket))]


@dataclass(frozen=True, slots=True)
class Fault:
    """The candle (index in its series) at which scoring failed, and why."""

    at: int
    reason: str


class Hits:
    """The candles at which a rule fired, by index in their series, with one row of values per hit."""

    __slots__ = ("at", "rows")

    def __init__(self, width: int) -> None:
        self.clear(width)

    def clear(self, width: int) -> None:
        self.at: list[int] = []
        self.rows: Floats = np.empty((0, width))

    def add(self, at: Ints, rows: Floats, since: int) -> None:
        """Append; what lies before `since` was delivered and is dropped."""
        keep = bisect_left(self.at, since)
        self.at = self.at[keep:] + at.tolist()
        self.rows = np.concatenate((self.rows[keep:], rows))

    def first(self, since: int) -> int | None:
        found = bisect_left(self.at, since)
        return self.at[found] if found < len(self.at) else None

    def row(self, at: int) -> list[float] | None:
        found = bisect_left(self.at, at)
        if found == len(self.at) or self.at[found] != at:
            return None
        row: list[float] = self.rows[found].tolist()
        return row


class Scorer:
    """One strategy on one instrument and timeframe, moved forward by delivered blocks.

    It may be shown coming candles ahead of their time (`first`); what was computed then is not done again.
    """

    def __init__(
        self, strategy: Strategy, beside: Beside | None = None, program: Computing | None = None
    ) -> None:
        self.strategy = strategy
        self.fault: Fault | None = None
        self._rules = [rule for rule in Rule if rule.conditions(strategy)]
        self._named = [(one.id, one.expression) for rule in self._rules for one in rule.conditions(strategy)]
        self._bounded = levels_of(strategy.bracket)
        self._levels = [(level.name, level.expression) for level in self._bounded]
        expressions = [expr for _, expr in (*self._named, *self._levels)]
        self._program: Computing = Program(expressions) if program is None else program
        if beside is not None:
            self._program.beside = beside
        self._states = self._program.start()
        self._weights = {rule: [one.weight for one in rule.conditions(strategy)] for rule in self._rules}
        self._thresholds = {
            rule: (strategy.threshold if rule in ENTRIES else strategy.exit_threshold) - SLACK
            for rule in self._rules
        }
        self._hits = {rule: Hits(self._width(rule)) for rule in self._rules}
        self._series: Series | None = None
        self.seen = 0  # Candles delivered of all series.
        self._computed = self._delivered = 0  # Indices in that series; computed runs ahead of delivered.
        self._last_ts: int | None = None

    def _width(self, rule: Rule) -> int:
        return len(rule.conditions(self.strategy)) + (len(self._levels) if rule in ENTRIES else 0)

    def deliver(self, block: Candles) -> int | None:
        """Take a block in; the index of its last candle, or None when nothing in it is new."""
        start = self.new_from(block)
        if start >= block.stop:
            return None
        self._follow(block.series, start)
        self._delivered = block.stop - 1  # What fired before the last candle is history, and not kept.
        self._extend(block.stop)
        self._delivered, self._last_ts = block.stop, block.last_ts
        self.seen += block.stop - start
        return block.stop - 1

    def first(self, block: Candles, rules: Iterable[Rule], since: int, enough: int = AHEAD_MAX) -> int | None:
        """Index of the coming candle to stop at: where scoring fails, a rule fires, or it is far enough.

        Whole pieces are scored, and kept, but none that begins more than `enough` candles ahead.
        """
        start = self.new_from(block)
        if start >= block.stop:
            return None
        self._follow(block.series, start)
        hits = [self._hits[rule] for rule in rules if rule in self._hits]
        end, beyond = min(block.stop, start + AHEAD_MAX), start + enough
        for until in range(min(self._computed, end), end + PIECE, PIECE):
            self._extend(min(until, end))
            found = min((at for one in hits if (at := one.first(since)) is not None), default=end)
            if self.fault is not None:
                found = min(found, self.fault.at)
            if found < end:
                return found
            if beyond <= self._computed < end:
                return beyond
        return None if end == block.stop else end - 1

    def scored(self, rule: Rule, at: int) -> tuple[list[float], Levels | None] | None:
        """The conditions' values, and an entry's bracket, where the rule fired; None elsewhere."""
        hits = self._hits.get(rule)
        row = None if hits is None else hits.row(at)
        if row is None:
            return None
        width = len(rule.conditions(self.strategy))
        if rule not in ENTRIES:
            return row, None
        step = 0 if self._series is None else self._series.step_ms
        return row[:width], made(self.strategy.bracket, row[width:], step)

    def new_from(self, block: Candles) -> int:
        """Index of the block's first candle that was not delivered before."""
        if self._last_ts is None or block.series.ts.item(block.start) > self._last_ts:
            return block.start
        return block.after(self._last_ts) + block.start

    def _follow(self, series: Series, start: int) -> None:
        if series is self._series:
            return
        if self._computed != self._delivered:
            raise RuntimeError(f"{series.instrument}: candles shown ahead never came")
        self._series = series
        self._computed = self._delivered = start
        for rule, hits in self._hits.items():
            hits.clear(self._width(rule))

    def _extend(self, stop: int) -> None:
        while self._computed < stop and self.fault is None:
            end = min(stop, self._computed + PIECE)
            if not self._compute(end):
                self._compute_singly(end)

    def _compute_singly(self, stop: int) -> None:
        """Up to the first candle that fails: the same one whatever the chunks were."""
        while self._computed < stop and self._compute(self._computed + 1):
            pass

    def _compute(self, stop: int) -> bool:
        """Score candles up to `stop`. False, and nothing changed, if that failed; one candle's is a fault."""
        assert self._series is not None, "a block was followed"
        start = self._computed
        try:
            self._states, roots = self._program.run(self._states, self._series, start, stop)
        except NodeFailed as failure:
            if stop - start == 1:
                self.fault = Fault(start, self._explain(failure))
            return False
        self._computed = stop
        self._keep(start, roots)
        return True

    def _keep(self, start: int, roots: list[Array]) -> None:
        levels = roots[len(self._named) :]
        scores: dict[Rule, tuple[Floats, list[Array]]] = {}
        taken = 0
        for rule, weights in self._weights.items():
            values = roots[taken : taken + len(weights)]
            taken += len(weights)
            scores[rule] = (weighted(values, weights), values)
        for rule, (score, values) in scores.items():
            fired = score >= self._thresholds[rule]
            if not fired.any():
                continue
            if rule in ENTRIES:
                fired &= self._stands(rule, scores, levels)
            at = np.flatnonzero(fired)
            rows = np.empty((len(at), self._width(rule)))
            for column, one in enumerate((*values, *levels)[: rows.shape[1]]):
                rows[:, column] = one[at] if one.ndim else one
            self._hits[rule].add(at + start, rows, self._delivered)

    def _stands(
        self, rule: Rule, scores: dict[Rule, tuple[Floats, list[Array]]], levels: list[Array]
    ) -> Array:
        """Where the bracket is usable and the other direction scores less: a tie is no signal."""
        stands = levels_stand(self._bounded, levels)
        other = scores.get(Rule.SHORT if rule is Rule.LONG else Rule.LONG)
        if other is None:
            return stands
        return stands & ~((other[0] >= self._thresholds[rule]) & (other[0] >= scores[rule][0]))

    def _explain(self, failure: NodeFailed) -> str:
        name = next(name for name, expr in (*self._named, *self._levels) if contains(expr, failure.node))
        error = failure.__cause__
        kind = getattr(error, "kind", type(error).__name__)  # Raised elsewhere, it is named by a text.
        assert self._series is not None, "a block was followed"
        instrument, timeframe, ts = self._series.instrument, self._series.timeframe, self._series.ts
        return f"{name} at {instrument} {timeframe} candle {ts[self._computed]}: {kind}: {error}"


def weighted(values: Sequence[Array], weights: Sequence[float]) -> Floats:
    """The score of each candle."""
    total: Floats = values[0] * weights[0]
    for value, weight in zip(values[1:], weights[1:], strict=True):
        total = total + value * weight
    return total
