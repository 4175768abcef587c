"""Expressions run over the candles of one series."""

from __future__ import annotations

import numpy as np

from barfinex.detector.flows import Flows
from barfinex.domain.candles import Series
from barfinex.sdk.expressions import Array
from barfinex.sdk.flow import PREFIX
from barfinex.sdk.graph import Graph, States

NOTHING = Flows()


class Program(Graph):
    """A set of expressions over the candles of one series; `flows`: what book and trades did in each."""

    flows: Flows = NOTHING

    def run(self, states: States, series: Series, start: int, stop: int) -> tuple[States, list[Array]]:
        """The next states, and each root's values at candles [start, stop) of the series.

        Raises:
            NodeFailed: an operator raised; the given states are still good.
        """
        return self.step(states, [column_of(series, name, start, stop, self.flows) for name in self.columns])


def column_of(series: Series, name: str, start: int, stop: int, flows: Flows) -> Array:
    """A column of candles [start, stop) by its name: of the series, or what follows from it."""
    if name == "closes_at":
        return series.ts[start:stop] + series.step_ms
    if name == "step_ms":
        return np.asarray(series.step_ms)
    if name.startswith(PREFIX):
        return flows.column(name, series, start, stop)
    found: Array = getattr(series, name)[start:stop]
    return found
