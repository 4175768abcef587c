"""The regime rule: each state can be reached, and too little is known as such."""

from __future__ import annotations

import pytest

from barfinex.advisor.regime import classify
from barfinex.domain.signal import Regime


@pytest.mark.parametrize(
    ("figures", "regime"),
    [
        ((39, 9.0, 9.0, 3.0), Regime.UNKNOWN),
        ((120, 0.5, 0.5, 1.0), Regime.RANGE),
        ((120, 2.5, 1.0, 1.0), Regime.TREND),
        ((120, -2.5, -2.5, 1.0), Regime.TREND),
        ((120, 2.5, -2.5, 1.0), Regime.REVERSAL),
        ((120, 0.5, 2.5, 1.6), Regime.BREAKOUT),
        ((120, 0.5, 0.5, 1.6), Regime.MIXED),
    ],
)
def test_every_regime_is_reached(figures: tuple[int, float, float, float], regime: Regime) -> None:
    assert classify(*figures) is regime
