"""How two instruments have moved together, read from the candles that both have."""

from __future__ import annotations

from math import sqrt

import numpy as np

from barfinex.domain.candles import Candles

WINDOW = 250
TOGETHER_MIN = 30
"""Returns that two instruments must share before their correlation counts as known."""


def rho(a: Candles, b: Candles) -> float | None:
    """Correlation of log returns over the last 250 candles that both have, in [-1, 1]; None while it is not
    known: fewer than 30 shared returns, a price that is none, or one that stands still."""
    ts_a, ts_b = a.ts[-WINDOW - 1 :], b.ts[-WINDOW - 1 :]
    _, at_a, at_b = np.intersect1d(ts_a, ts_b, assume_unique=True, return_indices=True)
    if len(at_a) <= TOGETHER_MIN:
        return None
    with np.errstate(all="ignore"):
        moves = [
            np.diff(np.log(close[-WINDOW - 1 :][at])) for close, at in ((a.close, at_a), (b.close, at_b))
        ]
    x, y = (move - move.mean() for move in moves)
    spread = float(x @ x) * float(y @ y)
    if not 0.0 < spread < np.inf:
        return None
    return min(1.0, max(-1.0, float(x @ y) / sqrt(spread)))
