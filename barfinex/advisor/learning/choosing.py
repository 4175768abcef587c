"""Which method calibrates: every one on the menu is judged by each outcome before it learns from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

import numpy as np

from barfinex.advisor.calibration.selection import FIT_LABELS_MAX, REFIT_LABELS, Selection
from barfinex.advisor.learning.labels import Label
from barfinex.domain.candles import Floats
from barfinex.events.advisor_learning import ModelSwitched

Columns = tuple[Floats, Floats, Floats, Floats]
Row = tuple[float, tuple[float, ...], bool, float]
"""Logit, posterior, won, weight."""


class Choosing:
    """Scores the menu on the logits that were served, many outcomes at a time: between two fits of the
    methods it makes no difference when they are judged. The hierarchical calibrator, which is trained with
    each model, serves until another method has been better beyond doubt."""

    def __init__(self) -> None:
        self.selection = Selection()
        self._rows: deque[Row] = deque(maxlen=FIT_LABELS_MAX)
        self._new = 0
        self._due: Columns | None = None

    def learn(self, label: Label) -> list[ModelSwitched]:
        """One outcome more; the switch, where it decided one."""
        decision = label.decision
        if decision.logit is None:
            return []
        self._rows.append((decision.logit, decision.posterior, label.won, min(1.0, label.outcome.weight)))
        self._new += 1
        if self._new < every(self.selection.n):
            return []
        self.settle()
        before, new = self.selection.incumbent, islice(self._rows, len(self._rows) - self._new, None)
        self.selection, self._due = self.selection.admitted(*_columns(new)), _columns(self._rows)
        self._new = 0
        after = self.selection.incumbent
        if after == before:
            return []
        return [ModelSwitched(kind="calibrator", before=before, after=after, reason="prequential log score")]

    def settle(self) -> None:
        """Fit the menu on all outcomes that are kept, which takes too long while a signal waits."""
        if self._due is not None:
            self.selection, self._due = self.selection.refitted(*self._due), None


def every(count: int) -> int:
    """Outcomes from one fit of the methods to the next: the more there are, the less one more says."""
    return REFIT_LABELS if count < 500 else 200 if count < 1_000 else 500


def _columns(rows: Iterable[Row]) -> Columns:
    z, posterior, won, weights = zip(*rows, strict=True)
    return np.array(z), np.array(posterior), np.array(won, dtype=np.float64), np.array(weights)
