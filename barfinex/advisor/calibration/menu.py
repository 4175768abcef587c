"""The menu of calibrators, and how much each must have seen before it may speak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from barfinex.advisor.calibration.hierarchical import HierarchicalPlatt, fit_hierarchical
from barfinex.advisor.calibration.methods.curves import Curve, Shape, fit_curve
from barfinex.advisor.calibration.methods.isotonic import Isotonic, fit_isotonic
from barfinex.advisor.calibration.methods.venn_abers import VennAbers, fit_venn_abers
from barfinex.domain.candles import Floats

AnyCalibrator = Curve | HierarchicalPlatt | Isotonic | VennAbers
DEFAULT = "hierarchical"


@dataclass(frozen=True, slots=True)
class Method:
    """`fit(z, posterior, won, weights)`; served from `n_eff_min` effective labels on, `n_eff_regime_min` of
    them in the regime."""

    name: str
    fit: Callable[[Floats, Floats, Floats, Floats | None], AnyCalibrator]
    n_eff_min: float
    n_eff_regime_min: float = 0.0


def _curve(shape: Shape, n_eff_min: float) -> Method:
    return Method(shape.value, partial(fit_curve, shape), n_eff_min)


MENU = (
    _curve(Shape.IDENTITY, 0.0),
    _curve(Shape.TEMPERATURE, 60.0),
    _curve(Shape.PLATT, 60.0),
    Method(DEFAULT, fit_hierarchical, 60.0),
    _curve(Shape.BETA, 500.0),
    _curve(Shape.QUADRATIC, 500.0),
    Method("isotonic", fit_isotonic, 1_000.0, 300.0),
    Method("venn_abers", fit_venn_abers, 1_000.0, 300.0),
)
"""The first needs nothing: it is served while the others may not be."""
NAMES = tuple(method.name for method in MENU)
