"""How unlike its training a row is: a model is trusted less where it has seen little, not at all far out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isnan, sqrt

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.value import Value

ROWS_MAX = 2_000
SHRINK_ABOVE, REJECT_ABOVE = 1.0, 2.0
RECENT, OUTLIERS_MAX = 100, 0.30


class Crowd(Value, frozen=True):
    """The last 2,000 scaled rows of training, at least two, and the mean distance of a pair of them.

    Raises:
        ValueError: rows are of unequal length or too few, or the distance is not above 0.
    """

    rows: tuple[tuple[float, ...], ...]
    distance: float

    def __post_init__(self) -> None:
        if not 2 <= len(self.rows) <= ROWS_MAX or len({len(row) for row in self.rows}) != 1:
            raise ValueError(f"rows are not 2 to {ROWS_MAX} of one length")
        if not 0.0 < self.distance < float("inf"):
            raise ValueError(f"distance {self.distance} is not above 0: rows that are all one are none")

    @classmethod
    def of(cls, rows: Floats) -> Crowd:
        """From scaled rows [n, d], finite, in the order of their decisions."""
        last = rows[-ROWS_MAX:]
        n, norms = len(last), np.einsum("ij,ij->i", last, last)
        squares = norms[:, None] + norms[None, :] - 2.0 * (last @ last.T)
        total = float(np.sqrt(np.maximum(squares, 0.0)).sum())
        return cls(tuple(map(tuple, last.tolist())), total / max(n * (n - 1), 1))


class Oddness(Value, frozen=True):
    """`di`: distance to the nearest row of training over the mean distance of a pair (FreqAI's Dissimilarity
    Index); `mahalanobis`: from their mean, each feature by itself."""

    di: float
    mahalanobis: float


class Verdict(Value, frozen=True):
    """`trust` in [0, 1] multiplies what the model adds to the base rung's logit; a `rejected` row is not
    acted on; `drift`: so many rows are outliers that it is the crowd that is out of date."""

    trust: float
    rejected: bool
    drift: bool


@dataclass(slots=True, eq=False)
class Judge:
    """A crowd made ready to measure rows of d features, about 40 µs each at 2,000 rows. A decision asks of
    one row again and again: the last answer is kept."""

    _rows: Floats
    _norms: Floats
    _mean: Floats
    _spread: Floats
    _distance: float
    _latest: tuple[bytes, Oddness] | None = None

    @classmethod
    def of(cls, crowd: Crowd) -> Judge:
        rows = np.ascontiguousarray(np.array(crowd.rows))
        spread = rows.std(axis=0)
        spread[spread == 0.0] = 1.0
        norms = np.einsum("ij,ij->i", rows, rows)
        return cls(rows, norms, rows.mean(axis=0), spread, crowd.distance)

    def measure(self, row: Floats) -> Oddness:
        """Of a scaled row [d]."""
        asked, latest = row.tobytes(), self._latest
        if latest is None or latest[0] != asked:
            latest = self._latest = asked, self._measured(row)
        return latest[1]

    def _measured(self, row: Floats) -> Oddness:
        nearest = self._rows[int(np.argmin(self._norms - 2.0 * (self._rows @ row)))]
        away, z = nearest - row, (row - self._mean) / self._spread
        return Oddness(sqrt(away.dot(away)) / self._distance, sqrt(z.dot(z)))


class Outliers:
    """What is made of oddness, given how many of the last 100 signals were outliers (DI above 1).

    With more than 30 of 100 the shrinking stops and drift is said: the market has moved, not the signal.
    Rejection stays.
    """

    def __init__(self) -> None:
        self._recent: deque[bool] = deque(maxlen=RECENT)  # full: the oldest signal no longer counts

    def note(self, oddness: Oddness) -> None:
        """A signal was decided that was as odd as this."""
        self._recent.append(not oddness.di <= SHRINK_ABOVE)

    def judge(self, oddness: Oddness) -> Verdict:
        """Trust 1 / DI above a DI of 1, rejection above 2; a DI that is not a number is as far as can be."""
        outlier, rejected = not oddness.di <= SHRINK_ABOVE, not oddness.di <= REJECT_ABOVE
        drift = sum(self._recent) > OUTLIERS_MAX * RECENT
        if not outlier or (drift and not rejected):
            return Verdict(1.0, rejected, drift)
        return Verdict(0.0 if isnan(oddness.di) else 1.0 / oddness.di, rejected, drift)
