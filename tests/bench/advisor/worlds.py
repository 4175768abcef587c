"""Markets whose truth is known: four sticky regimes, one at 7 %, twelve features of which five matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barfinex.advisor.learning.newton import map_logistic, sigmoid
from barfinex.advisor.learning.splits import kfold
from barfinex.domain.candles import Floats, Ints

REGIMES, FEATURES = 4, 12
FREQUENCIES = np.array([0.45, 0.30, 0.18, 0.07])
STAY = 0.96
STEP_MS = 60_000
SPAN = 5
"""A label ends that many signals after it began."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """logit p = slopes[r] (features @ weights) + intercepts[r]."""

    weights: Floats
    slopes: Floats
    intercepts: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """[n] each, features [n, 12]; `p` is the true probability of a win."""

    features: Floats
    regime: Ints
    p: Floats
    won: Floats

    def __len__(self) -> int:
        return len(self.won)


def world(rng: np.random.Generator) -> World:
    weights = np.zeros(FEATURES)
    weights[:5] = rng.normal(size=5)
    weights *= 0.75 / np.linalg.norm(weights)
    slopes = np.clip(rng.normal(1.0, 0.45, REGIMES), 0.0, 2.0)
    return World(weights, slopes, rng.normal(-0.10, 0.35, REGIMES))


def trades(truth: World, n: int, rng: np.random.Generator) -> Trades:
    """n trades in order; a regime stays for 25 of them on average before another is drawn."""
    leaps = rng.random(n) >= STAY
    leaps[:1] = True
    drawn = rng.choice(REGIMES, size=n, p=FREQUENCIES)
    regime = drawn[np.maximum.accumulate(np.where(leaps, np.arange(n), 0))]
    features = rng.standard_normal((n, FEATURES))
    features[:, 5:8] = 0.6 * features[:, :3] + 0.8 * features[:, 5:8]
    p = sigmoid(truth.slopes[regime] * (features @ truth.weights) + truth.intercepts[regime])
    return Trades(features, regime, p, (rng.random(n) < p).astype(np.float64))


def detected(regime: Ints, accuracy: float, rng: np.random.Generator) -> Floats:
    """[n, 4]: the posterior of a detector that names the right regime with that probability, else any of the
    three others, and knows no more of a trade than how often it is right."""
    n = len(regime)
    named = np.where(rng.random(n) < accuracy, regime, (regime + rng.integers(1, REGIMES, n)) % REGIMES)
    return np.where(np.eye(REGIMES)[named] == 1.0, accuracy, (1.0 - accuracy) / (REGIMES - 1))


def model(features: Floats, won: Floats, precision: float = 16.0) -> Floats:
    """[13] coefficients of the model under calibration: a logistic regression that knows no regimes."""
    prior = np.append(np.full(FEATURES, precision), 1.0)
    return map_logistic(_with_one(features), won, np.zeros(FEATURES + 1), prior).coefficients


def score(coefficients: Floats, features: Floats) -> Floats:
    """[n] logits."""
    return np.asarray(_with_one(features) @ coefficients)


def out_of_fold(seen: Trades) -> Floats:
    """[n] logits, each of a model that saw no label overlapping that trade's."""
    t0 = np.arange(len(seen)) * STEP_MS
    z = np.full(len(seen), np.nan)
    for train, test in kfold(t0, t0 + SPAN * STEP_MS, embargo_ms=STEP_MS):
        z[test] = score(model(seen.features[train], seen.won[train]), seen.features[test])
    return z


def _with_one(features: Floats) -> Floats:
    return np.column_stack((features, np.ones(len(features))))
