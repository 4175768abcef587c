"""Features made comparable by the middle of what was trained on, so that no outlier decides the scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.value import Value

CLIP = 5.0
NORMAL_IQR = 1.3489795003921634


class Scaler(Value, frozen=True):
    """Robust z: (x - median) / (IQR / 1.349), clipped at ±5; what is missing (not finite) is 0, the median.

    Raises:
        ValueError: lengths differ, a name comes twice, or a scale is not above 0.
    """

    features: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.features) == len(self.centre) == len(self.scale) == len(set(self.features)):
            raise ValueError("features, centre and scale are of unequal length, or a name comes twice")
        if not all(one > 0.0 for one in self.scale):
            raise ValueError("scale is not above 0 everywhere")

    @classmethod
    def fit(cls, features: Sequence[str], table: Floats) -> Scaler:
        """From the rows [n, d] of training, and no others. A column whose middle half is one value is scaled
        by its standard deviation, one that is all one value by 1."""
        rows = np.sort(np.where(np.isfinite(table), table, np.nan).T, axis=1)
        counts = np.isfinite(rows).sum(axis=1)
        low, centre, high = (_quantile(rows, counts, share) for share in (0.25, 0.5, 0.75))
        scale = (high - low) / NORMAL_IQR
        for at in np.flatnonzero(scale <= 0.0):
            known = rows[at, : counts[at]]
            scale[at] = (known.std() if known.size else 0.0) or 1.0
        return cls(tuple(features), tuple(centre.tolist()), tuple(scale.tolist()))

    def rows(self, table: Floats) -> Floats:
        """[n, d] of rows [n, d]."""
        z = (table - np.array(self.centre)) / np.array(self.scale)
        return np.where(np.isfinite(table), np.clip(z, -CLIP, CLIP), 0.0)

    def row(self, values: Sequence[float]) -> list[float]:
        """As `rows`, of one row of plain numbers, in a few microseconds.

        Raises:
            ValueError: there are not as many values as features.
        """
        if len(values) != len(self.centre):
            raise ValueError(f"values are {len(values)}, features {len(self.centre)}: give one of each")
        return [
            z if -CLIP <= (z := (value - centre) / scale) <= CLIP else _far(value, z)
            for value, centre, scale in zip(values, self.centre, self.scale, strict=True)
        ]


def _far(value: float, z: float) -> float:
    """What stands for a z that is out of bounds, or none."""
    return (CLIP if z > 0.0 else -CLIP) if value - value == 0.0 else 0.0


def _quantile(rows: Floats, counts: Floats, share: float) -> Floats:
    """Linear between neighbours, over the first `counts` of each sorted row; 0 where there are none."""
    at = share * np.maximum(counts - 1, 0)
    below = at.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    lines = np.arange(len(rows))
    low, high = rows[lines, below], rows[lines, above]
    return np.asarray(np.where(counts > 0, low + (at - below) * (high - low), 0.0))
