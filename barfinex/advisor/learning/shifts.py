"""Whether the world is still the one that was learned from: its features, and what trades come to beside
their shadows."""

from __future__ import annotations

from collections import deque
from math import sqrt

import numpy as np

from barfinex.advisor.calibration.stability import PSI_ALARM, psi
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.labels import Label
from barfinex.domain.candles import Floats
from barfinex.events.advisor_learning import DriftDetected

RECENT = 200
"""Labels that are compared with those of the training, and from one look to the next."""
TRADES_MIN = 30
ERRORS = 2.0


class Shifts:
    """Folds labels. A shift is told, and told again only after as many labels more."""

    def __init__(self) -> None:
        self._reference: Floats | None = None
        self._recent: deque[list[float]] = deque(maxlen=RECENT)
        self._since = 0
        self._gap = (0, 0.0, 0.0)

    def trained(self, rows: Floats) -> None:
        """A model was trained on these rows [n, d] of raw values."""
        self._reference = rows if len(rows) >= RECENT else None

    def learn(self, label: Label) -> list[DriftDetected]:
        return [*self._compare_features(label), *self._compare_trades(label)]

    def _compare_features(self, label: Label) -> list[DriftDetected]:
        """Population stability of each feature between training and the last 200 labels."""
        if label.row:
            self._recent.append(label.row)
            self._since += 1
        if self._reference is None or self._since < RECENT or len(self._recent) < RECENT:
            return []
        self._since = 0
        found = psi(np.nan_to_num(self._reference), np.nan_to_num(np.array(self._recent)))
        worst = int(np.argmax(found))
        if not found[worst] >= PSI_ALARM:
            return []
        return [_told("feature", NAMES[worst], float(found[worst]), PSI_ALARM, RECENT)]

    def _compare_trades(self, label: Label) -> list[DriftDetected]:
        """The mean of traded less shadow, of the same decisions, in its own standard errors."""
        outcome = label.outcome
        if outcome.source != "traded" or outcome.shadow_r is None:
            return []
        gap = outcome.r_net - outcome.shadow_r
        count, total, squares = self._gap
        count, total, squares = count + 1, total + gap, squares + gap * gap
        self._gap = count, total, squares
        if count < TRADES_MIN:
            return []
        error = sqrt(max(squares - total * total / count, 0.0) / (count - 1) / count)
        if not (error > 0.0 and abs(total / count) > ERRORS * error):
            return []
        self._gap = 0, 0.0, 0.0
        return [_told("shadow_gap", label.decision.strategy, abs(total / count) / error, ERRORS, count)]


def _told(kind: str, about: str, statistic: float, threshold: float, since: int) -> DriftDetected:
    return DriftDetected(
        kind=kind, about=about, statistic=statistic, threshold=threshold, since=since, action="told"
    )
