"""Adaptive conformal inference: where net R ends nine times out of ten, whatever the market does."""

from __future__ import annotations

from math import isfinite

import numpy as np

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
    """`alpha` is the miss rate aimed at now; `residuals`: net R less predicted R, the newest last."""

    alpha: float = MISS
    residuals: tuple[float, ...] = ()
    n: int = 0
    missed: int = 0

    def __post_init__(self) -> None:
        if not (
            isfinite(self.alpha) and len(self.residuals) <= WINDOW and all(map(isfinite, self.residuals))
        ):
            raise ValueError("conformal: a number is not finite, or too many residuals; start it anew")

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
        low, high = np.quantile(self.residuals, (tail, 1.0 - tail))
        return Interval(predicted + float(low), predicted + float(high))

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
        residuals = (*self.residuals, net_r - predicted)[-WINDOW:]
        if served is None and len(self.residuals) < RESIDUALS_MIN:
            return Conformal(self.alpha, residuals, self.n, self.missed)
        missed = served is not None and not served.low <= net_r <= served.high
        alpha = self.alpha + STEP * (MISS - missed)
        return Conformal(alpha, residuals, self.n + 1, self.missed + missed)
