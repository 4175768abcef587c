"""The state of the market, from past candles alone. A plain rule: no memory, hence no hysteresis."""

from __future__ import annotations

from barfinex.domain.signal import Regime

RETURNS_MIN = 40
"""Below this many returns a t-statistic says nothing."""
TREND_T = 2.0
"""A t-statistic that chance alone exceeds one time in twenty."""
SURGE = 1.5
"""Recent volatility over usual volatility that counts as another market."""


def classify(returns: int, trend: float, trend_recent: float, volatility_ratio: float) -> Regime:
    """Name the state.

    Args:
        returns: how many returns the figures rest on.
        trend: t-statistic of the mean log return over the window; `trend_recent` over its latest part.
        volatility_ratio: recent over usual volatility.
    """
    if returns < RETURNS_MIN:
        return Regime.UNKNOWN
    moves = abs(trend_recent) >= TREND_T
    if moves and abs(trend) >= TREND_T and (trend > 0.0) != (trend_recent > 0.0):
        return Regime.REVERSAL
    if volatility_ratio >= SURGE:
        return Regime.BREAKOUT if moves else Regime.MIXED
    return Regime.TREND if abs(trend) >= TREND_T else Regime.RANGE
