"""Candles and a signal to take features of."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace

from barfinex.domain.candles import Series
from barfinex.domain.signal import Bracket, Direction, Signal, SignalKind

STEP = 60_000


def market(size: int = 300, seed: int = 5) -> Series:
    """One-minute candles of a walk with fat tails; every candle has a range and a volume."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(rng.standard_t(4, size).cumsum() * 0.002)
    first = np.concatenate(([100.0], close[:-1])) * np.exp(rng.normal(0.0, 0.0004, size))
    high = np.maximum(first, close) * (1.0 + rng.random(size) * 0.001)
    low = np.minimum(first, close) * (1.0 - rng.random(size) * 0.001)
    ts = np.arange(size, dtype=np.int64) * STEP
    return Series("BTC-USDT", "1m", ts, first, high, low, close, rng.random(size) * 50.0)


def signal(**changes: Any) -> Signal:
    """An entry signal at the last of 300 candles."""
    base = Signal(
        id="sig-0000000000000001",
        strategy="sample",
        instrument="BTC-USDT",
        timeframe="1m",
        kind=SignalKind.ENTRY,
        direction=Direction.LONG,
        score=1.0,
        threshold=0.5,
        conditions=(),
        candle_ts=299 * STEP,
        candle_hash="0",
        price=100.0,
        expires_at=302 * STEP,
        bracket=Bracket(stop=0.02, target=0.04),
    )
    return replace(base, **changes)
