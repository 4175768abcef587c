"""Expressions run over the candles of one series."""

from __future__ import annotations

import numpy as np

from barfinex.domain.candles import Series
from barfinex.sdk.expressions import Array
from barfinex.sdk.graph import Graph, States


class Program(Graph):
    """A set of expressions over the candles of one series."""

    def run(self, states: States, series: Series, start: int, stop: int) -> tuple[States, list[Array]]:
        """The next states, and each root's values at candles [start, stop) of the series.

        Raises:
            NodeFailed: an operator raised; the given states are still good.
        """
        return self.step(states, [column(series, name, start, stop) for name in self.columns])


def column(series: Series, name: str, start: int, stop: int) -> Array:
    """A column of candles by its name: of the series, or what follows from its times."""
    match name:
        case "closes_at":
            return series.ts[start:stop] + series.step_ms
        case "step_ms":
            return np.asarray(series.step_ms)
    found: Array = getattr(series, name)[start:stop]
    return found
