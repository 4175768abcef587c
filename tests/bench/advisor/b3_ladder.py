"""B3: what does a cold start cost where there is little to learn, or nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from barfinex.advisor.calibration.hierarchical import HierarchicalPlatt, fit_hierarchical
from barfinex.advisor.learning.ladder import Ladder, Rung
from barfinex.advisor.learning.logistic import Logistic, out_of_fold, train
from barfinex.advisor.learning.newton import sigmoid
from barfinex.advisor.learning.rates import Rates
from barfinex.advisor.learning.splits import kfold
from barfinex.domain.candles import Floats
from tests.bench.advisor.figure import Figure
from tests.bench.advisor.worlds import FEATURES, REGIMES, STEP_MS, Trades, World, trades

RUNS, LABELS, DELAY = 30, 2_000, 5
FIT_MIN = 60
NAMES = tuple(f"f{k}" for k in range(FEATURES))
KEY = ("family", "strategy", "instrument")
WEAK, NOTHING = "weak", "null"


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What was trained last, on the first `labels`."""

    labels: int
    logistic: Logistic
    calibrator: HierarchicalPlatt


def figures(runs: int = RUNS, kinds: tuple[str, ...] = (WEAK, NOTHING)) -> Iterator[Figure]:
    for kind in kinds:
        found = [losses(kind, run) for run in range(runs)]
        total = np.array([[loss.sum() for loss in one] for one in found])
        worst_ladder, worst_logistic = (total[:, [0, 2]] - total[:, [1]]).max(axis=0)
        what = f"{kind} world: worst regret to the base rate, nats"
        yield Figure("B3", what, float(worst_ladder), "<= 3")
        yield Figure("B3", f"{what}, logistic alone", float(worst_logistic), "<= 3", control=True)
        if kind == WEAK:
            late = np.array([[loss[:1_000].mean() for loss in one] for one in found]).mean(axis=0)
            ladder, logistic = 1e3 * (late[[0, 2]] - late[1])
            what = "weak world, first 1,000 trades: log-loss less the base rate's, mnats"
            yield Figure("B3", what, float(ladder), "< 0")
            yield Figure("B3", f"{what}, logistic alone", float(logistic), "< 0", control=True)


def losses(kind: str, run: int) -> tuple[Floats, Floats, Floats]:
    """Log-losses [2,000] of the ladder, the base rate and the logistic rung, each said before its outcome, of
    which those of the last five trades are not known yet."""
    rng = np.random.default_rng([3, kind == WEAK, run])
    seen = trades(faint(rng, kind), LABELS, rng)
    ladder, rates, models = Ladder(), Rates(), None
    said: list[tuple[float, ...]] = []
    served = np.empty(LABELS)
    for at in range(LABELS):
        known = at - DELAY
        if known > 0:
            won = bool(seen.won[known - 1])
            ladder = ladder.learn(said[known - 1], won)
            rates.learn(KEY, {str(seen.regime[known - 1]): 1.0}, won)
        if known >= FIT_MIN and (models is None or known - models.labels >= refit_every(known)):
            models = fitted(seen, known, None if models is None else models.logistic)
        climbed = ladder.climb(forecasts(seen, at, rates, models))
        said.append(climbed)
        served[at] = ladder.pool(climbed)
    table = np.array(said)
    base, logistic = (table[:, ladder.rungs.index(rung)] for rung in (Rung.BASE, Rung.LOGISTIC))
    one, two, three = (-np.log(np.where(seen.won == 1.0, p, 1.0 - p)) for p in (served, base, logistic))
    return one, two, three


def faint(rng: np.random.Generator, kind: str) -> World:
    """A world that explains little, or one that explains nothing: a win rate of 0.475 whatever is seen."""
    if kind == NOTHING:
        return World(np.zeros(FEATURES), np.zeros(REGIMES), np.full(REGIMES, -0.1))
    weights = np.zeros(FEATURES)
    weights[:5] = rng.normal(size=5)
    weights *= 0.25 / np.linalg.norm(weights)
    slopes = np.clip(rng.normal(1.0, 0.45, REGIMES), 0.0, 2.0)
    return World(weights, slopes, rng.normal(-0.1, 0.15, REGIMES))


def forecasts(seen: Trades, at: int, rates: Rates, models: Models | None) -> dict[Rung, float]:
    regime = int(seen.regime[at])
    base = rates.base(KEY, 0.5)
    found = {Rung.PRIOR: 0.5, Rung.BASE: base, Rung.REGIME: rates.within(KEY, {str(regime): 1.0}, base)}
    if models is not None:
        z, _ = models.logistic.serve(seen.features[at].tolist())
        posterior = tuple(float(k == regime) for k in range(REGIMES))
        found[Rung.LOGISTIC] = float(sigmoid(np.array(z)))
        found[Rung.CALIBRATED] = models.calibrator.apply(z, posterior).p
    return found


def fitted(seen: Trades, count: int, before: Logistic | None) -> Models:
    rows, won, weights = seen.features[:count], seen.won[:count], np.ones(count)
    model = train(NAMES, rows, won, weights, 0.5, before)
    t0 = np.arange(count) * STEP_MS
    z = out_of_fold(model, rows, won, weights, 0.5, kfold(t0, t0 + DELAY * STEP_MS, STEP_MS))
    return Models(count, model, fit_hierarchical(z, np.eye(REGIMES)[seen.regime[:count]], won))


def refit_every(count: int) -> int:
    return 10 if count < 100 else 25 if count < 500 else 100
