"""B18: the table of §6, growth and the share of strategies that shrink, on strategies of known win rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from barfinex.advisor.sizing.kelly import HAIRCUT, KAPPA_MATURE, Edge, Terms, fraction, size, trust
from barfinex.domain.candles import Floats
from tests.bench.advisor.figure import Figure

RATIO, BREAK_EVEN, PRIOR_WEIGHT, CAP = 1.5, 0.40, 60.0, 0.5
SHRINKING = "<= 0.08"
NO_LIMIT = ">= -inf"
"""§9 gives one limit; what it says nothing of is shown beside none, and only has to be a number."""

NEUTRAL = Terms(CAP, quality=1.0, phase=1.0, vol_target=1.0, vol=1.0, familiarity=1.0)


@dataclass(frozen=True)
class Known:
    """What is known of a strategy after n labels: its share of wins, and the posterior mean and s.e."""

    labels: int
    truth: float
    share: float
    mean: float
    se: float


Rule = Callable[[Known], float]
RULES: dict[str, Rule] = {
    "full Kelly at the share of wins": lambda k: fraction(k.share, RATIO),
    "half Kelly at the posterior": lambda k: KAPPA_MATURE * fraction(k.mean, RATIO),
    "half Kelly, 0.5 s.e. off": lambda k: KAPPA_MATURE * fraction(k.mean - HAIRCUT * k.se, RATIO),
    "as served": lambda k: size(Edge(k.mean, k.se, RATIO, k.labels), NEUTRAL).fraction,
    "Baker-McHale": lambda k: trust(k.mean, k.se, RATIO) * fraction(k.mean, RATIO),
    "oracle": lambda k: fraction(k.truth, RATIO),
}
SERVED = ("half Kelly, 0.5 s.e. off", "as served")
CONTROLS = ("full Kelly at the share of wins", "half Kelly at the posterior")


def figures(strategies: int = 20_000) -> Iterator[Figure]:
    for labels in (60, 20, 200, 1_000):
        known = world(np.random.default_rng(18), labels, strategies)
        for name, rule in RULES.items():
            growth = growths(known, rule)
            shrinking, judged = float(np.mean(growth < -1e-9)), labels == 60 and name in SERVED + CONTROLS
            yield Figure(
                "B18",
                f"n = {labels}: share that shrink, {name}",
                shrinking,
                SHRINKING if judged else NO_LIMIT,
                control=judged and name in CONTROLS,
            )
            yield Figure("B18", f"n = {labels}: growth x 1e4, {name}", 1e4 * float(growth.mean()), NO_LIMIT)


def world(rng: np.random.Generator, labels: int, strategies: int) -> list[Known]:
    """Strategies of p ~ N(0.42, 0.04) around a break-even of 0.40, each after `labels` outcomes, under a Beta
    prior at the break-even that counts for 60."""
    truth = np.clip(rng.normal(0.42, 0.04, strategies), 0.25, 0.60)
    wins = rng.binomial(labels, truth)
    whole = labels + PRIOR_WEIGHT
    mean = (wins + BREAK_EVEN * PRIOR_WEIGHT) / whole
    se = np.sqrt(mean * (1.0 - mean) / (whole + 1.0))
    columns = (truth, wins / labels, mean, se)
    return [Known(labels, *row) for row in zip(*(c.tolist() for c in columns), strict=True)]


def growths(known: list[Known], rule: Rule) -> Floats:
    """Expected log growth per trade of each, its size capped at half of the equity."""
    p = np.array([k.truth for k in known])
    f = np.array([min(rule(k), CAP) for k in known])
    return np.asarray(p * np.log1p(RATIO * f) + (1.0 - p) * np.log1p(-f))
