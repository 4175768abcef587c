"""Until there is a mixture: volatility and trend against their own last five hundred candles."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from barfinex.advisor.regimes.states import NAMED, STATES, UNKNOWN, State
from barfinex.domain.candles import Floats, Ints

TRAILING = 500
ENOUGH = 60
"""Candles below which a rank says nothing."""
LOUD = 0.8
MOVING = 0.7
"""Ranks from which a volatility, or a trend, is high."""
TREND_MIN = 1.0
"""Standard errors that chance alone exceeds one time in three: below it nothing moves."""
TRUST = 0.6
"""Posterior of what a rule names; the other states share the rest."""


def judge(before: Floats, vol: Floats, trend: Floats) -> tuple[Ints, Floats]:
    """Each candle's own state number, [n], and its posterior over `NAMED`, [5, n].

    A candle is ranked among at most `TRAILING` before it, never among later ones; with fewer than `ENOUGH`
    it is UNKNOWN, and all states are equally probable.

    Args:
        before: [2, m], volatility and |trend| of the candles before, oldest first.
        vol, trend: [n], n >= 1; the trend signed.
    """
    moves = np.abs(trend)
    loud, known = _rank(before[0], vol)
    fast, _ = _rank(before[1], moves)
    moving = (fast >= MOVING) & (moves >= TREND_MIN)
    quiet = np.where(moving, np.where(trend > 0.0, _number(State.TREND_UP), _number(State.TREND_DOWN)), 2)
    noisy = np.where(moving, _number(State.BREAKOUT), _number(State.STRESS))
    seen = np.where(loud >= LOUD, noisy, quiet)
    seen[(known < ENOUGH) | ~np.isfinite(vol)] = UNKNOWN
    return seen, posterior(seen)


def posterior(seen: Ints) -> Floats:
    """[5, n]: `TRUST` for what was named and equal shares for the rest; all equal for UNKNOWN."""
    rest = (1.0 - TRUST) / (len(NAMED) - 1)
    named = np.arange(len(NAMED))[:, None]
    return np.where(seen == UNKNOWN, 1.0 / len(NAMED), np.where(named == seen, TRUST, rest))


def _rank(before: Floats, values: Floats) -> tuple[Floats, Ints]:
    """The share of the trailing values that is lower, and how many there are."""
    missing = np.full(max(0, TRAILING - len(before)), np.nan)
    line = np.concatenate((missing, before[-TRAILING:], values[:-1]))
    windows = sliding_window_view(line, TRAILING)
    count = np.isfinite(windows).sum(axis=1)
    lower = (windows < values[:, None]).sum(axis=1)
    return lower / np.maximum(count, 1), count


def _number(state: State) -> int:
    return STATES.index(state)
