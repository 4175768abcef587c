"""Centred isotonic calibration: steps that only rise, joined by straight lines, and nowhere certain."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite

import numpy as np

from barfinex.advisor.calibration.calibrator import bounded, checked
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value


class Isotonic(Value, frozen=True, tag="isotonic"):
    """Probability `p` at logit `z`, both never falling; straight between the knots, flat beyond them."""

    z: tuple[float, ...]
    p: tuple[float, ...]

    def __post_init__(self) -> None:
        refuse_unless_curve("isotonic", self.z, self.p)

    @property
    def name(self) -> str:
        return "isotonic"

    def apply_many(self, z: Floats, _posterior: Floats, /) -> Floats:
        """[n] probabilities in [0.02, 0.98], never falling in z; the regime makes no difference."""
        return bounded(np.interp(z, self.z, self.p))


def fit_isotonic(z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None) -> Isotonic:
    """Pool-adjacent-violators (Ayer et al. 1955), each block moved to its centre (Oron & Flournoy 2017).

    The two end blocks are smoothed by Laplace's rule, (wins + 1) / (count + 2), since nothing beyond them
    holds them back, but not past their neighbours. `posterior` [n, R] makes no difference.

    Raises:
        BadInput: no labels; lengths differ, or a number is not finite or outside its range.
    """

    from scipy.optimize import isotonic_regression

    share = checked(z, posterior, won, weights)
    known = share > 0.0
    if not known.any():
        raise BadInput("labels", "none has any weight", "use the identity until there are some")
    scores, wins, counts = tallied(z[known], won[known], share[known])
    rising = isotonic_regression(wins / counts, weights=counts)
    first = rising.blocks[:-1]
    count = np.add.reduceat(counts, first)
    centre, p = np.add.reduceat(counts * scores, first) / count, np.asarray(rising.x[first], dtype=np.float64)
    smooth = (np.add.reduceat(wins, first) + 1.0) / (count + 2.0)
    if len(p) == 1:
        p[0] = smooth[0]
    else:
        p[0], p[-1] = min(smooth[0], p[1]), max(smooth[-1], p[-2])
    return Isotonic(tuple(centre.tolist()), tuple(p.tolist()))


def tallied(z: Floats, won: Floats, share: Floats) -> tuple[Floats, Floats, Floats]:
    """The distinct scores, rising, with their weighted wins and counts: equal scores are one observation."""
    scores, place = np.unique(z, return_inverse=True)
    return (
        scores,
        np.bincount(place, share * won).astype(np.float64),
        np.bincount(place, share).astype(np.float64),
    )


def refuse_unless_curve(name: str, z: tuple[float, ...], p: tuple[float, ...]) -> None:
    """Raise ValueError unless `z` rises, `p` does not fall and lies in [0, 1], and they are of one length."""
    if not 0 < len(z) == len(p):
        raise ValueError(f"{name}: columns of unequal length, or none; fit it again")
    if not all(map(isfinite, z + p)):
        raise ValueError(f"{name}: a number is not finite; fit it again")
    rises = all(a < b for a, b in pairwise(z))
    if not (rises and all(a <= b + 1e-12 for a, b in pairwise(p)) and p[0] >= 0 and p[-1] <= 1):
        raise ValueError(f"{name}: the curve falls, or leaves [0, 1]; fit it again")
