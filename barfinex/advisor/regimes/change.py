"""A hint that volatility is no longer what it was: an e-detector on squared standardised returns.

Bets are laid on a bounded score s in [0, 1] against its usual mean m, known beforehand: a wealth grows by the
factor 1 + bet x (s - m), whose mean is 1 while nothing changes. CUSUM of each wealth, averaged over the bets;
an alarm where that reaches `ALARM`, so that false ones come on average no oftener than each `ALARM` candles
(e-detectors: Shin, Ramdas, Rinaldo, 2022, arXiv 2203.03532).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from barfinex.advisor.regimes.inputs import WARM, filled, smooth
from barfinex.advisor.regimes.states import Flags
from barfinex.domain.candles import Floats

CLIP = 4.0
"""Squared deviations that make the highest score."""
MEMORY = 1 / 240
USUAL = 0.05, 0.45
"""Bounds of the usual mean: inside them every factor is above 0."""
BETS = np.array([-1.0, -0.5, 0.5, 1.0, 2.0])[:, None]
ALARM = 1_000.0
LASTS = 24
"""Candles that a hint lasts: as long as the fast volatility remembers."""
STRETCH = 512
"""Candles worked on at once: after an alarm the sums begin anew."""


class Bets(NamedTuple):
    """After `taken` candles: the filter of the usual mean and the mean itself, the sums of log factors of
    each bet with their lowest, [5, 1], and how long ago the last alarm was."""

    taken: int
    smooth: Floats
    usual: float
    sums: Floats
    lows: Floats
    ago: int


def fresh() -> Bets:
    """Before the first candle, with no alarm in memory."""
    nothing = np.zeros((len(BETS), 1))
    return Bets(0, np.zeros(1), 0.0, nothing, nothing, LASTS)


def hints(bets: Bets, surprise: Floats) -> tuple[Flags, Bets]:
    """Whether a change is hinted at after each candle, [n], and the bets then.

    Args:
        surprise: [n], n >= 1, squared return over the variance known before it; NaN bets nothing.
    """
    size = len(surprise)
    score = np.minimum(np.nan_to_num(surprise, nan=1.0), CLIP) / CLIP
    sums, state = smooth(MEMORY, score, bets.smooth)
    counts = np.arange(bets.taken + 1, bets.taken + 1 + size, dtype=np.float64)
    means = sums / filled(MEMORY, counts)
    usual = np.concatenate(([bets.usual], means[:-1])).clip(*USUAL)
    growth = np.log1p(BETS * (score - usual))
    growth[:, : max(0, WARM - bets.taken)] = 0.0
    alarms, held, lows = _alarms(growth, bets.sums, bets.lows)
    place = np.arange(size)
    last = np.maximum.accumulate(np.where(alarms, place, -1))
    ago = np.where(last < 0, bets.ago + 1 + place, place - last)
    after = Bets(bets.taken + size, state, means.item(-1), held, lows, min(ago.item(-1), LASTS))
    return np.asarray(ago < LASTS), after


def _alarms(growth: Floats, sums: Floats, lows: Floats) -> tuple[Flags, Floats, Floats]:
    """Where the averaged wealth reaches `ALARM`, and the sums after it; every alarm starts them at 0."""
    size = growth.shape[1]
    alarms = np.zeros(size, dtype=np.bool_)
    start = 0
    while start < size:
        stretch = growth[:, start : start + STRETCH]
        path = np.cumsum(np.concatenate((sums, stretch), axis=1), axis=1)
        floor = np.minimum.accumulate(np.concatenate((lows, path[:, :-1]), axis=1), axis=1)[:, 1:]
        # In a fixed order: a mean over an axis may be summed otherwise for one candle than for many.
        wealth = np.exp(path[:, 1:] - floor)
        mean = (wealth[0] + wealth[1] + wealth[2] + wealth[3] + wealth[4]) / len(BETS)
        over = mean >= ALARM
        first = int(over.argmax())
        if over[first]:
            alarms[start + first] = True
            sums = lows = np.zeros((len(BETS), 1))
            start += first + 1
        else:
            sums, lows = path[:, -1:].copy(), floor[:, -1:].copy()
            start += STRETCH
    return alarms, sums, lows
