"""B1, B2: does the hierarchical calibrator recover a known truth, and at every number of labels?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from barfinex.advisor.calibration.measures import ece
from barfinex.advisor.calibration.menu import DEFAULT, MENU, NAMES
from barfinex.advisor.learning.newton import map_logistic, sigmoid
from barfinex.domain.candles import Floats
from tests.bench.advisor.figure import Figure
from tests.bench.advisor.worlds import (
    REGIMES,
    Trades,
    detected,
    model,
    out_of_fold,
    score,
    trades,
    world,
)

LABELS, TEST, WORLDS = 3_000, 20_000, 12
CURVE_TEST, CURVE_WORLDS = 5_000, 100
SIZES = (30, 60, 100, 200, 500, 1_000, 3_000, 10_000)
ACCURACY = 0.55
BOOSTED, PER_REGIME, SEEING = "boosted trees, raw", "Platt per regime", "hierarchical, detector right in 55 %"


def figures() -> Iterator[Figure]:
    yield from b1(WORLDS)
    yield from b2(CURVE_WORLDS, SIZES)


def b1(worlds: int) -> Iterator[Figure]:
    """At 3,000 labels: is it true, in the rarest regime too, and how much of what can be known is it?"""
    found = _means(worlds)
    error, known, worst = found[DEFAULT]
    yield Figure("B1", "mean ECE", error, "<= 0.02")
    yield Figure("B1", f"mean ECE, {BOOSTED}", found[BOOSTED][0], "<= 0.02", control=True)
    yield Figure("B1", "Bayes share, true regimes", known, ">= 0.90")
    yield Figure("B1", "Bayes share, pooled Platt", found["platt"][1], ">= 0.90", control=True)
    yield Figure("B1", "worst-regime ECE, true regimes", worst, "<= 0.08")
    yield Figure("B1", "worst-regime ECE, pooled Platt", found["platt"][2], "<= 0.08", control=True)
    yield Figure("B1", f"Bayes share, {SEEING}", found[SEEING][1], ">= 0.70")
    gain = found[SEEING][1] - found["platt"][1]
    yield Figure("B1", "the same, over pooled Platt", gain, "> 0")


def b2(worlds: int, sizes: Sequence[int]) -> Iterator[Figure]:
    """From 30 labels to 10,000: never far from the best other, and better with every label."""
    curves = learning_curves(worlds, sizes)
    ours = curves[DEFAULT]
    rivals = {name: curve for name, curve in curves.items() if name != DEFAULT}
    best = np.min(list(rivals.values()), axis=0)
    yield Figure(
        "B2", "excess Brier over the best other, most at any n", float(np.max(ours - best)), "<= 0.002"
    )
    rise = max(after - before for before, after in pairwise(ours))
    yield Figure("B2", "excess Brier, largest rise from one n to the next", float(rise), "<= 0")
    lost = float((rivals[PER_REGIME] - np.minimum(ours, best))[sizes.index(60)])
    yield Figure("B2", f"excess Brier over the best at n = 60, {PER_REGIME}", lost, "<= 0.002", control=True)


def learning_curves(worlds: int, sizes: Sequence[int]) -> dict[str, Floats]:
    """[sizes] mean excess Brier, mean((said - p)²), of each method; the same worlds at every size."""
    curves = {name: np.zeros(len(sizes)) for name in (*NAMES, PER_REGIME)}
    for seed in range(worlds):
        rng = np.random.default_rng([2, seed])
        truth = world(rng)
        longest, test = trades(truth, max(sizes), rng), trades(truth, CURVE_TEST, rng)
        for place, size in enumerate(sizes):
            for name, said in _said(_first(longest, size), test).items():
                curves[name][place] += float(np.mean((said - test.p) ** 2)) / worlds
    return curves


def _means(worlds: int) -> dict[str, tuple[float, float, float]]:
    """Mean (ECE, Bayes share, worst-regime ECE) of each method."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for seed in range(worlds):
        rng = np.random.default_rng([1, seed])
        truth = world(rng)
        seen, test = trades(truth, LABELS, rng), trades(truth, TEST, rng)
        said = {**_said(seen, test), SEEING: _seeing(seen, test, rng), BOOSTED: _boosted(seen, test)}
        for name, p in said.items():
            found.setdefault(name, []).append(_judged(p, test))
    return {name: tuple(np.mean(rows, axis=0).tolist()) for name, rows in found.items()}


def _judged(p: Floats, test: Trades) -> tuple[float, float, float]:
    """Bayes share: 1 less the excess Brier over the variance of the true probability."""
    known = 1.0 - float(np.mean((p - test.p) ** 2) / np.var(test.p))
    apart = [ece(p[test.regime == r], test.won[test.regime == r]) for r in range(REGIMES)]
    return ece(p, test.won), known, max(apart)


def _said(seen: Trades, test: Trades) -> dict[str, Floats]:
    """[test] of every method of the menu, and of Platt fitted to each regime apart without a prior."""
    z, at = out_of_fold(seen), score(model(seen.features, seen.won), test.features)
    was, now = np.eye(REGIMES)[seen.regime], np.eye(REGIMES)[test.regime]
    said = {each.name: each.fit(z, was, seen.won, None).apply_many(at, now) for each in MENU}
    apart = np.empty(len(test))
    for regime in range(REGIMES):
        mine = seen.regime == regime
        both = 0.0 < seen.won[mine].sum() < mine.sum()
        rows = mine if mine.sum() >= 4 and both else np.ones(len(seen), dtype=bool)
        asked = test.regime == regime
        apart[asked] = _plain_platt(z[rows], seen.won[rows], at[asked])
    return {**said, PER_REGIME: apart}


def _plain_platt(z: Floats, won: Floats, at: Floats) -> Floats:
    """Maximum likelihood: a prior too faint to shrink anything."""
    design = np.column_stack((z, np.ones(len(z))))
    slope, intercept = map_logistic(design, won, np.zeros(2), np.full(2, 1e-6)).coefficients
    return sigmoid(slope * at + intercept)


def _seeing(seen: Trades, test: Trades, rng: np.random.Generator) -> Floats:
    fit = next(each.fit for each in MENU if each.name == DEFAULT)
    z, at = out_of_fold(seen), score(model(seen.features, seen.won), test.features)
    fitted = fit(z, detected(seen.regime, ACCURACY, rng), seen.won, None)
    return fitted.apply_many(at, detected(test.regime, ACCURACY, rng))


def _boosted(seen: Trades, test: Trades) -> Floats:
    """Scores served as they come, as FreqAI does; a stand-in, not FreqAI itself."""
    trees = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.05, random_state=0)
    trees.fit(np.column_stack((seen.features, seen.regime)), seen.won)
    return np.asarray(trees.predict_proba(np.column_stack((test.features, test.regime)))[:, 1])


def _first(of: Trades, n: int) -> Trades:
    return Trades(of.features[:n], of.regime[:n], of.p[:n], of.won[:n])
