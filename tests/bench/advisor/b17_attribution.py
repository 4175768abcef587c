"""B17: the terms of 10,000 random decisions add up to what was published."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

import numpy as np

from barfinex.advisor.attribution import Attribution, Linear, Step, attribute
from barfinex.advisor.odds import logit, probability
from barfinex.domain.candles import Floats
from tests.bench.advisor.figure import Figure

FEATURES = 24
RUNGS = np.array([0.40, 0.30, 0.15, 0.075, 0.075])


def figures(decisions: int = 10_000) -> Iterator[Figure]:
    rng = np.random.default_rng(17)
    made = [decision(rng) for _ in range(decisions)]
    worst = max(abs(one.residual) for one in made)
    forgetful = max(abs(_forgets(one, rng)) for one in made)
    yield Figure("B17", f"largest residual of {decisions:,} decisions, logits", worst, "< 1e-9")
    yield Figure("B17", "largest residual when a term is forgotten", forgetful, "< 1e-9", control=True)


def decision(rng: np.random.Generator) -> Attribution:
    """A decision served the way the pipeline serves one, with everything random, and its attribution."""
    weights, means = rng.normal(0.0, 0.3, FEATURES), rng.normal(0.0, 0.2, FEATURES)
    x = np.clip(rng.normal(0.0, 1.5, FEATURES), -5.0, 5.0)
    intercept, base = float(rng.normal(-0.4, 0.3)), float(rng.normal(-0.4, 0.2))
    served = float(np.concatenate(([1.0], x)) @ np.concatenate(([intercept], weights)))
    names = tuple(f"x{k}" for k in range(FEATURES))
    columns = (tuple(c.tolist()) for c in (weights, x, means))
    steps, p_final = _steps(rng, base, served)
    return attribute(base, Linear(served, intercept, names, *columns), steps, p_final)


def _steps(rng: np.random.Generator, base: float, z: float) -> tuple[list[tuple[Step, float]], float]:
    slope, shift = rng.normal(1.0, 0.3), rng.normal(0.0, 0.3)
    pooled = float(slope * z + shift)
    regime = float(pooled + rng.normal(0.0, 0.2) * z + rng.normal(0.0, 0.2))
    moderated = float(regime / np.sqrt(1.0 + np.pi * rng.exponential(0.3) / 8.0))
    mixed = logit(_mixed(rng, base, z, moderated))
    distance = float(rng.uniform(0.2, 2.0))
    shrunk = mixed if distance <= 1.0 else base + (mixed - base) / distance
    advised = shrunk + float(np.clip(rng.uniform(0.0, 1.0) * 0.1 * rng.integers(-2, 3), -0.25, 0.25))
    p_final = min(max(probability(advised), 0.02), 0.98)
    after = (pooled, regime, moderated, mixed, shrunk, advised, logit(p_final))
    return list(zip(Step, after, strict=True)), p_final


def _mixed(rng: np.random.Generator, base: float, z: float, moderated: float) -> float:
    weights: Floats = rng.dirichlet(RUNGS * 20.0)
    rungs = np.array([0.5, *(probability(one) for one in (base, 0.9 * base, z, moderated))])
    return min(max(float(weights @ rungs), 0.001), 0.999)


def _forgets(one: Attribution, rng: np.random.Generator) -> float:
    kept = list(one.terms)
    kept.pop(int(rng.integers(len(kept))))
    return one.final_logit - fsum([one.base_logit, *(term.logit for term in kept)])
