"""Three ways to share risk among strategies: inverse volatility, equal contributions, a hierarchy."""

from __future__ import annotations

from math import sqrt

import numpy as np

from barfinex.domain.candles import Floats, Ints
from barfinex.domain.value import Word

STEPS_MAX = 100
TOLERANCE = 1e-9
HAIR = 1e-9


class Method(Word):
    INVERSE_VOLATILITY = "inverse_volatility"
    EQUAL_RISK = "equal_risk"
    HIERARCHICAL = "hierarchical"


def weigh(matrix: Floats, method: Method) -> Floats:
    """Weights [d], positive and summing to 1, for a covariance [d, d] with a positive diagonal."""
    if method is Method.EQUAL_RISK:
        return equal_risk(matrix)
    return hierarchical(matrix) if method is Method.HIERARCHICAL else inverse_volatility(matrix)


def inverse_volatility(matrix: Floats) -> Floats:
    """w ~ 1 / sigma: the most robust when correlations are crude."""
    return _shares(1.0 / np.sqrt(np.diag(matrix)))


def equal_risk(matrix: Floats) -> Floats:
    """Every strategy contributes the same risk, w_i (matrix w)_i.

    Newton's method on x' M x / 2 - sum ln x_i (Spinu 2013, "An algorithm for computing risk parity weights").
    The objective is self-concordant, so a step of 1 / (1 + decrement) keeps every x above 0 and converges
    for any positive definite M. A hair on the diagonal makes it that where a hedge is perfect.
    """
    matrix = matrix + HAIR * np.diag(np.diag(matrix))
    x = 1.0 / np.sqrt(np.diag(matrix))
    for _ in range(STEPS_MAX):
        gradient = matrix @ x - 1.0 / x
        step = np.linalg.solve(matrix + np.diag(1.0 / x**2), gradient)
        decrement = sqrt(max(float(gradient @ step), 0.0))
        x = x - step / (1.0 + decrement)
        if decrement < TOLERANCE:
            break
    return _shares(x)


def hierarchical(matrix: Floats) -> Floats:
    """Hierarchical risk parity (López de Prado 2016): order by single linkage on sqrt((1 - rho) / 2), then
    halve, each half getting what the other has of the two variances."""
    weights = np.ones(len(matrix))
    pending = [_order(matrix)]
    while pending:
        cluster = pending.pop()
        if len(cluster) < 2:
            continue
        left, right = np.split(cluster, [len(cluster) // 2])
        var_left, var_right = _variance(matrix, left), _variance(matrix, right)
        share = var_right / (var_left + var_right)
        weights[left] *= share
        weights[right] *= 1.0 - share
        pending += [left, right]
    return _shares(weights)


def _order(matrix: Floats) -> Ints:
    """The strategies as the leaves of the tree, like beside like."""
    if len(matrix) < 3:
        return np.arange(len(matrix))
    from scipy.cluster.hierarchy import leaves_list, linkage

    spread = np.sqrt(np.diag(matrix))
    rho = np.clip(matrix / np.outer(spread, spread), -1.0, 1.0)
    upper = np.triu_indices(len(matrix), 1)
    return np.asarray(leaves_list(linkage(np.sqrt((1.0 - rho[upper]) / 2.0), "single")), dtype=np.int64)


def _variance(matrix: Floats, cluster: Ints) -> float:
    """Of the cluster held by inverse variance."""
    block = matrix[np.ix_(cluster, cluster)]
    weights = _shares(1.0 / np.diag(block))
    return float(weights @ block @ weights)


def _shares(raw: Floats) -> Floats:
    return np.asarray(raw / raw.sum())
