"""Markets whose regime is known: four sticky states with fat-tailed noise."""

from __future__ import annotations

import numpy as np

from barfinex.domain.candles import Floats, Ints, Series

STATES = ((0.0, 0.006, 0.0), (0.0010, 0.006, 0.10), (0.0, 0.018, -0.05), (-0.0022, 0.022, 0.10))
"""Mean, deviation and autocorrelation of a return: calm, calm trend, loud chop, loud fall."""
STAY = 250
"""Candles that a state lasts on average."""


def world(seed: int, size: int = 6_000) -> tuple[Series, Ints]:
    """Candles, and each one's true state; the last two are the loud ones."""
    rng = np.random.default_rng(seed)
    states, returns = np.empty(size, dtype=np.int64), np.empty(size)
    state, last = 0, 0.0
    noise = rng.standard_t(5, size) / np.sqrt(5 / 3)
    switches = rng.random(size) < 1 / STAY
    for i in range(size):
        if switches[i]:
            state = int(rng.choice([k for k in range(4) if k != state]))
        mean, deviation, memory = STATES[state]
        last = mean + memory * last + deviation * noise[i]
        states[i], returns[i] = state, last
    return series(100.0 * np.exp(returns.cumsum())), states


def series(close: Floats) -> Series:
    """One-minute candles without a range."""
    ts = np.arange(len(close), dtype=np.int64) * 60_000
    return Series("BTC-USDT", "1m", ts, close, close, close, close.copy(), np.ones(len(close)))
