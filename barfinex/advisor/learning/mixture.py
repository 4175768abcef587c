"""Fit the regimes' Gaussian mixture in the order of the one before it: no component changes places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from barfinex.advisor.regimes.mixture import COMPONENTS, Mixture, Reader
from barfinex.advisor.regimes.states import State
from barfinex.domain.candles import Floats, Ints

ROWS_MIN = 60
"""Distinct rows below which four components are no estimate."""
REG_COVAR, N_INIT = 1e-3, 3
STRANGE = 0.01
"""Share of the training rows that are less likely than what is served as known."""
LOUDER = 0.25
"""By how much (ln) the loud are louder than the quiet, or all are quiet: chance alone parts any sample."""
TREND_MIN = 2.0
"""Mean |trend| from which a component moves: a t-statistic that chance alone exceeds one time in twenty."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """`rows` it was trained on, their Bayesian information criterion, and how far the components of the rows
    agree with those of the mixture before (adjusted Rand index: 1 is entirely; None: there was none)."""

    mixture: Mixture
    rows: int
    bic: float
    ari: float | None


def fit_mixture(rows: Floats, seed: int, before: Mixture | None = None) -> Fitted | None:
    """The mixture of `rows`, begun at the means of the one `before`; None: the rows are too few or all alike.

    Args:
        rows: [n, 2], volatility and |trend|; those that are not finite are left out.
        seed: of the initial clustering.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(np.unique(rows, axis=0)) < ROWS_MIN:
        return None
    start = None if before is None else np.array(before.means)
    tries = N_INIT if start is None else 1
    trained = GaussianMixture(
        COMPONENTS, n_init=tries, reg_covar=REG_COVAR, means_init=start, random_state=seed
    )
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # A hundred rounds are near enough, and bounded.
        trained.fit(rows)
    order = np.arange(COMPONENTS) if before is None else match(np.array(before.means), trained.means_, rows)
    mixture = _served(trained, order, rows)
    return Fitted(mixture, len(rows), float(trained.bic(rows)), _agreement(mixture, before, rows))


def match(before: Floats, means: Floats, rows: Floats) -> Ints:
    """Which of `means` [4, 2] takes the place of each of `before`: the least sum of squared distances, in
    deviations of the rows (Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment

    scale = np.maximum(rows.std(axis=0), 1e-12)
    apart = (((before[:, None, :] - means[None, :, :]) / scale) ** 2).sum(axis=2)
    return np.asarray(linear_sum_assignment(apart)[1])


def name_states(weights: Floats, means: Floats) -> tuple[State, ...]:
    """What each component stands for.

    Loud are those above the cut that parts the volatilities best (Otsu 1979: most variance between the two
    sides), if the sides are `LOUDER` apart; moving those whose |trend| reaches `TREND_MIN`.
    """
    order = np.argsort(means[:, 0], kind="stable")
    weight, vol = weights[order], means[order, 0]
    low = weight.cumsum()[:-1]
    excess = (weight * (vol - weight @ vol)).cumsum()[:-1]
    both = np.maximum(low * (1.0 - low), 1e-12)
    cut = int((excess**2 / both).argmax())
    apart = -excess[cut] / both[cut]
    loud = np.zeros(len(order), dtype=np.bool_)
    loud[order[cut + 1 :]] = apart >= LOUDER
    moving = means[:, 1] >= TREND_MIN
    names = {
        (False, False): State.RANGE,
        (False, True): State.TREND_UP,
        (True, False): State.STRESS,
        (True, True): State.BREAKOUT,
    }
    return tuple(names[bool(a), bool(b)] for a, b in zip(loud, moving, strict=True))


def _served(trained: Any, order: Ints, rows: Floats) -> Mixture:
    weights, means = trained.weights_[order], trained.means_[order]
    factors = trained.precisions_cholesky_[order]
    return Mixture(
        weights=tuple(weights.tolist()),
        means=tuple((vol, trend) for vol, trend in means.tolist()),
        factors=tuple((a, b, c) for (a, b), (_, c) in factors.tolist()),
        states=name_states(weights, means),
        likelihood_min=float(np.quantile(trained.score_samples(rows), STRANGE)),
    )


def _agreement(mixture: Mixture, before: Mixture | None, rows: Floats) -> float | None:
    from sklearn.metrics import adjusted_rand_score

    if before is None:
        return None
    new, old = (Reader(one).components(rows[:, 0], rows[:, 1])[0].argmax(axis=0) for one in (mixture, before))
    return float(adjusted_rand_score(old, new))
