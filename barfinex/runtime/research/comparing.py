"""Two versions of a strategy on the same history: what differs, and whether it is more than luck."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.runtime.research.trial import Result

BLOCK_DAYS = 10
DRAWS = 2_000
DAYS_MIN = 2 * BLOCK_DAYS


class Difference(NamedTuple):
    """Of B less A: mean daily return, its 95 % interval, and the share of draws in which B is not better."""

    daily: float
    low: float
    high: float
    not_better: float


def difference(a: Floats, b: Floats, seed: int) -> Difference | None:
    """Paired stationary bootstrap of daily returns, blocks of ten days on average; None under twenty days.

    D. N. Politis, J. P. Romano, "The Stationary Bootstrap", JASA 89 (1994).
    """
    apart = b - a
    days = len(apart)
    if days < DAYS_MIN:
        return None
    draw = np.random.Generator(np.random.PCG64(seed))
    means = np.empty(DRAWS)
    for number in range(DRAWS):
        starts = draw.integers(0, days, days)
        goes_on = draw.random(days) >= 1.0 / BLOCK_DAYS
        goes_on[0] = False
        begun = np.maximum.accumulate(np.where(goes_on, 0, np.arange(days)))
        means[number] = apart[(starts[begun] + np.arange(days) - begun) % days].mean()
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(float(apart.mean()), float(low), float(high), float(np.mean(means <= 0.0)))


def compared(a: Result, b: Result, seed: int = 1) -> dict[str, Any]:
    """Both results side by side and their difference, JSON-ready."""
    apart = difference(a.daily, b.daily, seed)
    return {
        "a": a.facts(),
        "b": b.facts(),
        "difference": None if apart is None else apart._asdict(),
    }
