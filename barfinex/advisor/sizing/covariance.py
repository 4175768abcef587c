"""The covariance of strategies' daily results: recent days count more, and few days are not believed."""

from __future__ import annotations

from math import isfinite

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.value import Value


class Covariance(Value, frozen=True, eq=False):
    """`matrix` [d, d], positive semi-definite; `shrinkage` in [0, 1] towards a multiple of the identity;
    `n_eff` days it rests on, (sum w)² / sum w²."""

    matrix: Floats
    shrinkage: float
    n_eff: float

    @property
    def correlation(self) -> Floats:
        """[d, d]; 0 with what never moves."""
        spread = np.sqrt(np.diag(self.matrix))
        scale = np.where(spread > 0.0, spread, np.inf)
        return np.asarray(np.clip(self.matrix / np.outer(scale, scale), -1.0, 1.0))


def ledoit_wolf(rows: Floats, half_life: float | None = None) -> Covariance:
    """Ledoit & Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices".

    S = sum w x x' about the weighted mean, m = tr S / d, delta² = |S - m I|², beta² = sum w² |x x' - S|²; the
    estimate is (beta²/delta²) m I + (1 - beta²/delta²) S with beta² at most delta². Equal weights give their
    formula; weights enter as they do in the variance of a weighted mean.

    Args:
        rows: [n, d], a day each, the latest last; n >= 2.
        half_life: days after which a day counts half; None: all count the same.

    Raises:
        ValueError: a number is not finite, there are fewer than two rows, or `half_life` is not above 0.
    """
    if rows.ndim != 2 or len(rows) < 2 or not np.isfinite(rows).all():
        raise ValueError(f"rows of shape {rows.shape}: give at least two days of finite results")
    days, width = rows.shape
    weights = _weights(days, half_life)
    centred = rows - weights @ rows
    sample = (centred * weights[:, None]).T @ centred
    mean = float(np.trace(sample)) / width
    square = float(np.sum(sample * sample))
    delta = square - width * mean * mean
    length = np.sum(centred * centred, axis=1)
    around = np.einsum("ti,ij,tj->t", centred, sample, centred)
    beta = float(np.sum(weights**2 * (length**2 - 2.0 * around + square)))
    shrinkage = 0.0 if not delta > 0.0 else min(max(beta, 0.0), delta) / delta
    matrix = (1.0 - shrinkage) * sample
    matrix[np.diag_indices(width)] += shrinkage * mean
    return Covariance(matrix, shrinkage, 1.0 / float(np.sum(weights**2)))


def _weights(days: int, half_life: float | None) -> Floats:
    """[days], summing to 1, the latest last."""
    if half_life is None:
        return np.full(days, 1.0 / days)
    if not (isfinite(half_life) and half_life > 0.0):
        raise ValueError(f"half_life {half_life}: give a finite number of days above 0")
    raw = 0.5 ** (np.arange(days - 1, -1, -1) / half_life)
    return np.asarray(raw / raw.sum())
