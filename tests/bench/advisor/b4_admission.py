"""B4: is a win rate right at every moment, when losses end sooner than wins?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from barfinex.advisor.learning.admission import Admission
from barfinex.advisor.learning.barriers import Touch, Trip, Watch
from barfinex.advisor.learning.rates import Rates
from tests.bench.advisor.figure import Figure

SIGNALS, EVERY, HORIZON = 6_000, 4, 240
STOP, TARGET, DEVIATION = 0.01, 0.03, 0.0015
RECENT, SETTLED = 50, 1_000
STEP_MS = 60_000
KEY, REGIME = ("family", "strategy", "instrument"), {"any": 1.0}


def figures(signals: int = SIGNALS) -> Iterator[Figure]:
    touches = outcomes(signals)
    truth = float(np.mean([one.net_r > 0.0 for one in touches]))
    admitted, resolved = served(touches)
    what = f"3R/1R bracket, truth {truth:.3f}: base rate off by"
    yield Figure("B4", f"{what}, admitted at the horizon", abs(admitted - truth), "<= 0.02")
    early = abs(resolved - truth)
    yield Figure("B4", f"{what}, what is resolved of the last 50", early, "<= 0.02", control=True)
    yield Figure("B4", "the same, which has to be seen", early, "> 0.15")


def outcomes(signals: int) -> list[Touch]:
    """Of long signals, each on a driftless walk of its own, a candle being its close."""
    rng, found = np.random.default_rng(4), []
    for _ in range(signals):
        closes = 100.0 * (1.0 + np.cumsum(rng.normal(0.0, DEVIATION, HORIZON)))
        one = Watch(Trip(100.0, 1, STOP, TARGET, HORIZON)).advance(closes, closes, closes, closes)
        assert isinstance(one, Touch)
        found.append(one)
    return found


def served(touches: list[Touch]) -> tuple[float, float]:
    """Means over time, a signal every four candles, of two win rates: the base rate learned from what was
    admitted at its horizon, once a thousand were; and that of the resolved ones of the last fifty."""
    queue: Admission[bool] = Admission(HORIZON * STEP_MS)
    rates, count = Rates(), 0
    admitted, resolved = [], []
    won, ends = np.array([one.net_r > 0.0 for one in touches]), np.array([one.index + 1 for one in touches])
    ends += np.arange(len(touches)) * EVERY
    for at in range(len(touches)):
        now = at * EVERY
        queue.expect(f"{at:06d}", now * STEP_MS)
        for ended in np.flatnonzero((ends > now - EVERY) & (ends <= now)):
            queue.resolve(f"{ended:06d}", bool(won[ended]))
        for _, outcome in queue.admit(now * STEP_MS)[0]:
            rates.learn(KEY, REGIME, outcome)
            count += 1
        recent = slice(max(0, at - RECENT), at)
        known = ends[recent] <= now
        if count >= SETTLED:
            admitted.append(rates.base(KEY, 0.5))
            resolved.append(won[recent][known].mean() if known.any() else np.nan)
    assert queue.unresolved == queue.dropped == queue.late == 0
    return float(np.mean(admitted)), float(np.nanmean(resolved))
