"""Conditions written as plain functions over arrays, and soft conditions: checked where they are computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.sdk.expressions import Array, Op


class BadScore(Exception):
    """A condition gave something that is no degree in [0, 1] per candle."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a plain function is shown: read-only columns, equally long; NaN before the first candle."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.close)


Function = Callable[[Columns], Any]


@dataclass(frozen=True, slots=True)
class Plain(Op):
    """A user's function of the candles and `lookback` earlier ones: one value per candle shown, in [0, 1].

    It must be pure: what it says about a candle may depend on that candle and the `lookback` before it alone.
    """

    function: Function
    lookback: int = 0

    def start(self) -> tuple[Floats, ...]:
        return tuple(np.full(self.lookback, np.nan) for _ in range(5))

    def step(self, state: tuple[Floats, ...], *inputs: Array) -> tuple[tuple[Floats, ...], Array]:
        shown = tuple(np.concatenate(pair) for pair in zip(state, inputs, strict=True))
        for column in shown:
            column.flags.writeable = False
        values = np.asarray(self.function(Columns(*shown)))
        count = len(shown[0])
        if values.shape != (count,):
            raise BadScore(f"gave values of shape {values.shape} for {count} candles")
        ours = values[self.lookback :].astype(np.float64)
        return tuple(column[count - self.lookback :].copy() for column in shown), degrees(ours)


@dataclass(frozen=True, slots=True)
class Degree(Op):
    """A numeric expression as a condition: unknown (NaN) counts as 0."""

    def step(self, state: Any, *inputs: Array) -> tuple[Any, Array]:
        return state, degrees(np.where(np.isnan(inputs[0]), 0.0, inputs[0]))


def degrees(values: Floats) -> Floats:
    """The values themselves. Raises BadScore when one is not finite or outside [0, 1]."""
    bad = ~((values >= 0.0) & (values <= 1.0))
    if bad.any():
        raise BadScore(f"gave {float(values[bad][0])!r}, which is not in [0, 1]")
    return values
