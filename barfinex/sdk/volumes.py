"""Indicators of traded volume, in base units unless said; those of TA-Lib keep its values and sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barfinex.domain.candles import Floats, Ints
from barfinex.domain.instrument import timeframe_ms
from barfinex.sdk.expressions import Array, Column, Expr, Op
from barfinex.sdk.indicators import close, high, low, sma, typical, volume
from barfinex.sdk.slower import Slow, timed
from barfinex.sdk.talibs import ta
from barfinex.sdk.trends import Length


def obv(timeframe: Slow = None) -> Expr:
    """On-balance volume: added on rises, taken away on falls (Granville 1963). It depends on where the data
    begins: compare it with itself, as in `rising(obv(), 5)`."""
    return timed(timeframe, ta("OBV", close, volume))


def mfi(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Money flow index, an RSI of typical price x volume, in [0, 100] (Quong and Soudack 1989). Warm-up n."""
    return timed(timeframe, ta("MFI", high, low, close, volume, timeperiod=n))


def cmf(n: Length = 20, timeframe: Slow = None) -> Expr:
    """Chaikin's money flow in [-1, 1]: volume by where the close lies in its range. Warm-up n - 1."""
    return timed(timeframe, ta("CMF", high, low, close, volume, timeperiod=n))


def relative_volume(n: Length = 20, timeframe: Slow = None) -> Expr:
    """Volume over its mean of the last n candles, this one's included. Warm-up n - 1."""
    return timed(timeframe, volume / sma(volume, n))


def vwma(n: Length, timeframe: Slow = None) -> Expr:
    """Mean typical price of n candles, each by its volume; NaN where nothing traded. Warm-up n - 1."""
    return timed(timeframe, sma(typical * volume, n) / sma(volume, n))


def vwap(every: str = "1d") -> Expr:
    """Volume-weighted average of the typical price since the period's beginning (UTC), this candle included;
    NaN until something traded. `every` is a timeframe: "1d", "4h"."""
    return Expr(Since(timeframe_ms(every)), (Expr(Column("closes_at")), typical, volume))


@dataclass(frozen=True, slots=True)
class Since(Op):
    """Volume-weighted mean since the beginning of the period of `period_ms`."""

    period_ms: int

    def start(self) -> tuple[int, float, float]:
        return -1, 0.0, 0.0

    def step(self, state: tuple[int, float, float], *inputs: Array) -> tuple[tuple[int, float, float], Array]:
        closes_at, price, traded = inputs
        bucket: Ints = (closes_at - 1) // self.period_ms
        begins = np.flatnonzero(np.diff(bucket, prepend=state[0])).tolist()
        worth, weight, held = np.empty(len(bucket)), np.empty(len(bucket)), (0.0, 0.0)
        if bucket[0] == state[0]:
            begins, held = [0, *begins], state[1:]
        for start, stop in zip(begins, [*begins[1:], len(bucket)], strict=True):
            worth[start:stop] = _summed(held[0], price[start:stop] * traded[start:stop])
            weight[start:stop] = _summed(held[1], traded[start:stop])
            held = (0.0, 0.0)
        return (int(bucket[-1]), float(worth[-1]), float(weight[-1])), worth / weight


def _summed(before: float, values: Floats) -> Floats:
    """Running sums from `before` on, one by one: equal bits for any partition."""
    total: Floats = np.add.accumulate(np.concatenate(([before], values)))[1:]
    return total
