"""Expressions run over the candles of one series."""

from __future__ import annotations

import numpy as np

from barfinex.detector.beside import Beside
from barfinex.domain.candles import Series
from barfinex.sdk.expressions import Array
from barfinex.sdk.flow import PREFIX
from barfinex.sdk.graph import Graph, States
from barfinex.sdk.others import OTHER

NOTHING = Beside()


class Program(Graph):
    """A set of expressions over the candles of one series; `beside`: what book and trades did in each."""

    beside: Beside = NOTHING

    def run(self, states: States, series: Series, start: int, stop: int) -> tuple[States, list[Array]]:
        """The next states, and each root's values at candles [start, stop) of the series.

        Raises:
            NodeFailed: an operator raised; the given states are still good.
        """
        return self.step(states, [column_of(name, series, start, stop, self.beside) for name in self.columns])


def column_of(name: str, series: Series, start: int, stop: int, beside: Beside) -> Array:
    """A column of candles [start, stop) by its name: of the series, or what follows from it."""
    if name == "closes_at":
        return series.ts[start:stop] + series.step_ms
    if name == "step_ms":
        return np.asarray(series.step_ms)
    if name.startswith((PREFIX, OTHER)):
        return beside.column(name, series, start, stop)
    found: Array = getattr(series, name)[start:stop]
    return found
