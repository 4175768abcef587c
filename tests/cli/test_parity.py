"""Parity: the reference strategy makes exactly the trades that independent engines agree on, to the cent."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.bench.loop import ORACLE, oracle, write_series
from tests.cli.command import ROOT, Answer, barfinex, finish, spawn

FEE = 0.001
LENGTHS = [(0, 20_000), (1, 5_000), (2, 3_001), (3, 10_007), (4, 150), (5, 101), (6, 1), (7, 2)]
needs_oracle = pytest.mark.skipif(not ORACLE.exists(), reason=f"the oracle {ORACLE} is absent")

Row = tuple[int, int, float, float, str]


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def oracles_trades(seed: int, bars: int) -> list[Row]:
    module = oracle()
    assert module is not None
    series = module.make_series(seed, bars)
    return [(int(series[i, 0]), int(series[j, 0]), a, b, why) for i, j, a, b, why in module.trades(series)]


def arguments(seed: int, bars: int, folder: Path, *more: object) -> list[object]:
    path = folder / f"S{seed}-USD_1m.csv"
    if not path.exists():
        write_series(bars, seed, path)
    return ["backtest", "--config", "config/reference.toml", "--data", path, "--json", *more]


def run(seed: int, bars: int, folder: Path, name: str, *more: object) -> dict[str, Any]:
    report: dict[str, Any] = barfinex(
        *arguments(seed, bars, folder, "--journal", folder / f"{name}.db", "--out", folder / name, *more)
    ).json
    return report


def written(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [_row(row) for row in rows]


def viewed(journal: Path) -> list[Row]:
    answer: Answer = barfinex(
        "audit", "query", "select * from v_trades order by seq", "--journal", journal, "--json"
    )
    return [_row(row) for row in answer.json["rows"]]


def _row(row: dict[str, Any]) -> Row:
    prices = float(row["entry_price"]), float(row["exit_price"])
    return int(row["entry_ts"]), int(row["exit_ts"]), *prices, row["reason"]


@needs_oracle
@pytest.mark.parametrize(("seed", "bars"), LENGTHS)
def test_trades_are_the_oracles_to_the_cent(seed: int, bars: int, tmp_path: Path) -> None:
    expected = oracles_trades(seed, bars)
    report = run(seed, bars, tmp_path, "whole")
    assert written(tmp_path / "whole" / "trades.csv") == expected
    assert viewed(tmp_path / "whole.db") == expected
    assert (report["bars"], report["trades"]) == (bars, len(expected))
    net = sum((b - a) - FEE * (a + b) for _, _, a, b, _ in expected)
    assert round(report["net_pnl"], 2) == round(net, 2)
    reasons = [why for *_, why in expected]
    assert report["exit_reasons"] == {why: reasons.count(why) for why in sorted(set(reasons))}


@needs_oracle
@pytest.mark.parametrize("seed", [2, 3])
def test_blocks_of_any_length_give_the_same_trades_and_journal(seed: int, tmp_path: Path) -> None:
    """I8: whole, one by one, by sevens."""
    whole, single, sevens = (run(seed, 4_000, tmp_path, f"by-{size}", "--block", size) for size in (0, 1, 7))
    assert whole["trades"] == len(oracles_trades(seed, 4_000)) > 0
    assert whole["journal_hash"] == single["journal_hash"] == sevens["journal_hash"]
    tables = [(tmp_path / f"by-{size}" / "trades.csv").read_bytes() for size in (0, 1, 7)]
    assert tables[0] == tables[1] == tables[2]


@needs_oracle
def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    answer = finish(
        spawn(*arguments(0, 3_000, tmp_path, "--journal", tmp_path / "own.db", "--out", tmp_path / "own"))
    )
    assert answer.json["trades"] == len(oracles_trades(0, 3_000))
    assert written(tmp_path / "own" / "trades.csv") == oracles_trades(0, 3_000)
    assert answer.json["journal_hash"] == run(0, 3_000, tmp_path, "here")["journal_hash"]
