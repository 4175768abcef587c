"""A market that is listed in the middle of a run: is anything decided otherwise before it is?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import anyio
import numpy as np

from barfinex.audit.journal import HashJournal
from barfinex.config import load
from barfinex.detector.loader import load as load_strategies
from barfinex.domain.candles import Series
from barfinex.runtime.history import Input, run_history

ROOT = Path(__file__).parents[3]
MINUTE, CANDLES, LISTED = 60_000, 2_400, 1_200
OLD, NEW = "OLD-USD", "NEW-USD"


def walk(symbol: str, first: int, seed: int) -> Series:
    """A random walk from the candle `first` to the end."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(rng.normal(0.0, 0.004, CANDLES - first).cumsum()).round(4)
    opened = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(opened, close) * 1.001, np.minimum(opened, close) * 0.999
    ts = np.arange(first, CANDLES, dtype=np.int64) * MINUTE
    return Series(symbol, "1m", ts, opened, high.round(4), low.round(4), close, np.full(len(ts), 1_000.0))


@cache
def decided(listed: int | None) -> tuple[tuple[str, bytes], ...]:
    """What the Advisor said of the old market before the candle LISTED; the new one is there from the candle
    `listed` on, or never."""
    config = load(ROOT / "config" / "reference.toml")
    given = [walk(OLD, 0, 1)] if listed is None else [walk(OLD, 0, 1), walk(NEW, listed, 2)]
    inputs = [Input((one,), f"{one.instrument}.csv", one.instrument, {}) for one in given]
    journal = HashJournal(keep=True)
    loaded = load_strategies(ROOT / "strategies", config.strategies.names)
    anyio.run(lambda: run_history(config, inputs, loaded, journal, mode="backtest"))
    return tuple(
        (one.event.wire_type, one.event.body())
        for one in journal.envelopes
        if one.source == "advisor"
        and one.known_at <= LISTED * MINUTE
        and getattr(one.event, "instrument", "") == OLD
    )
