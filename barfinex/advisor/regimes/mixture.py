"""The served mixture: four Gaussians over (volatility, |trend|), each with a state, read with numpy alone."""

from __future__ import annotations

from math import isfinite, log, pi

import numpy as np

from barfinex.advisor.regimes.states import NAMED, STATES, UNKNOWN, State
from barfinex.domain.candles import Floats, Ints
from barfinex.domain.ids import ident
from barfinex.domain.value import Value

COMPONENTS = 4
POSTERIOR_MIN = 0.45
"""Below it no state is named."""


class Mixture(Value, frozen=True):
    """Its parameters, per component: `weights`; `means` (volatility, |trend|); `factors` (a, b, c), the upper
    Cholesky factor [[a, b], [0, c]] of the precision; and the `states` they stand for: a TREND_UP component
    is a trend of either sign. Below `likelihood_min` (log density) a candle is like nothing trained on.

    Raises:
        ValueError: not four components, or a parameter that is not finite or has the wrong sign.
    """

    weights: tuple[float, ...]
    means: tuple[tuple[float, float], ...]
    factors: tuple[tuple[float, float, float], ...]
    states: tuple[State, ...]
    likelihood_min: float

    def __post_init__(self) -> None:
        if {len(self.weights), len(self.means), len(self.factors), len(self.states)} != {COMPONENTS}:
            raise ValueError(f"a mixture has {COMPONENTS} components: give as many of each parameter")
        numbers = [*self.weights, *sum(self.means, ()), *sum(self.factors, ()), self.likelihood_min]
        if not all(map(isfinite, numbers)):
            raise ValueError("a parameter of the mixture is not finite: fit it on finite rows")
        if not all(
            w > 0.0 and f[0] > 0.0 and f[2] > 0.0 for w, f in zip(self.weights, self.factors, strict=True)
        ):
            raise ValueError("a weight or factor of the mixture is not positive: fit it anew")

    @property
    def model_id(self) -> str:
        """The hash of its parameters."""
        return ident("rgm", self.weights, self.means, self.factors, self.states, self.likelihood_min)


class Reader:
    """A mixture laid out for reading; holds nothing but its numbers."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture, self.model_id = mixture, mixture.model_id
        self._vol, self._trend = np.array(mixture.means).T[:, :, None]
        self._a, self._b, self._c = np.array(mixture.factors).T[:, :, None]
        const = [
            log(weight) + log(a) + log(c) - log(2.0 * pi)
            for weight, (a, _, c) in zip(mixture.weights, mixture.factors, strict=True)
        ]
        self._const = np.array(const)[:, None]
        self._of = {state: np.flatnonzero([s is state for s in mixture.states]) for state in NAMED}

    def components(self, vol: Floats, moves: Floats) -> tuple[Floats, Floats]:
        """Posterior of each component, [4, n], and the log density, [n].

        Sums are written out: a matrix product may round otherwise for one candle than for many.
        """
        off = vol - self._vol
        first = self._a * off
        second = self._b * off + self._c * (moves - self._trend)
        joint = self._const - 0.5 * (first * first + second * second)
        top = joint.max(axis=0)
        share = np.exp(joint - top)
        total = share[0] + share[1] + share[2] + share[3]
        share /= total
        return share, top + np.log(total)

    def read(self, vol: Floats, trend: Floats) -> tuple[Ints, Floats]:
        """Each candle's own state number, [n], and its posterior over `NAMED`, [5, n].

        UNKNOWN where no state reaches `POSTERIOR_MIN`, or where the candle is unlike all that was trained on;
        the posterior stands. A trend is up with probability 1 / (1 + exp(-2 trend)).

        Args:
            vol, trend: [n], n >= 1; the trend signed.
        """
        share, density = self.components(vol, np.abs(trend))
        table = np.zeros((len(NAMED), len(vol)))
        for row, state in enumerate(NAMED):
            for component in self._of[state]:
                table[row] += share[component]
        up, down = STATES.index(State.TREND_UP), STATES.index(State.TREND_DOWN)
        rise = 0.5 + 0.5 * np.tanh(trend)
        np.multiply(table[up], 1.0 - rise, out=table[down])
        table[up] *= rise
        seen = table.argmax(axis=0)
        named = (table.max(axis=0) >= POSTERIOR_MIN) & (density >= self.mixture.likelihood_min)
        return np.where(named, seen, UNKNOWN), table
