"""Venn-Abers calibration: what isotonic calibration would say if the next trade won, and if it lost."""

from __future__ import annotations

import numpy as np

from barfinex.advisor.calibration.calibrator import bounded, checked
from barfinex.advisor.calibration.methods.isotonic import refuse_unless_curve, tallied
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

POINTS = 65
"""Of the grid of scores; the guarantee of Vovk et al. is exact there, and read off straight lines between."""


class VennAbers(Value, frozen=True, tag="venn_abers"):
    """`p0`, `p1` at logit `z`: the probabilities if a trade of that score is added as lost, and as won."""

    z: tuple[float, ...]
    p0: tuple[float, ...]
    p1: tuple[float, ...]

    def __post_init__(self) -> None:
        refuse_unless_curve("venn_abers", self.z, self.p0)
        refuse_unless_curve("venn_abers", self.z, self.p1)
        if not all(low <= high for low, high in zip(self.p0, self.p1, strict=True)):
            raise ValueError("venn_abers: p0 above p1; fit it again")

    @property
    def name(self) -> str:
        return "venn_abers"

    def interval_many(self, z: Floats) -> tuple[Floats, Floats]:
        """[n] p0 and [n] p1; their distance is the epistemic width."""
        return np.interp(z, self.z, self.p0), np.interp(z, self.z, self.p1)

    def apply_many(self, z: Floats, _posterior: Floats, /) -> Floats:
        """[n] probabilities in [0.02, 0.98]: p1 / (1 - p0 + p1), the minimax of log loss (Vovk et al.)."""
        p0, p1 = self.interval_many(z)
        return bounded(p1 / (1.0 - p0 + p1))


def fit_venn_abers(z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None) -> VennAbers:
    """Inductive Venn-Abers (Vovk, Petej & Fedorova 2015) at quantiles of the scores.

    `posterior` [n, R] makes no difference.

    Raises:
        BadInput: no labels; lengths differ, or a number is not finite or outside its range.
    """
    share = checked(z, posterior, won, weights)
    known = share > 0.0
    if not known.any():
        raise BadInput("labels", "none has any weight", "use the identity until there are some")
    scores, wins, counts = tallied(z[known], won[known], share[known])
    grid = np.unique(np.quantile(z[known], np.linspace(0.0, 1.0, POINTS)))
    p0, p1 = ([_rising_at(at, added, scores, wins, counts) for at in grid] for added in (0.0, 1.0))
    return VennAbers(tuple(grid.tolist()), _settled(p0), _settled(p1))


def _rising_at(at: float, added: float, scores: Floats, wins: Floats, counts: Floats) -> float:
    """The isotonic fit at score `at` once a trade with outcome `added` has joined it."""

    from scipy.optimize import isotonic_regression

    place = int(np.searchsorted(scores, at))
    if place < len(scores) and scores[place] == at:
        wins, counts = wins.copy(), counts.copy()
        wins[place] += added
        counts[place] += 1.0
    else:
        wins, counts = np.insert(wins, place, added), np.insert(counts, place, 1.0)
    return float(isotonic_regression(wins / counts, weights=counts).x[place])


def _settled(p: list[float]) -> tuple[float, ...]:
    """Rounding of sums may undo the rise by the last digit."""
    return tuple(np.maximum.accumulate(np.clip(p, 0.0, 1.0)).tolist())
