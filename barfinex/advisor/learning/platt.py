"""Pooled Platt calibration, shrunk to the identity."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.value import Value

PRECISION = 0.5**-2
STEPS_MAX = 100
TOLERANCE = 1e-9


class Platt(Value, frozen=True):
    """logit p = slope * z + intercept, where z is the logit of the raw probability."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, odds: float) -> float:
        return self.slope * odds + self.intercept


def fit(odds: Sequence[float], won: Sequence[bool], start: Platt) -> Platt:
    """The most probable slope and intercept under slope ~ N(1, 0.5²), intercept ~ N(0, 0.5²).

    Platt (1999), "Probabilistic outputs for support vector machines", with the outcomes as they are and a
    Gaussian prior in place of his smoothed targets. The prior makes the problem strictly convex: few outcomes
    move little, none move nothing. Newton's method from `start`, a step being halved until the gradient
    shrinks; what does not converge changes nothing. The slope is not let below zero: more conviction must
    never mean less.

    Args:
        odds: logits of the raw probabilities, length n.
        won: whether each was a net win, length n.
    """
    z, y = np.array(odds, dtype=np.float64), np.array(won, dtype=np.float64)
    a, b, share = start.slope, start.intercept, 1.0
    here = _bend(z, y, a, b)
    for _ in range(STEPS_MAX):
        if hypot(here.a, here.b) < TOLERANCE * (1.0 + len(z)):
            return Platt(max(0.0, a), b)
        determinant = here.aa * here.bb - here.ab * here.ab
        next_a = a - share * (here.bb * here.a - here.ab * here.b) / determinant
        next_b = b - share * (here.aa * here.b - here.ab * here.a) / determinant
        there = _bend(z, y, next_a, next_b)
        if hypot(there.a, there.b) < hypot(here.a, here.b):
            a, b, here, share = next_a, next_b, there, 1.0
        else:
            share /= 2.0
    return start


class _Bend(NamedTuple):
    """First and second derivatives of the negative log posterior by slope (a) and intercept (b)."""

    a: float
    b: float
    aa: float
    ab: float
    bb: float


def _bend(z: Floats, y: Floats, a: float, b: float) -> _Bend:
    p = 0.5 + 0.5 * np.tanh(0.5 * (a * z + b))
    miss, weight = p - y, p * (1.0 - p)
    weighted = weight * z
    return _Bend(
        float(miss.dot(z)) + PRECISION * (a - 1.0),
        float(miss.sum()) + PRECISION * b,
        float(weighted.dot(z)) + PRECISION,
        float(weighted.sum()),
        float(weight.sum()) + PRECISION,
    )
