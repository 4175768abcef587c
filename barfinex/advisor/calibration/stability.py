"""Whether the features still are what the model was trained on."""

from __future__ import annotations

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Word


class Shift(Word):
    """How far a feature has moved."""

    STEADY = "steady"
    WARN = "warn"
    ALARM = "alarm"


PSI_WARN, PSI_ALARM = 0.10, 0.25
ROWS_MIN = 200
"""Two samples of 200 from one distribution have a PSI of 0.09 on average: with fewer, all would warn."""


def psi(reference: Floats, recent: Floats, cells: int = 10) -> Floats:
    """Population stability index of each feature, [d]: sum (q - p) ln(q / p) over quantile cells.

    Without a shift it is (cells - 1)(1/n + 1/m) on average (Yurdakul 2018). Half a row is added to every
    cell, so that an empty one is no infinity.

    Args:
        reference: [n, d], what was trained on.
        recent: [m, d].

    Raises:
        BadInput: fewer than 200 rows of either, another number of features, or a number that is not finite.
    """
    if not (reference.ndim == recent.ndim == 2 and reference.shape[1] == recent.shape[1]):
        raise BadInput("features", "the two samples do not have the same columns", "compare like with like")
    if not min(len(reference), len(recent)) >= ROWS_MIN:
        raise BadInput("features", f"fewer than {ROWS_MIN} rows", "wait for more: the index would be noise")
    if not (np.isfinite(reference).all() and np.isfinite(recent).all()):
        raise BadInput("features", "a number is not finite", "fill what is missing as for training")
    columns = range(reference.shape[1])
    return np.array([_psi_of(reference[:, column], recent[:, column], cells) for column in columns])


def shift(index: float) -> Shift:
    """STEADY below 0.10, WARN below 0.25, else ALARM; also when it is not known."""
    if index < PSI_WARN:
        return Shift.STEADY
    return Shift.WARN if index < PSI_ALARM else Shift.ALARM


def _psi_of(reference: Floats, recent: Floats, cells: int) -> float:
    edges = np.unique(np.quantile(reference, np.linspace(0.0, 1.0, cells + 1)[1:-1]))
    p, q = (_shares(sample, edges) for sample in (reference, recent))
    return float((q - p) @ np.log(q / p))


def _shares(sample: Floats, edges: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, sample), minlength=len(edges) + 1) + 0.5
    return np.asarray(counts / counts.sum())
