"""The report on a calibrator: what it is published by, and what its gates look at."""

from __future__ import annotations

import numpy as np

from barfinex.advisor.calibration.measures import (
    Bin,
    Brier,
    brier,
    brier_split,
    ece,
    ece_floor,
    equal_mass,
    log_loss,
    reliability,
    slope_intercept,
    spiegelhalter,
)
from barfinex.domain.candles import Floats, Ints
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

REGIME_LABELS_MIN = 200
"""In a regime with fewer, the ECE is mostly noise."""


class CalibrationReport(Value, frozen=True):
    """`bss`: Brier skill over the base rate as it was known; `log_loss` in nats; `ece_floor`: the ECE that
    noise alone would give; `ece_regime_worst`: None where no regime has 200 labels; `slope`, `intercept`:
    (1, 0) if calibrated; `spiegelhalter`: standard normal if calibrated; `sharpness`: standard deviation of
    p; `lcb_coverage`: the share of trades whose lower bound held in their bin.
    """

    n: int
    brier: Brier
    bss: float
    log_loss: float
    ece: float
    ece_floor: float
    ece_excess: float
    ece_regime_worst: float | None
    regime_worst: int | None
    slope: float
    intercept: float
    spiegelhalter: float
    sharpness: float
    lcb_coverage: float
    bins: tuple[Bin, ...]


def report_of(
    p: Floats, won: Floats, base: Floats, regimes: Ints, lcb: Floats, rng: np.random.Generator
) -> CalibrationReport:
    """Judge probabilities by outcomes they were not fitted on.

    Args:
        p: [n], inside (0, 1), as served.
        won: [n], 0 or 1.
        base: [n], inside (0, 1): the win rate known before each.
        regimes: [n], the number of the likeliest regime.
        lcb: [n], the lower confidence bound of p.
        rng: for the noise floor.

    Raises:
        BadInput: no labels, lengths differ, or a number is not finite or outside its range.
    """
    _refuse_unless_judgeable(p, won, base, regimes, lcb)
    split, error, floor = brier_split(p, won), ece(p, won), ece_floor(p, rng)
    worst = max(_regime_errors(p, won, regimes), default=(None, None))
    slope, intercept = slope_intercept(p, won)
    return CalibrationReport(
        n=len(p),
        brier=split,
        bss=1.0 - split.score / brier(base, won),
        log_loss=log_loss(p, won),
        ece=error,
        ece_floor=floor,
        ece_excess=max(0.0, error - floor),
        ece_regime_worst=worst[0],
        regime_worst=worst[1],
        slope=slope,
        intercept=intercept,
        spiegelhalter=spiegelhalter(p, won),
        sharpness=float(p.std()),
        lcb_coverage=lcb_coverage(lcb, won),
        bins=reliability(p, won),
    )


def lcb_coverage(lcb: Floats, won: Floats) -> float:
    """The share of trades in those bins, ten of equal mass by the bound, that won no less often than it says.

    One trade cannot break a bound on a probability; many alike can.
    """
    held = sum(len(run) for run in equal_mass(lcb) if won[run].mean() >= lcb[run].mean())
    return held / len(lcb)


def _regime_errors(p: Floats, won: Floats, regimes: Ints) -> list[tuple[float, int]]:
    """(ECE, regime) of each regime with enough labels."""
    found, counts = np.unique(regimes, return_counts=True)
    enough = found[counts >= REGIME_LABELS_MIN].tolist()
    return [(ece(p[regimes == regime], won[regimes == regime]), regime) for regime in enough]


def _refuse_unless_judgeable(p: Floats, won: Floats, base: Floats, regimes: Ints, lcb: Floats) -> None:
    if not 0 < len(p) == len(won) == len(base) == len(regimes) == len(lcb):
        raise BadInput("report", "no labels, or columns of unequal length", "give one row a label")
    for name, column in (("p", p), ("base", base)):
        if not ((column > 0.0) & (column < 1.0)).all():
            raise BadInput(name, "a probability is not inside (0, 1)", "give them as they were served")
    if not ((won == 0.0) | (won == 1.0)).all():
        raise BadInput("won", "an outcome is neither 0 nor 1", "give 1 for a net win and 0 for the rest")
    if not np.isfinite(lcb).all():
        raise BadInput("lcb", "a bound is not finite", "give p less its margin")
