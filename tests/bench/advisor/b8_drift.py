"""B8: does the drift detector hear a loss of ten points of win rate in time, and nothing without one?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from barfinex.advisor.calibration.drift import DriftDetector, threshold
from barfinex.domain.candles import Floats
from tests.bench.advisor.figure import Figure

RUNS, LABELS, CHANGE, HORIZON = 200, 2_000, 500, 500
DROP = 0.10
HASTY = 200.0
"""A threshold mistaken for an e-value's."""

Alarm = Callable[[Floats, Floats], int]


def figures(runs: int = RUNS) -> Iterator[Figure]:
    delay, heard, false = measured(e_detector(threshold(1)), runs)
    yield Figure("B8", f"-{DROP} at {CHANGE}: median delay, labels", delay, "<= 250")
    yield Figure("B8", f"-{DROP} at {CHANGE}: share heard within {HORIZON}", heard, ">= 0.90")
    yield Figure("B8", f"share of false alarms in {LABELS}", false, "<= 0.35")
    delay, heard, _ = measured(page_hinkley, runs)
    yield Figure("B8", "median delay, Page-Hinkley", delay, "<= 250", control=True)
    yield Figure("B8", f"share heard within {HORIZON}, Page-Hinkley", heard, ">= 0.90", control=True)
    false = measured(e_detector(HASTY), runs)[2]
    yield Figure("B8", f"false alarms, e-detector at {HASTY:g}", false, "<= 0.35", control=True)


def measured(alarm: Alarm, runs: int) -> tuple[float, float, float]:
    """(median delay, share heard in time, share of false alarms where nothing changed). Runs with an alarm
    before the change count for neither of the first two."""
    drifted = [alarm(*stream(LABELS, CHANGE, np.random.default_rng([81, run]))) for run in range(runs)]
    delays = np.array([at - CHANGE for at in drifted if at >= CHANGE])
    quiet = [alarm(*stream(LABELS, LABELS, np.random.default_rng([80, run]))) for run in range(runs)]
    false = float(np.mean([at < LABELS for at in quiet]))
    return float(np.median(delays)), float(np.mean(delays < HORIZON)), false


def stream(n: int, change: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """[n] probabilities as served, and what became of them: true until `change`, then ten points too high."""
    p = np.clip(rng.normal(0.5, 0.08, n), 0.2, 0.8)
    truth = np.where(np.arange(n) < change, p, np.clip(p - DROP, 0.02, 0.98))
    return p, (rng.random(n) < truth).astype(np.float64)


def e_detector(limit: float) -> Alarm:
    """The label at which ours raises its first alarm; n if it never does."""

    def alarm(p: Floats, won: Floats) -> int:
        detector = DriftDetector(limit)
        for at, (said, outcome) in enumerate(zip(p.tolist(), won.tolist(), strict=True)):
            detector = detector.update(said, outcome == 1.0)
            if detector.alarm:
                return at
        return len(p)

    return alarm


def page_hinkley(p: Floats, won: Floats) -> int:
    """Page (1954) on said less won, as river sets it: threshold 50, slack 0.005, both ways."""
    mean = up = down = 0.0
    for at, miss in enumerate((p - won).tolist()):
        mean += (miss - mean) / (at + 1)
        up, down = max(0.0, up + miss - mean - 0.005), max(0.0, down - miss + mean - 0.005)
        if at >= 30 and max(up, down) > 50.0:
            return at
    return len(p)
