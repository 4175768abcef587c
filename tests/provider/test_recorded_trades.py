"""Candles and bars out of recorded trades, against a recomputation in plain loops."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from barfinex.domain.candles import Provenance
from barfinex.domain.order import Side
from barfinex.provider.candles import CandleBuilder
from barfinex.provider.venues.history import load
from barfinex.provider.venues.market import Tick

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = (
    "binance_spot_BTC-USDT_2024-08-08.csv.gz",
    "binance_spot_XRP-ETH_2019-10.csv.gz",
    "binance_usdm_BTC-USDT_2024-08-08.csv.gz",
)
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is absent")
Row = tuple[int, float, float, float, float, float]


def ticks(name: str) -> Iterator[Tick]:
    with gzip.open(DATA / "trades" / name, "rt", newline="") as file:
        for row in csv.DictReader(file):
            price = float(row["price"])
            side = Side(row["side"])
            yield Tick(int(row["ts"]), "X", price, float(row["amount"]), side, price, price)


def brute(name: str, step: int) -> dict[int, list[float]]:
    """[open, high, low, close, volume] of each interval that had a trade."""
    found: dict[int, list[float]] = {}
    for tick in ticks(name):
        start, price = tick.ts // step * step, tick.price
        one = found.setdefault(start, [price, price, price, price, 0.0])
        one[1], one[2], one[3] = max(one[1], price), min(one[2], price), price
        one[4] += tick.quantity
    return found


def built(name: str, timeframe: str, step: int) -> dict[int, list[float]]:
    """The builder's candles that had a trade, closed as time goes on."""
    builder, found, now = CandleBuilder(timeframe), {}, 0
    for tick in ticks(name):
        builder.add(tick)
        if tick.ts > now + 7_000:
            now = tick.ts
            for block in builder.close_until(now - 250):
                if block.series.provenance is Provenance.FINAL:
                    found[block.last_ts] = block.rows()[0][1:]
    for block in builder.close_until(now + 10 * step):
        if block.series.provenance is Provenance.FINAL:
            found[block.last_ts] = block.rows()[0][1:]
    assert builder.late == builder.unusable == 0
    return found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("timeframe", "step"), [("1s", 1_000), ("1m", 60_000), ("5m", 300_000)])
def test_candles_equal_brute_force(name: str, timeframe: str, step: int) -> None:
    """R76."""
    expected, found = brute(name, step), built(name, timeframe, step)
    assert found.keys() == expected.keys()
    for start, row in expected.items():
        assert found[start][:4] == row[:4]
        assert found[start][4] == pytest.approx(row[4], rel=1e-12)


@pytest.mark.parametrize(("timeframe", "step"), [("1m", 60_000), ("5m", 300_000)])
def test_candles_equal_those_that_were_published(timeframe: str, step: int) -> None:
    """XRP-ETH: its candle files were built from the same trades by somebody else."""
    file = DATA / "ohlcv" / "binance_spot" / f"XRP-ETH_{timeframe}_2019-10.parquet"
    series = load(file).series
    found = built(FILES[1], timeframe, step)
    assert series.ts.tolist() == sorted(found)
    rows = np.array([found[int(ts)] for ts in series.ts])
    columns = (series.open, series.high, series.low, series.close, series.volume)
    for at, column in enumerate(columns):
        np.testing.assert_allclose(rows[:, at], column, rtol=1e-9)
