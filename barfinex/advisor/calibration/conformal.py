"""Adaptive conformal inference: where net R ends nine times out of ten, whatever the market does."""

from __future__ import annotations

from bisect import bisect_left, insort
from math import isfinite

from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

MISS = 0.10
"""One trade in ten may end outside its interval."""
STEP = 0.01
WINDOW = 500
"""Residuals kept, the newest; older ones tell of another market."""
RESIDUALS_MIN = 30


class Interval(Value, frozen=True):
    """In net R."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


class Conformal(Value, frozen=True):
    """`alpha` is the miss rate aimed at now; `residuals`: net R less predicted R, the newest last;
    `ranked`: the same from the least to the greatest."""

    alpha: float = MISS
    residuals: tuple[float, ...] = ()
    ranked: tuple[float, ...] = ()
    n: int = 0
    missed: int = 0

    def __post_init__(self) -> None:
        known = isfinite(self.alpha) and isfinite(sum(self.residuals))  # One that is none makes the sum none.
        if not (known and len(self.residuals) == len(self.ranked) <= WINDOW):
            raise ValueError("conformal: a number is not finite, or residuals are too many; start it anew")

    def interval(self, predicted: float) -> Interval | None:
        """Around a predicted net R; None is the whole line: too few residuals, or too many misses of late.

        Raises:
            BadInput: the prediction is not finite.
        """
        if not isfinite(predicted):
            raise BadInput("predicted", "not finite", "decline the signal: its R is not known")
        if len(self.residuals) < RESIDUALS_MIN or not self.alpha > 0.0:
            return None
        tail = min(1.0, self.alpha) / 2.0
        return Interval(predicted + self._quantile(tail), predicted + self._quantile(1.0 - tail))

    def _quantile(self, share: float) -> float:
        """On straight lines between the ranked."""
        place = share * (len(self.ranked) - 1)
        at = min(int(place), len(self.ranked) - 2)
        return self.ranked[at] + (place - at) * (self.ranked[at + 1] - self.ranked[at])

    def observed(self, predicted: float, served: Interval | None, net_r: float) -> Conformal:
        """After one trade more: alpha <- alpha + 0.01 (0.10 - miss) (Gibbs & Candès 2021).

        Over N trades the share of misses is within 0.91 / (0.01 N) of one in ten, with no assumption on the
        trades at all, so long as each interval is made after the trade before it was observed.

        Args:
            predicted: net R as predicted at the decision.
            served: the interval given then.
            net_r: what the trade made, in R after costs.

        Raises:
            BadInput: a number is not finite.
        """
        if not (isfinite(predicted) and isfinite(net_r)):
            raise BadInput("net_r", "not finite", "leave out trades whose R is not known")
        residuals, ranked = (*self.residuals, net_r - predicted), list(self.ranked)
        insort(ranked, residuals[-1])
        if len(residuals) > WINDOW:
            del ranked[bisect_left(ranked, residuals[0])]
            residuals = residuals[1:]
        if served is None and len(self.residuals) < RESIDUALS_MIN:
            return Conformal(self.alpha, residuals, tuple(ranked), self.n, self.missed)
        missed = served is not None and not served.low <= net_r <= served.high
        alpha = self.alpha + STEP * (MISS - missed)
        return Conformal(alpha, residuals, tuple(ranked), self.n + 1, self.missed + missed)
