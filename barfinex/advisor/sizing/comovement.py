"""How two instruments have moved together, read from the candles that both have."""

from __future__ import annotations

from math import sqrt

import numpy as np

from barfinex.domain.candles import Candles

WINDOW = 250
TOGETHER_MIN = 30
"""Returns that two instruments must share before their correlation counts as known."""


def settled(step_ms: int, now: int) -> int:
    """The last moment, ms UTC, up to which all candles are looked at: one in 250 candles, so that a run over
    history can show every instrument's candles by then, whatever blocks they travel in."""
    return now // (WINDOW * step_ms) * WINDOW * step_ms


def rho(a: Candles, b: Candles, now: int) -> float | None:
    """Correlation of log returns over the last 250 candles that both have of those closed before `settled`,
    in [-1, 1]; None while it is not known: fewer than 30 shared returns, a price that is none, or one that
    stands still."""
    before = settled(a.series.step_ms, now) - a.series.step_ms - 1
    ends = [one.after(before) for one in (a, b)]
    ts_a, ts_b = (one.ts[:end][-WINDOW - 1 :] for one, end in zip((a, b), ends, strict=True))
    _, at_a, at_b = np.intersect1d(ts_a, ts_b, assume_unique=True, return_indices=True)
    if len(at_a) <= TOGETHER_MIN:
        return None
    closes = [one.close[:end][-WINDOW - 1 :] for one, end in zip((a, b), ends, strict=True)]
    with np.errstate(all="ignore"):
        moves = [np.diff(np.log(close[at])) for close, at in zip(closes, (at_a, at_b), strict=True)]
    x, y = (move - move.mean() for move in moves)
    spread = float(x @ x) * float(y @ y)
    if not 0.0 < spread < np.inf:
        return None
    return min(1.0, max(-1.0, float(x @ y) / sqrt(spread)))
