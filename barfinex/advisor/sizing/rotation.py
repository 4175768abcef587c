"""What each strategy may be expected to make in a regime, and how far to lean when the regime turns."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from barfinex.advisor.sizing.cells import Cells
from barfinex.domain.value import Value, Word

PRIOR_WEIGHT = 20.0
N_EFF_MIN = 60.0
QUANTILE = 1.2816
"""Standard errors to the bound that the truth is below one time in ten."""
LEAN_MORE, LEAN_LESS = 1.25, 0.5
"""No strategy is switched off on a regime's label alone (§4)."""


class Evidence(Word):
    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"


class Expectation(Value, frozen=True):
    """`expected_r` (posterior mean), `lcb` and `ucb` (one-sided, 90 % each) in R; `n_eff` of the cell's own
    labels. `tilt` multiplies the strategy's share: 1.25 where even the lower bound gains, 0.5 where even the
    upper one loses, else, or with fewer than 60 effective labels, 1."""

    strategy: str
    expected_r: float
    lcb: float
    ucb: float
    n_eff: float
    tilt: float
    evidence: Evidence


@dataclass(slots=True)
class _Sums:
    """Of weights, squared weights, weighted R and weighted squared R."""

    weight: float = 0.0
    squared: float = 0.0
    r: float = 0.0
    rr: float = 0.0

    def add(self, r_net: float, weight: float, decay: float) -> None:
        self.weight = self.weight * decay + weight
        self.squared = self.squared * decay * decay + weight * weight
        self.r = self.r * decay + weight * r_net
        self.rr = self.rr * decay + weight * r_net * r_net

    def variance(self, prior: float) -> float:
        """Within, shrunk to `prior`."""
        within = self.rr - self.r * self.r / self.weight if self.weight > 0.0 else 0.0
        return (max(within, 0.0) + PRIOR_WEIGHT * prior) / (self.weight + PRIOR_WEIGHT)


class Expectations(Cells[_Sums]):
    """Folds admitted labels; partial pooling as in `Payoffs`: nothing, overall, strategy, strategy x regime,
    each level counting for 20 labels of the one below, and 0 R of variance 1 R² at the top."""

    def __init__(self) -> None:
        super().__init__(_Sums)

    def of(self, strategy: str, regime: str) -> Expectation:
        """What to expect of a strategy in a regime."""
        levels = self.levels(strategy, regime)
        own = levels[-1]
        mean, variance = 0.0, 1.0
        for sums in levels:
            mean = (sums.r + PRIOR_WEIGHT * mean) / (sums.weight + PRIOR_WEIGHT)
            variance = sums.variance(variance)
        half = QUANTILE * sqrt(variance / (own.weight + PRIOR_WEIGHT))
        n_eff = own.weight * own.weight / own.squared if own.squared > 0.0 else 0.0
        known = n_eff >= N_EFF_MIN
        lean = LEAN_MORE if mean - half > 0.0 else LEAN_LESS if mean + half < 0.0 else 1.0
        return Expectation(
            strategy,
            mean,
            mean - half,
            mean + half,
            n_eff,
            lean if known else 1.0,
            Evidence.SUFFICIENT if known else Evidence.INSUFFICIENT,
        )

    def turn(self, regime: str) -> tuple[Expectation, ...]:
        """Of every strategy seen, by name, when the market turns to `regime`."""
        return tuple(self.of(name, regime) for name in self.strategies())
