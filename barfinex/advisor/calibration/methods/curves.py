"""Calibrators that are a logistic regression on few functions of the logit, shrunk to the identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

import numpy as np

from barfinex.advisor.calibration.calibrator import INTERCEPT_SD, SLOPE_SD, bounded, checked
from barfinex.advisor.learning.newton import map_logistic, sigmoid
from barfinex.domain.candles import Floats
from barfinex.domain.value import Value, Word


class Shape(Word):
    """With s the sigmoid: identity p = s(z) · temperature p = s(a z) · platt p = s(a z + c) (Platt 1999) ·
    beta p = s(a ln s(z) - b ln s(-z) + c) (Kull et al. 2017) · quadratic p = s(a z + b z² + c).
    """

    IDENTITY = "identity"
    TEMPERATURE = "temperature"
    PLATT = "platt"
    BETA = "beta"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class _Basis:
    """`rising`: how many of the leading coefficients may not be below 0, lest more conviction mean less."""

    functions: Callable[[Floats], tuple[Floats, ...]]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    rising: int

    def design(self, z: Floats) -> Floats:
        return np.column_stack([np.broadcast_to(column, z.shape) for column in self.functions(z)])


_ONE = np.ones(1)
BEND_SD = 0.25
_BASES = {
    Shape.IDENTITY: _Basis(lambda z: (z,), (1.0,), (SLOPE_SD,), 1),
    Shape.TEMPERATURE: _Basis(lambda z: (z,), (1.0,), (SLOPE_SD,), 1),
    Shape.PLATT: _Basis(lambda z: (z, _ONE), (1.0, 0.0), (SLOPE_SD, INTERCEPT_SD), 1),
    Shape.BETA: _Basis(
        lambda z: (-np.logaddexp(0.0, -z), np.logaddexp(0.0, z), _ONE),
        (1.0, 1.0, 0.0),
        (SLOPE_SD, SLOPE_SD, INTERCEPT_SD),
        2,
    ),
    Shape.QUADRATIC: _Basis(
        lambda z: (z, z * z, _ONE), (1.0, 0.0, 0.0), (SLOPE_SD, BEND_SD, INTERCEPT_SD), 1
    ),
}
_PINNED = 1e9
"""Precision of a prior that holds a coefficient at 0."""


class Curve(Value, frozen=True, tag="curve"):
    """`coefficients` of the functions of `name`, in their order."""

    name: Shape
    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.coefficients) != len(_BASES[self.name].mean):
            raise ValueError(f"{self.name}: wrong number of coefficients; fit it again")
        if not all(map(isfinite, self.coefficients)):
            raise ValueError(f"{self.name}: a coefficient is not finite; fit it again")
        if min(self.coefficients[: _BASES[self.name].rising]) < 0.0:
            raise ValueError(f"{self.name}: more conviction would mean less; fit it again")

    def apply_many(self, z: Floats, _posterior: Floats, /) -> Floats:
        """[n] probabilities in [0.02, 0.98], never falling in z; the regime makes no difference."""
        at = _up_to_vertex(z, self.coefficients) if self.name == Shape.QUADRATIC else z
        return bounded(sigmoid(_BASES[self.name].design(at) @ np.array(self.coefficients)))


IDENTITY = Curve(Shape.IDENTITY, (1.0,))


def fit_curve(
    shape: Shape, z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None
) -> Curve:
    """The most probable coefficients under a Gaussian prior around the identity.

    A coefficient that would make more conviction mean less is held at 0 and the others fitted again, as Kull
    et al. (2017) do. `posterior` [n, R] makes no difference.

    Raises:
        BadInput: lengths differ, or a number is not finite or outside its range.
    """
    share = checked(z, posterior, won, weights)
    if shape == Shape.IDENTITY:
        return IDENTITY
    basis = _BASES[shape]
    design, mean, precision = basis.design(z), np.array(basis.mean), np.array(basis.sd) ** -2.0
    b = map_logistic(design, won, mean, precision, share).coefficients
    held = np.zeros(len(b), dtype=np.bool_)
    while (b[: basis.rising] < 0.0).any():  # Each time one more is held: `rising` times at most.
        held[: basis.rising] |= b[: basis.rising] < 0.0
        mean[held], precision[held] = 0.0, _PINNED
        b = map_logistic(design, won, mean, precision, share).coefficients
        b[held] = 0.0
    return Curve(shape, tuple(b.tolist()))


def _up_to_vertex(z: Floats, coefficients: tuple[float, ...]) -> Floats:
    """A parabola rises on one side of its vertex: beyond it, the value at the vertex stands."""
    slope, bend, _ = coefficients
    if bend == 0.0:
        return z
    vertex = -slope / (2.0 * bend)
    return np.maximum(z, vertex) if bend > 0.0 else np.minimum(z, vertex)
