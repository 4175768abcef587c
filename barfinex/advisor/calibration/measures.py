"""How far probabilities are from what became of them: scores, and their parts."""

from __future__ import annotations

from math import sqrt

import numpy as np

from barfinex.advisor.calibration.methods.isotonic import tallied
from barfinex.advisor.learning.newton import map_logistic
from barfinex.domain.candles import Floats, Ints
from barfinex.domain.value import Value

BINS = 10
Z_90 = 1.6448536269514722
"""A normal variable is within this many standard deviations nine times out of ten."""


class Brier(Value, frozen=True):
    """`score` = miscalibration - discrimination + uncertainty."""

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


class Bin(Value, frozen=True):
    """Of `n` trades said to win with probability `said`, on average, the share `won` did; the true share is
    in [low, high] with 90 % confidence."""

    n: int
    said: float
    won: float
    low: float
    high: float


def brier(p: Floats, won: Floats) -> float:
    """Mean squared distance (Brier 1950)."""
    return float(np.mean((p - won) ** 2))


def brier_split(p: Floats, won: Floats) -> Brier:
    """CORP (Dimitriadis, Gneiting & Jordan 2021): against the isotonic recalibration, which needs no bins,
    and against the overall win rate."""

    from scipy.optimize import isotonic_regression

    scores, wins, counts = tallied(p, won, np.ones(len(p)))
    right = isotonic_regression(wins / counts, weights=counts).x[np.searchsorted(scores, p)]
    score, recalibrated = brier(p, won), brier(right, won)
    uncertainty = brier(np.full(len(p), won.mean()), won)
    return Brier(score, score - recalibrated, uncertainty - recalibrated, uncertainty)


def log_loss(p: Floats, won: Floats) -> float:
    """Mean negative log probability of what happened, in nats."""
    return float(-np.mean(np.log(np.where(won == 1.0, p, 1.0 - p))))


def equal_mass(p: Floats) -> list[Ints]:
    """Indices of at most ten runs of near-equal size, in the order of p."""
    return [run for run in np.array_split(np.argsort(p, kind="stable"), BINS) if len(run)]


def ece(p: Floats, won: Floats) -> float:
    """Expected calibration error: mean distance of said from won over ten bins of equal mass, by mass."""
    return float(sum(abs(np.sum(p[run] - won[run])) for run in equal_mass(p)) / len(p))


def ece_floor(p: Floats, rng: np.random.Generator, rounds: int = 200) -> float:
    """The mean ECE if every probability were true: that of noise alone, by parametric bootstrap."""
    runs = equal_mass(p)
    order, starts = np.concatenate(runs), np.cumsum([0, *(len(run) for run in runs[:-1])])
    ranked, total = p[order], 0.0
    for _ in range(rounds):
        total += float(np.abs(np.add.reduceat(ranked - (rng.random(len(p)) < ranked), starts)).sum())
    return total / (rounds * len(p))


def reliability(p: Floats, won: Floats) -> tuple[Bin, ...]:
    """Ten bins of equal mass, each with its interval after Wilson (1927)."""
    found = []
    for run in equal_mass(p):
        n, rate = len(run), float(won[run].mean())
        low, high = wilson(rate, n)
        found.append(Bin(n, float(p[run].mean()), rate, low, high))
    return tuple(found)


def wilson(rate: float, n: int) -> tuple[float, float]:
    """The 90 % interval of a share that was `rate` in n trials."""
    spread = Z_90 * Z_90 / n
    middle = (rate + spread / 2.0) / (1.0 + spread)
    half = Z_90 / (1.0 + spread) * sqrt(rate * (1.0 - rate) / n + spread / (4.0 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def slope_intercept(p: Floats, won: Floats) -> tuple[float, float]:
    """Of the logistic regression of the outcome on logit p: (1, 0) if calibrated (Cox 1958). A slope below 1
    is overconfidence. A faint prior keeps both finite where all trades ended alike."""
    design = np.column_stack((np.log(p / (1.0 - p)), np.ones(len(p))))
    fitted = map_logistic(design, won, np.array([1.0, 0.0]), np.array([0.01, 0.01]))
    return float(fitted.coefficients[0]), float(fitted.coefficients[1])


def spiegelhalter(p: Floats, won: Floats) -> float:
    """Standard normal if calibrated (Spiegelhalter 1986); 0 if every p is a half, which tells nothing."""
    tilt = 1.0 - 2.0 * p
    variance = float((tilt * tilt) @ (p * (1.0 - p)))
    return float((won - p) @ tilt) / sqrt(variance) if variance > 0.0 else 0.0
