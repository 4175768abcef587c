"""Bars by trades, volume and money, against plain loops over exact numbers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barfinex.domain.errors import BadInput
from barfinex.provider.bars import KINDS, Trades, bars_of, read_trades
from tests.cli.command import barfinex

DATA = Path(__file__).parents[3] / "shared" / "data" / "trades"


def some(seed: int, count: int) -> Trades:
    draw = np.random.Generator(np.random.PCG64(seed))
    price = np.round(100 + draw.normal(0, 0.1, count).cumsum(), 2)
    return Trades(np.arange(count, dtype=np.int64) * 10, price, np.round(draw.uniform(0, 3, count), 3))


def brute(trades: Trades, kind: str, size: float) -> list[list[Any]]:
    found, bar = [], list[tuple[int, float, float]]()
    held = Decimal(0)
    for ts, price, quantity in zip(
        *(c.tolist() for c in (trades.ts, trades.price, trades.quantity)), strict=True
    ):
        bar.append((ts, price, quantity))
        amount = Decimal(str(quantity))
        held += {"tick": Decimal(1), "volume": amount, "dollar": amount * Decimal(str(price))}[kind]
        if held >= Decimal(str(size)):
            prices = [one[1] for one in bar]
            volume = sum(one[2] for one in bar)
            found.append([bar[0][0], ts, prices[0], max(prices), min(prices), prices[-1], volume, len(bar)])
            bar, held = [], Decimal(0)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 7, 100.5])
@pytest.mark.parametrize("seed", range(3))
def test_bars_equal_plain_loops(kind: str, size: float, seed: int) -> None:
    trades = some(seed, 1_000)
    scaled = size * 100 if kind == "dollar" else size
    made, expected = bars_of(trades, kind, scaled), brute(trades, kind, scaled)
    columns = (made.ts, made.end, made.open, made.high, made.low, made.close, made.volume, made.trades)
    np.testing.assert_allclose(np.array([*zip(*columns, strict=True)]), np.array(expected), rtol=1e-12)


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is absent")
@pytest.mark.parametrize(("kind", "size"), [("tick", 500), ("volume", 5), ("dollar", 250_000)])
def test_recorded_trades_give_the_bars_of_plain_loops(kind: str, size: float) -> None:
    trades = read_trades(DATA / "binance_usdm_BTC-USDT_2024-08-08.csv.gz")
    made, expected = bars_of(trades, kind, size), brute(trades, kind, size)
    assert len(made.ts) == len(expected) > 10
    assert made.close.tolist() == [row[5] for row in expected]
    assert made.trades.tolist() == [row[7] for row in expected]


def test_a_prefix_of_the_trades_gives_a_prefix_of_the_bars() -> None:
    trades = some(4, 600)
    half = Trades(trades.ts[:300], trades.price[:300], trades.quantity[:300])
    whole, part = bars_of(trades, "volume", 20), bars_of(half, "volume", 20)
    assert whole.close[: len(part.close)].tolist() == part.close.tolist()


def test_the_command_writes_them_and_refuses_what_is_none(tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    file.write_text("ts,price,amount\n" + "".join(f"{k},{100 + k},2.5\n" for k in range(20)))
    words = ("data", "bars", file, "--by", "volume", "--size", 5)
    assert barfinex(*words, "--out", tmp_path / "bars.csv", "--json").json["bars"] == 10
    barfinex(*words, "--out", tmp_path / "bars.csv").refuses("exists already")
    barfinex("data", "bars", file, "--size", 100, "--out", tmp_path / "x.csv").refuses("is more than the 20")
    barfinex("data", "bars", file, "--by", "hour", "--out", tmp_path / "x.csv").refuses(
        "hour", "tick, volume"
    )
    for text, word in (
        ("ts,price\n1,2\n", "amount"),
        ("ts,price,amount\n1,nan,1\n", "row 1"),
        ("", "no trades"),
    ):
        file.write_text(text)
        barfinex(*words, "--out", tmp_path / "x.csv").refuses("trades.csv", word)
    file.write_text("ts,price,amount\n5,1,1\n3,1,1\n")
    with pytest.raises(BadInput, match="older"):
        read_trades(file)


@pytest.mark.parametrize("size", [1e-12, 0.0, float("nan"), float("inf"), -1.0])
def test_a_size_that_ends_no_bar_is_refused(size: float) -> None:
    with pytest.raises(BadInput):
        bars_of(some(1, 10), "volume", size)


def test_sums_that_would_run_over_are_refused() -> None:
    trades = some(1, 10)
    with pytest.raises(BadInput, match="summed up"):
        bars_of(Trades(trades.ts, trades.price * 1e12, trades.quantity), "dollar", 1.0)
