"""The candle store from the command line: in from files and an exchange, looked at, repaired, out again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from barfinex.provider.venues.history import load
from tests.cli.command import Answer, barfinex
from tests.exchange.server import exchange
from tests.provider.candle_files import rows, write_csv, write_parquet


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "store.toml"
    file.write_text(f'[run]\ndata_dir = "{tmp_path}"\n[[instruments]]\nsymbol = "BTC-USDT"\n')
    return file


def test_files_go_in_are_looked_at_and_come_out_the_same(tmp_path: Path, config: Path) -> None:
    lines = rows()
    del lines[50:53]
    file = write_csv(tmp_path / "BTC-USDT_1m.csv", lines)
    place = ("--config", config, "--json")
    assert barfinex("data", "import", file, "--dry-run", *place).json["imported"][0]["added"] == 97
    assert barfinex("data", "scan", *place).json == {"series": []}
    assert barfinex("data", "import", file, *place).json["imported"][0]["added"] == 97
    assert barfinex("data", "import", file, *place).json["imported"][0]["same"] == 97
    (kept,) = barfinex("data", "scan", *place).json["series"]
    assert (kept["shelf"], kept["candles"], kept["gap_candles"]) == ("imported", 97, 3)
    assert kept["score"] == pytest.approx(0.97)
    assert "missing" in barfinex("data", "scan", "--config", config).out
    assert barfinex("data", "scan", "--config", config, "--strict").code == 1
    for suffix in ("parquet", "csv"):
        out = tmp_path / f"BTC-USDT_1m_out.{suffix}"
        barfinex("data", "export", "BTC-USDT", "--out", out, *place)
        assert load(out).series.block() == load(file).series.block()


def test_a_correction_is_counted_and_what_was_known_before_it_can_be_had(
    tmp_path: Path, config: Path
) -> None:
    lines = rows()
    place = ("--config", config, "--json")
    barfinex("data", "import", write_parquet(tmp_path / "BTC-USDT_1m.parquet", lines), *place)
    lines[7][4] = lines[7][1]
    (told,) = barfinex("data", "import", write_csv(tmp_path / "BTC-USDT_1m_new.csv", lines), *place).json[
        "imported"
    ]
    assert (told["added"], told["changed"], told["same"]) == (0, 1, 99)
    for name, words in (("new", ()), ("old", ("--as-of", "2024-01-01"))):
        barfinex("data", "export", "BTC-USDT", "--out", tmp_path / f"{name}_1m.csv", *words, *place)
    new, old = (load(tmp_path / f"{name}_1m.csv").series.close[7] for name in ("new", "old"))
    assert new == lines[7][1] != old


def test_candles_are_fetched_and_gaps_repaired_from_an_exchange(config: Path) -> None:
    async def on_exchange() -> None:
        async with exchange(futures=True) as server:
            there = ("--venue", "binance", "--endpoint", server.url, "--config", config, "--json")
            words = ("data", "fetch", "BTC-USDT", "--from", "2026-01-01", "--to", "2026-01-02")

            async def run(*more: object) -> Answer:
                return await to_thread.run_sync(lambda: barfinex(*more, *there))

            assert (await run(*words, "--dry-run")).json["fetched"][0]["lacks"] == 1_440
            assert (await run(*words)).json["fetched"][0]["added"] == 1_440
            assert (await run(*words)).json["fetched"][0]["lacks"] == 0
            with sqlite3.connect(config.parent / "candles" / "binance-linear-local" / "hot.db") as db:
                db.execute("delete from candles where ts % 600000 = 0")
                kept = db.execute("select count(*) from v_candles").fetchone()[0]
            assert kept == 1_440 * 9 // 10
            (told,) = (await run("data", "repair")).json["repaired"]
            assert (told["gaps"], told["repaired"], told["lost"]) == (143, 143, 0)  # The first was none.

    anyio.run(on_exchange)
    (kept,) = barfinex("data", "scan", "--config", config, "--json").json["series"]
    assert (kept["candles"], kept["provenance"]) == (1_439, {"final": 1_296, "repaired": 143})
    assert kept["incidents"] == {"repaired": 143}


def test_what_cannot_be_is_refused_with_a_reason(tmp_path: Path, config: Path) -> None:
    place = ("--config", config)
    barfinex("data", "fetch", "BTC-USDT", "--from", "2026-01-01", *place).refuses(
        "--venue", "names no exchange"
    )
    venue = ("--venue", "binance", "--endpoint", "http://127.0.0.1:9")
    barfinex("data", "fetch", "BTC-USDT", *venue, *place).refuses("--from", "is missing")
    late = ("--from", "2026-01-02", "--to", "2026-01-01")
    barfinex("data", "fetch", "BTC-USDT", *late, *venue, *place).refuses("--from", "is not before --to")
    gone = ("--from", "2026-01-01", "--to", "2026-01-02")
    barfinex("data", "fetch", "BTC-USDT", *gone, *venue, *place).refuses("binance", "did not answer")
    barfinex("data", "export", "BTC-USDT", "--out", tmp_path / "x.txt", *place).refuses("x.txt", "neither")
    barfinex("data", "export", "BTC-USDT", "--out", tmp_path / "x.csv", *place).refuses("holds no candles")
    barfinex("data", "repair", "--timeframe", "7x", *place).refuses("7x")
    assert json.loads(barfinex("data", "scan", *place, "--json").out)["series"] == []
    good = write_csv(tmp_path / "ETH-USDT_1m.csv", rows())
    both = barfinex("data", "import", tmp_path / "none.csv", good, *place, "--json")
    assert (both.code, json.loads(both.out)["imported"][0]["added"]) == (2, 100)  # Not kept out by the other.
