"""Logistic regression under a Gaussian prior: the one optimiser behind models and calibrators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barfinex.domain.candles import Floats

STEPS_MAX = 60
GAIN_MIN = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """`coefficients` [d] at the mode, `precision` [d, d] (the Hessian there: the inverse of the posterior
    covariance in Laplace's approximation), `objective`: the negative log posterior up to a constant."""

    coefficients: Floats
    precision: Floats
    objective: float

    def covariance(self) -> Floats:
        """[d, d]"""
        return np.asarray(np.linalg.inv(self.precision))


def map_logistic(
    design: Floats,
    won: Floats,
    mean: Floats,
    precision: Floats,
    weights: Floats | None = None,
    start: Floats | None = None,
) -> Fit:
    """The most probable coefficients of P(won) = 1 / (1 + exp(-design @ coefficients)).

    Newton's method on sum w (log(1 + exp(z)) - y z) + (b - mean)' P (b - mean) / 2, which is strictly convex
    for positive `precision`; a step is halved until the objective does not grow.

    Args:
        design: [n, d], finite.
        won: [n], 0 or 1.
        mean: [d] of the prior.
        precision: [d], the diagonal of the prior's precision, each above 0.
        weights: [n], at least 0; one each when left out.
        start: [d], where to begin; the prior's mean when left out.

    Raises:
        ValueError: a number is not finite: no model is made of what is not known.
    """
    if not (np.isfinite(design).all() and np.isfinite(won).all()):
        raise ValueError("design or outcomes are not finite")
    share = np.ones(len(won)) if weights is None else weights
    at = (mean if start is None else start).astype(np.float64)

    def objective(b: Floats) -> float:
        z, off = design @ b, b - mean
        return float(share @ (np.logaddexp(0.0, z) - won * z) + 0.5 * (precision * off) @ off)

    value = objective(at)
    for _ in range(STEPS_MAX):
        p = sigmoid(design @ at)
        gradient = design.T @ (share * (p - won)) + precision * (at - mean)
        step = np.linalg.solve(_curvature(design, share, p, precision), gradient)
        length, nearer, lower = 1.0, at - step, objective(at - step)
        while lower > value + 1e-12 and length > 1e-6:
            length /= 2.0
            nearer = at - length * step
            lower = objective(nearer)
        gain = value - lower
        if gain > 0.0:
            at, value = nearer, lower
        if gain < GAIN_MIN:
            break
    return Fit(at, _curvature(design, share, sigmoid(design @ at), precision), value)


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)) of each, without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * z))


def _curvature(design: Floats, share: Floats, p: Floats, precision: Floats) -> Floats:
    bend = (design * (share * p * (1.0 - p))[:, None]).T @ design
    bend[np.diag_indices(len(precision))] += precision
    return np.asarray(bend)
