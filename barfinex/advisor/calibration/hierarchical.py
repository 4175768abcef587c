"""Hierarchical Platt calibration: each regime its own curve, as far as its labels can bear one."""

from __future__ import annotations

from math import isfinite, pi, sqrt
from operator import mul

import numpy as np

from barfinex.advisor.calibration.calibrator import (
    INTERCEPT_SD,
    LOGIT_MAX,
    P_MAX,
    P_MIN,
    SLOPE_SD,
    bounded,
    checked,
    effective_by_regime,
)
from barfinex.advisor.learning.newton import Fit, map_logistic, sigmoid
from barfinex.advisor.odds import probability
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

GRID = (
    (0.0, 0.0),
    (0.0, 0.15),
    (0.0, 0.35),
    (0.0, 0.7),
    (0.25, 0.35),
    (0.25, 0.7),
    (0.5, 0.35),
    (0.5, 0.7),
)
"""Prior standard deviations of the regimes' slopes and intercepts around the pooled ones."""
ZERO_SD = 1e-3
"""Stands for a standard deviation of 0, so that one design serves the whole grid."""

Row = tuple[float, ...]


class Calibrated(Value, frozen=True):
    """`p` in [0.02, 0.98], its standard error, and whether more conviction would have meant less."""

    p: float
    se: float
    slope_inverted: bool


class HierarchicalPlatt(Value, frozen=True, tag="hierarchical"):
    """logit p = (a0 + sum_r pi_r da_r) z + (b0 + sum_r pi_r db_r), pi being the regime posterior.

    `covariance` [2 + 2R, 2 + 2R] is of (a0, b0, da, db), by Laplace's approximation; `tau_slope` and
    `tau_intercept` are the chosen spreads of da and db; `n_eff` counts effective labels a regime.
    """

    slope: float
    intercept: float
    slope_offsets: Row
    intercept_offsets: Row
    covariance: tuple[Row, ...]
    tau_slope: float
    tau_intercept: float
    n: int
    n_eff: Row

    def __post_init__(self) -> None:
        regimes, size = len(self.slope_offsets), 2 + 2 * len(self.slope_offsets)
        if not len(self.intercept_offsets) == len(self.n_eff) == regimes or (
            set(map(len, self.covariance)) != {size} or len(self.covariance) != size
        ):
            raise ValueError("hierarchical: lengths do not fit the number of regimes; fit it again")
        covariance = np.array(self.covariance)
        numbers = (*self.coefficients, self.tau_slope, self.tau_intercept, *self.n_eff)
        if not (all(map(isfinite, numbers)) and np.isfinite(covariance).all()):
            raise ValueError("hierarchical: a coefficient is not finite; fit it again")
        if not (np.linalg.eigvalsh(covariance).min() >= -1e-9 and min((0.0, *self.n_eff)) >= 0.0):
            raise ValueError("hierarchical: a variance or a count is below 0; fit it again")

    @property
    def name(self) -> str:
        return "hierarchical"

    @property
    def coefficients(self) -> Row:
        """(a0, b0, da, db), length 2 + 2R."""
        return (self.slope, self.intercept, *self.slope_offsets, *self.intercept_offsets)

    def apply(self, z: float, posterior: Row) -> Calibrated:
        """The served path, plain Python: numpy takes longer than the arithmetic.

        The output is moderated, eta / sqrt(1 + pi v / 8) (MacKay 1992), v being the variance of eta; the
        standard error is p (1 - p) sqrt(v), the delta method. All of `posterior` at 0 gives the pooled curve.

        Raises:
            BadInput: a number is not finite, or the posterior is no distribution over the fitted regimes.
        """
        self.check(z, posterior)
        slope = self.slope + _dot(posterior, self.slope_offsets)
        eta = max(slope, 0.0) * z + self.intercept + _dot(posterior, self.intercept_offsets)
        x = _row(z, posterior)
        variance = max(0.0, _dot(x, tuple(_dot(row, x) for row in self.covariance)))
        p = probability(eta / sqrt(1.0 + pi * variance / 8.0))
        return Calibrated(min(P_MAX, max(P_MIN, p)), p * (1.0 - p) * sqrt(variance), slope < 0.0)

    def check(self, z: float, posterior: Row) -> None:
        """Raises BadInput when `apply` would."""
        if not abs(z) <= LOGIT_MAX:
            raise BadInput("z", f"{z} is no logit", "decline the signal: its score is not known")
        known = len(posterior) == len(self.slope_offsets) and min(posterior, default=0.0) >= 0.0
        if not (known and sum(posterior) <= 1.0 + 1e-6):
            raise BadInput(
                "posterior", "no distribution over the fitted regimes", "fit anew for these regimes"
            )

    def apply_many(self, z: Floats, posterior: Floats, /) -> Floats:
        """[n] probabilities in [0.02, 0.98]."""
        return self.apply_with_error(z, posterior)[0]

    def apply_with_error(self, z: Floats, posterior: Floats) -> tuple[Floats, Floats]:
        """[n] probabilities and [n] standard errors: `apply`, row by row."""
        b, regimes = np.array(self.coefficients), len(self.slope_offsets)
        slope = b[0] + posterior @ b[2 : 2 + regimes]
        eta = np.maximum(slope, 0.0) * z + b[1] + posterior @ b[2 + regimes :]
        x = _design(z, posterior)
        variance = np.maximum(0.0, ((x @ np.array(self.covariance)) * x).sum(axis=1))
        p = sigmoid(eta / np.sqrt(1.0 + pi * variance / 8.0))
        return bounded(p), p * (1.0 - p) * np.sqrt(variance)


def fit_hierarchical(
    z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None
) -> HierarchicalPlatt:
    """The most probable curves, the spread between regimes being the most probable of a grid of eight.

    a0 ~ N(1, 0.5²), b0 ~ N(0, 0.25²), da_r ~ N(0, tau_slope²), db_r ~ N(0, tau_intercept²); the spreads by
    Laplace evidence (MacKay 1992, "The evidence framework applied to classification networks"): a regime with
    few labels falls back on the pooled curve, and no labels at all give the identity.

    Args:
        z: [n] logits, out of fold: in-sample scores would teach it that the model is always right.
        posterior: [n, R] regime probabilities as they were known.
        won: [n], 0 or 1.
        weights: [n], at least 0; one each when left out.

    Raises:
        BadInput: lengths differ, or a number is not finite or outside its range.
    """
    share, regimes = checked(z, posterior, won, weights), posterior.shape[1]
    design, mean = _design(z, posterior), np.eye(1, 2 + 2 * regimes)[0]
    fits: list[tuple[float, tuple[float, float], Fit]] = []
    for tau in GRID:
        precision = _precision(tau, regimes)
        found = map_logistic(design, won, mean, precision, share, fits[-1][2].coefficients if fits else mean)
        occam = float(np.log(precision).sum() - np.linalg.slogdet(found.precision)[1])
        fits.append((0.5 * occam - found.objective, tau, found))
    _, chosen, best = max(
        fits, key=lambda fit: round(fit[0], 9)
    )  # of equals, the one nearest the pooled curve
    b = tuple(best.coefficients.tolist())
    return HierarchicalPlatt(
        slope=b[0],
        intercept=b[1],
        slope_offsets=b[2 : 2 + regimes],
        intercept_offsets=b[2 + regimes :],
        covariance=tuple(map(tuple, best.covariance().tolist())),
        tau_slope=chosen[0],
        tau_intercept=chosen[1],
        n=len(z),
        n_eff=tuple(effective_by_regime(posterior, share).tolist()),
    )


def nudged(model: HierarchicalPlatt, z: float, posterior: Row, won: bool, weight: float) -> HierarchicalPlatt:
    """One label more, between two fits: only the intercepts move, by one Newton step on b0 and db.

    The step is on the old posterior, taken as Gaussian, times the likelihood of the label; the covariance
    gains what the label tells of every coefficient.

    Raises:
        BadInput: as `HierarchicalPlatt.apply`, or the weight is not in [0, 1].
    """
    model.check(z, posterior)
    if not 0.0 <= weight <= 1.0:
        raise BadInput("weight", f"{weight} is not in [0, 1]", "give the label's uniqueness and recency")
    b, regimes = np.array(model.coefficients), len(posterior)
    x = np.array(_row(z, posterior))
    moving = np.array((1, *range(2 + regimes, 2 + 2 * regimes)))
    slope = max(model.slope + _dot(posterior, model.slope_offsets), 0.0)
    p = probability(slope * z + model.intercept + _dot(posterior, model.intercept_offsets))
    precision = np.linalg.inv(np.array(model.covariance)) + weight * p * (1.0 - p) * (x[:, None] * x)
    b[moving] += np.linalg.solve(precision[moving[:, None], moving], weight * (won - p) * x[moving])
    return HierarchicalPlatt(
        slope=model.slope,
        intercept=float(b[1]),
        slope_offsets=model.slope_offsets,
        intercept_offsets=tuple(b[2 + regimes :].tolist()),
        covariance=tuple(map(tuple, np.linalg.inv(precision).tolist())),
        tau_slope=model.tau_slope,
        tau_intercept=model.tau_intercept,
        n=model.n + 1,
        n_eff=tuple(n + weight * q for n, q in zip(model.n_eff, posterior, strict=True)),
    )


def _dot(a: Row, b: Row) -> float:
    return float(sum(map(mul, a, b)))


def _row(z: float, posterior: Row) -> Row:
    """One row of `_design`."""
    return (z, 1.0, *(z * q for q in posterior), *posterior)


def _design(z: Floats, posterior: Floats) -> Floats:
    """[n, 2 + 2R]: z, 1, z times each posterior, each posterior."""
    return np.column_stack((z, np.ones(len(z)), z[:, None] * posterior, posterior))


def _precision(tau: tuple[float, float], regimes: int) -> Floats:
    spread = [SLOPE_SD, INTERCEPT_SD, *(max(each, ZERO_SD) for each in tau)]
    return np.asarray(np.repeat(spread, [1, 1, regimes, regimes]) ** -2.0)
