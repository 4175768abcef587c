"""The candle store in figures: a year of one-minute candles of a hundred instruments, asked for by range."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from barfinex.domain.candles import Series
from barfinex.provider.store.candles import DAY_MS, CandleStore
from tests.bench.journal import quantile

YEAR, STEP, T0 = 525_600, 60_000, 1_735_689_600_000
INSTRUMENTS, QUESTIONS = 100, 200
RANGES = {"a day": DAY_MS, "a month": 30 * DAY_MS, "the year": 366 * DAY_MS}


def year(instrument: str) -> Series:
    """A seeded walk, on ticks of a cent."""
    draw = np.random.Generator(np.random.PCG64(1))
    close = np.round(100 * np.exp(np.cumsum(draw.normal(0, 5e-4, YEAR))), 2)
    first = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(first, close) + 0.02, np.minimum(first, close) - 0.02
    ts = T0 + STEP * np.arange(YEAR, dtype=np.int64)
    return Series(instrument, "1m", ts, first, high, low, close, np.round(draw.uniform(1, 9, YEAR), 3))


def measure() -> None:
    """Every instrument holds the same numbers: written once, then copied."""
    draw = np.random.Generator(np.random.PCG64(2))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        store = CandleStore(root)
        began = time.perf_counter()
        for number in range(2):
            store.put(year(f"I{number}").block(), T0 + YEAR * STEP)
        wrote_s = (time.perf_counter() - began) / 2
        for number in range(2, INSTRUMENTS):
            shutil.copytree(root / "history/instrument=I0", root / f"history/instrument=I{number}")
            hot = store.hot.read("I0", "1m", 0, 10**13)
            store.hot.write(f"I{number}", "1m", hot)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) / 1e6
        print(f"candle store: {INSTRUMENTS} instruments, a year of 1m each, {size:,.0f} MB on disk")
        print(f"  one year kept in {wrote_s:.2f} s ({YEAR / wrote_s:,.0f} candles/s)")
        for words, length in RANGES.items():
            took, count = list[float](), 0
            for _ in range(QUESTIONS if length < 300 * DAY_MS else 20):
                start = T0 + int(draw.integers(0, max(1, YEAR * STEP - length)))
                asked = time.perf_counter()
                found = store.get(f"I{int(draw.integers(0, INSTRUMENTS))}", "1m", start, start + length)
                took.append(time.perf_counter() - asked)
                count = len(found.ts)
                assert count >= min(length, YEAR * STEP - (start - T0)) // STEP - 1
            print(
                f"  {words:8}  p50 {quantile(took, 0.5):6.1f} ms  p99 {quantile(took, 0.99):6.1f} ms"
                f"  ({count:,} candles)"
            )
        store.close()


if __name__ == "__main__":
    measure()
