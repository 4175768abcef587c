"""`backtest` and what people ask of its journal afterwards: verify, query, export, trace, map, check."""

from __future__ import annotations

import json
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barfinex.events.catalog import CATALOG
from tests.cli.command import ROOT, SHARED, barfinex, write_config
from tests.provider.candle_files import START, Row, write_csv, write_parquet
from tests.wide import TRUSTING, WIDE

KEYS = {
    "bars", "wall_s", "bars_per_s", "signals", "decisions", "intents", "refused", "orders", "fills", "trades",
    "net_pnl", "fees", "max_drawdown", "sharpe", "exit_reasons", "journal_hash", "journal",
}  # fmt: skip
STAGES = (
    "context_gathered", "quality_graded", "evidence_weighed", "conviction_scored", "conviction_calibrated",
    "synthesis_completed", "execution_validated", "intent_proposed",
)  # fmt: skip
OHLCV = SHARED / "data" / "ohlcv"
REAL = (
    "binance_spot/XRP-ETH_1m_2019-10",
    "binance_spot/BTC-USDT_1m_2026-06",
    "fxcm/GBP-USD_1m_bid_2012-02",
    "kraken_spot/BTC-USD_1h_2013-10_2018-12",
    "us_equity/SPY_1h_1998_2021",
)


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def lively(count: int = 2_000, seed: int = 5, step_ms: int = 60_000) -> list[Row]:
    """Candles with enough movement for the samples to trade."""
    rng = np.random.Generator(np.random.PCG64(seed))
    path = np.round(100 * np.exp(np.cumsum(rng.standard_normal(count + 1) * 0.002)), 2).tolist()
    return [
        [START + step_ms * i, a, round(max(a, b) + 0.03, 2), round(min(a, b) - 0.03, 2), b, 50.0]
        for i, (a, b) in enumerate(pairwise(path))
    ]


def trade(folder: Path, *arguments: object, name: str = "run") -> dict[str, Any]:
    """A backtest of the samples with a wide purse; the report."""
    config = write_config(
        folder / "wide.toml",
        {
            "advisor": TRUSTING,
            "strategies": {"names": ["trend", "breakout", "mean_reversion"]},
            "sizing": {"risk_per_trade": 0.001},
            "inspector": {
                **WIDE,
                "position_notional_max": 1_000_000,
                "gross_exposure_max": 50,
            },
        },
    )
    report: dict[str, Any] = barfinex(
        "backtest", "--config", config, "--journal", folder / f"{name}.db", "--json", *arguments
    ).json
    return report


def rows(journal: object, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = barfinex("audit", "query", sql, "--journal", journal, "--json").json["rows"]
    return found


def test_the_report_holds_what_a_person_asks_and_agrees_with_the_journal(tmp_path: Path) -> None:
    report = trade(
        tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", lively()), "--out", tmp_path / "out"
    )
    assert report.keys() >= KEYS
    assert report["bars"] == 2_000
    assert report["trades"] > 10
    assert sum(report["exit_reasons"].values()) == report["trades"]
    (views,) = rows(
        report["journal"],
        "select (select count(*) from v_trades) trades, (select sum(net_pnl) from v_trades) net_pnl,"
        " (select count(*) from v_fills) fills, (select count(*) from v_orders) orders,"
        " (select count(*) from v_signals) signals,"
        " (select count(distinct intent_id) from v_refusals) refused",
    )
    assert views.pop("net_pnl") == pytest.approx(report["net_pnl"])
    assert views == {name: report[name] for name in views}
    verified = barfinex("audit", "verify", "--journal", report["journal"], "--json").json
    assert (verified["ok"], verified["head"]) == (True, report["journal_hash"])
    complete = barfinex("audit", "complete", "--journal", report["journal"], "--json").json
    assert (complete["ok"], complete["orphans"], complete["unfinished"]) == (True, [], [])
    for name in ("signals", "intents", "refused", "orders", "fills", "trades"):
        assert complete[name] == report[name]
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == report
    assert len((tmp_path / "out" / "trades.csv").read_text().splitlines()) == report["trades"] + 1
    assert len((tmp_path / "out" / "equity.csv").read_text().splitlines()) == report["bars"] + 1


def test_a_table_is_shown_to_people(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "AAA-USD_1m.csv", lively(300))
    answer = barfinex("backtest", "--data", path, "--journal", tmp_path / "run.db")
    assert answer.code == 0
    assert all(word in answer.out for word in ("bars_per_s", "net_pnl", "journal_hash", "barfinex trace"))


def test_parquet_and_csv_give_the_same_trades(tmp_path: Path) -> None:
    candles = lively()
    files = (
        write_csv(tmp_path / "AAA-USD_1m.csv", candles),
        write_parquet(tmp_path / "AAA-USD_1m.parquet", candles),
    )
    for path in files:
        trade(tmp_path, "--data", path, "--out", tmp_path / path.suffix[1:], name=path.suffix[1:])
    table = (tmp_path / "csv" / "trades.csv").read_bytes()
    assert table == (tmp_path / "parquet" / "trades.csv").read_bytes()
    assert table.count(b"\n") > 10


def test_several_instruments_are_traded_in_one_run_and_can_be_chosen(tmp_path: Path) -> None:
    files = [
        write_csv(tmp_path / f"{name}-USD_1m.csv", lively(1_500, seed)) for seed, name in enumerate("ABC")
    ]
    data = [argument for path in files for argument in ("--data", path)]
    whole = trade(tmp_path, *data, name="whole")
    traded = rows(whole["journal"], "select distinct instrument from v_trades order by 1")
    assert [row["instrument"] for row in traded] == ["A-USD", "B-USD", "C-USD"]
    assert whole["bars"] == 4_500
    chosen = trade(tmp_path, *data, "--instrument", "B-USD", name="chosen")
    assert chosen["bars"] == 1_500
    assert [one["file"] for one in chosen["data"]] == ["B-USD_1m.csv"]
    names = [argument for name in ("X-USD", "Y-USD", "Z-USD") for argument in ("--instrument", name)]
    renamed = trade(tmp_path, *data, *names, name="renamed")
    traded = rows(renamed["journal"], "select distinct instrument from v_trades order by 1")
    assert [row["instrument"] for row in traded] == ["X-USD", "Y-USD", "Z-USD"]
    assert renamed["trades"] == whole["trades"]


def test_candles_are_built_up_to_a_longer_timeframe(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "AAA-USD_1m.csv", lively(20_000))
    report = trade(tmp_path, "--data", path, "--timeframe", "15m", "--strategy", "trend")
    signals = rows(report["journal"], "select distinct timeframe, candle_ts % 900000 as off from v_signals")
    assert [row["off"] for row in signals] == [0]
    assert {row["timeframe"] for row in signals} == {"15m"}
    assert report["trades"] > 0


def test_rows_that_cannot_be_believed_are_reported_and_never_traded_on(tmp_path: Path) -> None:
    candles = lively()
    broken = [list(row) for row in candles]
    broken[700][4] = float("nan")
    broken[900][2], broken[900][3] = broken[900][3], broken[900][2]
    broken[1_100][1] = -1.0
    clean = [row for at, row in enumerate(candles) if at not in (700, 900, 1_100)]
    bad = trade(tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", broken), name="bad")
    good_file = write_csv(tmp_path / "good.csv", clean)
    good = trade(tmp_path, "--data", good_file, "--instrument", "AAA-USD", name="good")
    defects = {"nan": 1, "high_below_low": 1, "price_not_positive": 1}
    assert bad["data"][0]["quarantined"] == defects
    (noted,) = rows(bad["journal"], "select body from events where type = 'provider.data_checked'")
    assert json.loads(noted["body"])["quarantined"] == defects
    assert (bad["trades"], bad["net_pnl"], bad["signals"]) == (
        good["trades"],
        good["net_pnl"],
        good["signals"],
    )
    assert bad["bars"] == good["bars"] == len(clean)


def test_trace_tells_the_whole_chain_from_any_id(tmp_path: Path) -> None:
    report = trade(tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", lively()))
    journal = report["journal"]
    (last,) = rows(journal, "select id from v_trades order by exit_ts desc, id desc limit 1")
    (why,) = rows(journal, f"select * from v_why where trade_id = '{last['id']}' and purpose = 'entry'")
    (fill,) = rows(journal, f"select id from v_fills where order_id = '{why['order_id']}'")
    ids = [
        last["id"],
        fill["id"],
        why["order_id"],
        why["intent_id"],
        why["decision_id"],
        why["signal_id"],
        why["approval_id"],
    ]
    chains = [barfinex("trace", one, "--journal", journal, "--json").json["events"] for one in ids]
    assert all(chain == chains[0] for chain in chains)
    told = [event["type"] for event in chains[0]]
    entry = [
        "detector.signal_detected",
        *(f"advisor.{stage}" for stage in STAGES),
        "inspector.intent_approved",
    ]
    entry += ["provider.order_submitted", "provider.order_accepted", "provider.order_filled"]
    assert [told.index(kind) for kind in entry] == sorted(told.index(kind) for kind in entry)
    assert {"inspector.position_opened", "inspector.protection_placed", "inspector.trade_closed"} <= set(told)
    story = barfinex("trace", "last", "--journal", journal)
    assert story.code == 0
    assert last["id"] in story.out
    assert all(word in story.out for word in ("score", "stop", "net"))
    barfinex("trace", "trd-0000", "--journal", journal).refuses("trd-0000", "is not in")


def test_an_export_holds_every_row(tmp_path: Path) -> None:
    report = trade(tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", lively(600)))
    (count,) = rows(report["journal"], "select count(*) as n from events")
    for name in ("all.jsonl", "all.csv"):
        assert barfinex("audit", "export", tmp_path / name, "--journal", report["journal"]).code == 0
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, count["n"] + 1))
    assert lines[0]["type"] == "kernel.run_started"
    assert (tmp_path / "all.csv").read_text().count("\n") == count["n"] + 1
    barfinex("audit", "export", tmp_path / "all.txt", "--journal", report["journal"]).refuses(
        "all.txt", ".jsonl"
    )


def test_a_changed_row_is_found(tmp_path: Path) -> None:
    report = trade(tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", lively(600)))
    barfinex("audit", "query", "delete from events", "--journal", report["journal"]).refuses("query")
    path = Path(report["journal"])
    stored = path.read_bytes()
    at = stored.index(b'"score":')
    path.write_bytes(stored[: at + 8] + b"7" + stored[at + 9 :])
    answer = barfinex("audit", "verify", "--journal", path, "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["ok"] is False


def test_a_fill_without_its_order_is_an_orphan(tmp_path: Path) -> None:
    path = Path(trade(tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", lively()))["journal"])
    db = sqlite3.connect(path)
    where = "where type = 'provider.order_submitted' and body ->> '$.request.purpose' = 'entry'"
    (lost,) = db.execute(
        f"select body ->> '$.request.id' from events {where} order by seq limit 1"
    ).fetchone()
    db.executescript("drop trigger events_no_delete")
    db.execute(f"delete from events {where} and body ->> '$.request.id' = ?", (lost,))
    db.commit()
    db.close()
    answer = barfinex("audit", "complete", "--journal", path, "--json")
    assert answer.code == 1
    report = json.loads(answer.out)
    assert [one["why"] for one in report["orphans"] if one["type"] == "provider.order_filled"] == [
        f"no order {lost} was sent"
    ]
    told = barfinex("audit", "complete", "--journal", path)
    assert (told.code, f"no order {lost} was sent" in told.out) == (1, True)


def test_a_backtest_replays_equal(tmp_path: Path) -> None:
    report = trade(tmp_path, "--data", write_csv(tmp_path / "AAA-USD_1m.csv", lively(1_000)))
    again = barfinex("replay", "last", "--journal", report["journal"], "--json").json
    assert again["differing"] == 0
    assert again["compared"] > report["trades"] * 10
    write_csv(tmp_path / "AAA-USD_1m.csv", lively(1_000, seed=6))
    barfinex("replay", "last", "--journal", report["journal"]).refuses("AAA-USD_1m.csv", "is not the file")


def test_the_map_names_every_event_with_its_publisher() -> None:
    told = barfinex("map", "--json").json
    assert told.keys() == CATALOG.keys()
    assert told["provider.order_filled"]["publisher"] == "provider"
    assert "inspector" in told["provider.order_filled"]["consumers"]
    assert "OrderFilled" in barfinex("map").out


def test_check_passes_what_is_shipped_and_names_what_looks_ahead(tmp_path: Path) -> None:
    found = barfinex("check", "--json").json
    assert found["strategies"] == {"trend": [], "mean_reversion": [], "breakout": []}
    (tmp_path / "peek.py").write_text(
        "import numpy as np\n"
        "from barfinex.sdk import Bracket, Condition, Strategy\n"
        "rises = Condition('rises', lambda c: np.append(c.close[1:], c.close[-1]) > c.close)\n"
        "strategy = Strategy(name='peek', long=[rises], bracket=Bracket(stop=0.01))\n",
        encoding="utf-8",
    )
    config = write_config(tmp_path / "peek.toml", {"run": {"strategies_dir": str(tmp_path)}})
    answer = barfinex("check", "--config", config, "--json")
    assert answer.code == 1
    assert any("looks ahead" in finding for finding in json.loads(answer.out)["strategies"]["peek"])


@pytest.mark.skipif(not OHLCV.exists(), reason=f"the real candles in {OHLCV} are absent")
@pytest.mark.parametrize("name", REAL)
def test_real_candles_are_traded_and_explained(name: str, tmp_path: Path) -> None:
    report = trade(tmp_path, "--data", OHLCV / f"{name}.parquet", "--strategy", "trend")
    assert report["bars"] > 2_000
    assert report["trades"] > 0
    assert barfinex("audit", "verify", "--journal", report["journal"], "--json").json["ok"]
    for which in ("first", "last"):
        chain = barfinex("trace", which, "--journal", report["journal"], "--json").json["events"]
        assert {"detector.signal_detected", "provider.order_filled", "inspector.trade_closed"} <= {
            e["type"] for e in chain
        }
