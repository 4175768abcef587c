"""Which method calibrates: every one on the menu is judged by each outcome before it learns from it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from barfinex.advisor.calibration.menu import DEFAULT, NAMES, AnyCalibrator
from barfinex.advisor.calibration.selection import REFIT_LABELS, Selection
from barfinex.advisor.learning.labels import Label
from barfinex.domain.candles import Floats
from barfinex.events.advisor_learning import ModelSwitched

Columns = tuple[Floats, Floats, Floats, Floats]


EARLY, LATER = 500, 200
"""Outcomes up to which the methods are fitted at each fifty, and from one fit to the next after that."""


class Choosing:
    """Scores the menu on the logits that were served, many outcomes at a time: between two fits of the
    methods it makes no difference when they are judged. The hierarchical calibrator, which is trained with
    each model, serves until another method has been better beyond doubt."""

    def __init__(self) -> None:
        self.selection = Selection()
        self._new: list[Label] = []
        self._due: Columns | None = None

    @property
    def calibrator(self) -> AnyCalibrator | None:
        """What serves in place of the default; None while nothing does."""
        chosen = self.selection.incumbent
        return None if chosen == DEFAULT else self.selection.fitted[NAMES.index(chosen)]

    def learn(self, label: Label, labels: Iterable[Label]) -> list[ModelSwitched]:
        """One outcome more, the last of `labels`; the switch, where it decided one."""
        if label.decision.logit is None:
            return []
        self._new.append(label)
        if len(self._new) < (REFIT_LABELS if self.selection.n < EARLY else LATER):
            return []
        self.settle()
        before, known = self.selection.incumbent, [one for one in labels if one.decision.logit is not None]
        self.selection, self._due = self.selection.admitted(*_columns(self._new)), _columns(known)
        self._new = []
        after = self.selection.incumbent
        if after == before:
            return []
        return [ModelSwitched(kind="calibrator", before=before, after=after, reason="prequential log score")]

    def settle(self) -> None:
        """Fit the menu on the outcomes of the last fifty, which takes too long while a signal waits."""
        if self._due is not None:
            self.selection, self._due = self.selection.refitted(*self._due), None


def _columns(labels: list[Label]) -> Columns:
    """Logits, posteriors, outcomes and weights."""
    return (
        np.array([one.decision.logit for one in labels], dtype=np.float64),
        np.array([one.decision.posterior for one in labels]),
        np.array([one.won for one in labels], dtype=np.float64),
        np.array([min(1.0, one.outcome.weight) for one in labels]),
    )
