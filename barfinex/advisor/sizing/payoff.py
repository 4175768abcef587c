"""What a win and a loss are worth in R, learned per strategy and regime and shrunk to what is known above."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from barfinex.advisor.sizing.cells import Cells
from barfinex.domain.value import Value

WIN_MIN = 0.01


class Payoff(Value, frozen=True):
    """`win` = E[R | win] > 0 and `loss` = E[R | loss] < 0, net of costs, in R; `weight` is the sum of the
    weights of the cell's own labels."""

    win: float
    loss: float
    weight: float

    @property
    def ratio(self) -> float:
        """b = E[R | win] / |E[R | loss]|."""
        return self.win / -self.loss

    @property
    def break_even(self) -> float:
        """p* = 1 / (1 + b): the win rate at which the expected R is zero."""
        return 1.0 / (1.0 + self.ratio)


def geometry(stop: float, target: float, cost: float) -> tuple[float, float]:
    """(win, loss), in R net, that a bracket alone says: its target, as far as its stop where there is none
    (0), and its stop. All are fractions of the entry price; `cost` is what is still to pay once in."""
    return max(WIN_MIN, (target or stop) / stop - cost / stop), -1.0 - cost / stop


@dataclass(slots=True)
class _Sums:
    """Weights and weighted R of wins and of losses."""

    won: float = 0.0
    won_r: float = 0.0
    lost: float = 0.0
    lost_r: float = 0.0

    def add(self, r_net: float, weight: float, decay: float) -> None:
        self.won, self.won_r = self.won * decay, self.won_r * decay
        self.lost, self.lost_r = self.lost * decay, self.lost_r * decay
        if r_net > 0.0:
            self.won, self.won_r = self.won + weight, self.won_r + weight * r_net
        else:
            self.lost, self.lost_r = self.lost + weight, self.lost_r + weight * r_net


class Payoffs(Cells[_Sums]):
    """Folds admitted labels; partial pooling: overall, then strategy, then strategy x regime.

    At each level mean = (sum w r + k parent) / (sum w + k), the posterior mean of a normal mean whose prior
    is the level above with the weight of k labels (Efron & Morris 1975, with k given, not estimated).
    Timeouts count as what they were: a small win or a small loss; won is what ends above zero (§2.1).

    Args:
        win, loss: what a win and a loss are taken for before any label, in R.
        prior_weight: k, in labels.

    Raises:
        ValueError: a prior is on the wrong side of zero, or not finite.
    """

    def __init__(self, win: float = 1.0, loss: float = -1.0, prior_weight: float = 20.0) -> None:
        if not (isfinite(win) and isfinite(loss) and win > 0.0 > loss):
            raise ValueError(f"payoff priors {win} and {loss}: give a finite gain above 0 and a loss below 0")
        if not (isfinite(prior_weight) and prior_weight > 0.0):
            raise ValueError(f"prior_weight {prior_weight}: give a finite number of labels above 0")
        super().__init__(_Sums)
        self._prior, self._k = (win, loss), prior_weight

    def of(self, strategy: str, regime: str, prior: tuple[float, float] | None = None) -> Payoff:
        """The shrunk payoff of a strategy in a regime; what was never seen has its parent's, and before any
        label that of `prior` (win, loss), such as a signal's own bracket says."""
        win, loss = prior or self._prior
        own = 0.0
        for sums in self.levels(strategy, regime):
            own = sums.won + sums.lost
            if own > 0.0:
                win = (sums.won_r + self._k * win) / (sums.won + self._k)
                loss = (sums.lost_r + self._k * loss) / (sums.lost + self._k)
        return Payoff(win, loss, own)
