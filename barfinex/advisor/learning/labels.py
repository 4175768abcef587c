"""Labels: what was known at a decision beside what became of it, and the columns that training wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.weights import effective, weigh
from barfinex.domain.candles import Floats, Ints
from barfinex.domain.value import Value
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded

LABELS_MAX = 1_000
"""Learned from: with a half-life of 250 effective labels the ones before weigh under a sixteenth."""


class Label(Value, frozen=True):
    """A decision, made at `decided_at` (ms UTC), its outcome, and its raw features: NaN where missing."""

    decision: DecisionResponded
    outcome: OutcomeLabelled
    decided_at: int
    row: list[float]

    @classmethod
    def of(cls, decision: DecisionResponded, outcome: OutcomeLabelled, decided_at: int) -> Label:
        return cls(decision, outcome, decided_at, row_of(decision) if decision.features else [])

    @property
    def won(self) -> bool:
        return self.outcome.won


def row_of(decision: DecisionResponded) -> list[float]:
    """The raw features of a decision by the names of the catalogue; NaN where missing."""
    absent = set(decision.missing)
    return [
        float("nan") if name in absent else value
        for name, value in zip(NAMES, decision.features, strict=True)
    ]


def unpaid(decision: DecisionResponded) -> float:
    """What is still to pay once in, a fraction of the entry price. A fill is on the far side of the book, and
    has slipped: what lies between it and the middle has been paid, though a round trip's cost holds it."""
    paid = decision.direction.sign * (decision.entry / decision.mid - 1.0) + decision.slippage
    return max(0.0, decision.cost - paid)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Labels as columns, in the order of their decisions: `rows` [n, d] of raw values, `posterior` [n, 5]."""

    rows: Floats
    won: Floats
    r_net: Floats
    weights: Floats
    posterior: Floats
    t0: Ints
    t1: Ints
    until: int

    @property
    def n_eff(self) -> float:
        return effective(self.weights)

    def __len__(self) -> int:
        return len(self.won)


def table_of(labels: Sequence[Label]) -> Table:
    """Columns of labels that have features, in the order of their decisions (those of a slower timeframe are
    admitted later), weighted by uniqueness, recency and ambiguity."""
    labels = sorted(labels, key=lambda one: one.decided_at)
    t0 = np.array([one.decided_at for one in labels], dtype=np.int64)
    t1 = np.array([max(one.decided_at, one.outcome.touched_at) for one in labels], dtype=np.int64)
    ambiguous = np.array([one.outcome.ambiguous for one in labels], dtype=np.bool_)
    weights = weigh(t0, t1, [one.decision.instrument for one in labels], ambiguous, {})
    return Table(
        np.array([one.row for one in labels]),
        np.array([one.won for one in labels], dtype=np.float64),
        np.array([one.outcome.r_net for one in labels]),
        weights,
        np.array([one.decision.posterior for one in labels]),
        t0,
        t1,
        max(one.outcome.admitted_at for one in labels),
    )
