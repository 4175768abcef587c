"""How the equity is shared among strategies: a recommendation, with every constraint that shaped it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import numpy as np

from barfinex.advisor.sizing.correlation import RHO_MAX, Held, capped
from barfinex.advisor.sizing.covariance import ledoit_wolf
from barfinex.advisor.sizing.weighting import Method, weigh
from barfinex.domain.candles import Floats
from barfinex.domain.value import Value, Word

IDLE = 1e-12
"""A variance, in R², below which a strategy did nothing."""


class Rules(Value, frozen=True):
    """`half_life` of a day's weight and `days_min` in days; `weight_max` is a share of the equity."""

    method: Method = Method.INVERSE_VOLATILITY
    half_life: float = 60.0
    days_min: int = 20
    weight_max: float = 0.5
    rho_max: float = RHO_MAX

    def __post_init__(self) -> None:
        if not (isfinite(self.half_life) and self.half_life > 0.0):
            raise ValueError(f"half_life {self.half_life}: give a finite number of days above 0")
        if not self.days_min >= 2:
            raise ValueError(f"days_min {self.days_min}: a variance needs at least 2 days")
        if not 0.0 < self.weight_max <= 1.0:
            raise ValueError(f"weight_max {self.weight_max} is not inside (0, 1]: give a share of the equity")


class Kind(Word):
    """TOO_FEW_DAYS: equal weights; IDLE: nothing to measure, no weight; CORRELATION and WEIGHT_MAX: caps."""

    TOO_FEW_DAYS = "too_few_days"
    IDLE = "idle"
    CORRELATION = "correlation"
    WEIGHT_MAX = "weight_max"


class Constraint(Value, frozen=True):
    """What took the weight of `strategy` from `before` to `after`; `value` is what was seen (days, a
    correlation, a share) against `limit`."""

    kind: Kind
    strategy: str
    value: float
    limit: float
    before: float
    after: float


class Allocation(Value, frozen=True):
    """`weights` sum to 1, in the order of `strategies`; `turnover` is half the sum of their changes, so 1 is
    everything moved."""

    strategies: tuple[str, ...]
    weights: tuple[float, ...]
    previous: tuple[float, ...]
    method: Method
    shrinkage: float
    turnover: float
    constraints: tuple[Constraint, ...]


def allocate(
    strategies: tuple[str, ...], daily: Floats, previous: Mapping[str, float], rules: Rules
) -> Allocation:
    """Share the equity by the covariance of daily results.

    Args:
        strategies: d names.
        daily: [n, d] in R, the latest day last.
        previous: the weights held now, by strategy; what is absent holds none.

    Raises:
        ValueError: no strategy, a shape that does not fit, or a number that is not finite.
    """
    if not strategies or daily.ndim != 2 or daily.shape[1] != len(strategies):
        raise ValueError(f"daily results of shape {daily.shape}: give a column for each of {strategies}")
    if not (np.isfinite(daily).all() and all(map(isfinite, previous.values()))):
        raise ValueError("daily results or previous weights are not finite: leave out what is not known")
    found: list[Constraint] = []
    if len(daily) < rules.days_min:
        weights, shrinkage = np.full(len(strategies), 1.0 / len(strategies)), 0.0
        found.append(Constraint(Kind.TOO_FEW_DAYS, "", len(daily), rules.days_min, 0.0, 0.0))
    else:
        weights, shrinkage = _measured(strategies, daily, rules, found)
    held = tuple(previous.get(name, 0.0) for name in strategies)
    gone = sum(abs(weight) for name, weight in previous.items() if name not in strategies)
    turnover = 0.5 * (float(np.abs(weights - held).sum()) + gone)
    return Allocation(
        strategies, tuple(weights.tolist()), held, rules.method, shrinkage, turnover, tuple(found)
    )


def _measured(
    strategies: tuple[str, ...], daily: Floats, rules: Rules, found: list[Constraint]
) -> tuple[Floats, float]:
    """Weights [d] and the shrinkage; idle strategies get none, unless all are idle: then all the same."""
    variance = daily.var(axis=0)
    busy = np.flatnonzero(variance > IDLE)
    even = 1.0 / len(strategies)
    found += [
        Constraint(Kind.IDLE, name, float(spread), IDLE, even, 0.0 if len(busy) else even)
        for name, spread in zip(strategies, variance, strict=True)
        if not spread > IDLE
    ]
    if not len(busy):
        return np.full(len(strategies), even), 0.0
    names = tuple(strategies[k] for k in busy)
    shape = ledoit_wolf(daily[:, busy], rules.half_life)
    weights = weigh(shape.matrix, rules.method)
    weights = _uncorrelated(names, weights, shape.correlation, daily[:, busy].mean(axis=0), rules, found)
    weights = _limited(names, weights, rules.weight_max, found)
    whole = np.zeros(len(strategies))
    whole[busy] = weights
    return whole, shape.shrinkage


def _uncorrelated(
    names: tuple[str, ...],
    weights: Floats,
    rho: Floats,
    mean_r: Floats,
    rules: Rules,
    found: list[Constraint],
) -> Floats:
    """Of two strategies that are one, the one that made less gives way; the rest is shared out again."""
    place = {name: k for k, name in enumerate(names)}
    wished = [Held(n, n, w, m) for n, w, m in zip(names, weights.tolist(), mean_r.tolist(), strict=True)]
    left, cuts = capped(wished, lambda a, b: float(rho[place[a], place[b]]), rules.rho_max)
    found += [
        Constraint(Kind.CORRELATION, cut.pair[1], cut.rho, rules.rho_max, cut.before, cut.after)
        for cut in cuts
    ]
    sizes = np.array([one.size for one in left])
    return np.asarray(sizes / sizes.sum())


def _limited(names: tuple[str, ...], weights: Floats, limit: float, found: list[Constraint]) -> Floats:
    """No weight above the limit, or above an equal share where that is more; what is cut off goes to the
    others in proportion. Each round fixes at least one weight, so there are at most d."""
    limit = max(limit, 1.0 / np.count_nonzero(weights))
    now, full = weights.copy(), np.zeros(len(weights), dtype=bool)
    for _ in names:
        over = (now > limit * (1.0 + IDLE)) & ~full
        if not over.any():
            break
        full |= over
        rest = now[~full].sum()
        now[full] = limit
        if rest > 0.0:
            now[~full] *= (1.0 - limit * full.sum()) / rest
    found += [
        Constraint(Kind.WEIGHT_MAX, names[k], float(weights[k]), limit, float(weights[k]), limit)
        for k in np.flatnonzero(full)
    ]
    return now
