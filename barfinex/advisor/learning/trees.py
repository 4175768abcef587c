"""The boosted rung as it is served: trees, with a calibrator of their own."""

from __future__ import annotations

import numpy as np

from barfinex.advisor.calibration.hierarchical import HierarchicalPlatt, fit_hierarchical
from barfinex.advisor.learning.boosted import Boosted, Forest, train
from barfinex.advisor.learning.labels import Table
from barfinex.advisor.learning.splits import kfold
from barfinex.domain.value import Value


class Trees(Value, frozen=True):
    """Boosted trees of the raw features, and the calibrator of their logits."""

    model: Boosted
    calibrator: HierarchicalPlatt


def grow(features: tuple[str, ...], table: Table, embargo_ms: int) -> Trees:
    """The trees on all labels; their calibrator on logits of labels that the trees behind each have not seen.

    Raises:
        ValueError: the labels of a fold are all wins or all losses, or each overlaps all others.
    """
    z = np.full(len(table), np.nan)
    for inside, outside in kfold(table.t0, table.t1, embargo_ms):
        part = Forest.of(train(features, table.rows[inside], table.won[inside], table.weights[inside]))
        z[outside] = part.logits(part.scaler.rows(table.rows[outside]))
    known = np.isfinite(z)
    if not table.weights[known].sum() > 0.0:
        raise ValueError("every label overlaps all others: wait for some that do not")
    calibrator = fit_hierarchical(z[known], table.posterior[known], table.won[known], table.weights[known])
    return Trees(train(features, table.rows, table.won, table.weights), calibrator)
