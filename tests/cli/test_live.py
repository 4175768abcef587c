"""`run --venue binance --endpoint`: the whole system on an exchange, through the unmodified client."""

from __future__ import annotations

import copy
import gzip
import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from barfinex.audit.reader import Reader
from barfinex.events.provider import (
    CandlesClosed,
    ExternalCashFound,
    ExternalPositionFound,
    MismatchFound,
    OrderFilled,
    OrderRejected,
)
from tests.cli.command import Answer, barfinex, write_config
from tests.cli.test_run import LIVELY, ROAD
from tests.exchange.server import Exchange, exchange
from tests.exchange.signing import KEY, SECRET

BRIEF = """
from barfinex.sdk import Bracket, Condition, Strategy, close
up = Condition("up", close > 0)
strategy = Strategy(name="brief", long=[up], bracket=Bracket(stop=0.01, hold=4))
"""
BASES = ("BTC", "ETH", "SOL")
KEYS = {"BARFINEX_BINANCE_KEY": KEY, "BARFINEX_BINANCE_SECRET": SECRET}


def configured(folder: Path, **more: Any) -> Path:
    settings = copy.deepcopy(LIVELY)
    del settings["market"]
    settings["instruments"] = {f"{base}-USDT": {"leverage": 20} for base in BASES}
    own = folder / "strategies"
    own.mkdir(exist_ok=True)
    (own / "brief.py").write_text(BRIEF)
    settings |= {"run": {"strategies_dir": str(own)}, "strategies": {"names": []}}
    settings["exchange"] = {"timeframe": "1s", "backfill": 200}
    settings["inspector"]["data_age_ms_max"] = 20_000
    return write_config(folder / "live.toml", {**settings, **more})


async def run_against(server: Exchange, *arguments: object) -> Answer:
    """The command in a process of its own, while the exchange goes on in this one."""
    command = [sys.executable, "-m", "barfinex", "run", "--json", "--venue", "binance"]
    words = [*command, "--endpoint", server.url, *map(str, arguments)]
    done = await anyio.run_process(words, check=False, env={**os.environ, **KEYS, "NO_COLOR": "1"})
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.timeout(120)
async def test_it_trades_on_an_exchange_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    """I16: from signal to stop at the venue and exit; every fill is on both sides, nothing is left over."""
    place = ("--config", configured(tmp_path), "--journal", tmp_path / "run.db")
    async with exchange(futures=True, hertz=20, seed=3) as server:
        recording = tmp_path / "tape"
        first = (await run_against(server, *place, "--duration", 20, "--record", recording)).json
        assert first["chain"] == "ok"
        assert [name for name in ROAD if not first["events"].get(name)] == []
        assert first["trades"] >= 1
        calm = copy.deepcopy(LIVELY["inspector"]) | {"deny": [f"{base}-USDT" for base in BASES]}
        configured(tmp_path, inspector=calm)  # What is open is left in time; nothing new begins.
        second = (await run_against(server, *place, "--duration", 10)).json
        assert second["chain"] == "ok"
        assert second["positions"] == {}
        assert not any(server.account.held.values())
        assert server.account.open_orders() == []
        sent = [one.client_id for one in server.account.orders]
        assert len(sent) == len(set(sent))
    with Reader(tmp_path / "run.db") as reader:
        assert list(reader.envelopes(types=(ExternalCashFound, ExternalPositionFound))) == []
        fills = [row.event for row in reader.envelopes(types=(OrderFilled,))]
        assert reader.complete().orphans == []
    for name in ("once", "again"):
        await replayed(tmp_path, recording, name)
    once, again = candles(tmp_path / "once.db"), candles(tmp_path / "again.db")
    assert once == again
    live = candles(tmp_path / "run.db")
    for key in (
        once.keys() & live.keys()
    ):  # A volume is the exchange's text or our sum: the last bit may differ.
        assert live[key] == pytest.approx(once[key], rel=1e-9)
    assert len(once.keys() & live.keys()) > 600
    there = {fill.id for one in server.account.orders for fill in one.trades}
    assert {int(event.fill.id) for event in fills if isinstance(event, OrderFilled)} == there


@pytest.mark.timeout(120)
async def test_on_spot_a_fee_taken_in_kind_leaves_no_trade_unprotected(tmp_path: Path) -> None:
    """What was bought is less than what was ordered: stops and exits sell what is there, and all adds up."""
    spot = {"timeframe": "1s", "backfill": 200, "market": "spot"}
    place = ("--journal", tmp_path / "run.db")
    async with exchange(hertz=20, seed=3) as server:
        config = configured(tmp_path, exchange=spot)
        first = (await run_against(server, "--config", config, *place, "--duration", 18)).json
        calm = copy.deepcopy(LIVELY["inspector"]) | {"deny": [f"{base}-USDT" for base in BASES]}
        configured(tmp_path, exchange=spot, inspector=calm)
        second = (await run_against(server, "--config", config, *place, "--duration", 10)).json
        assert (first["chain"], second["chain"]) == ("ok", "ok")
        assert first["trades"] >= 1
        assert server.account.open_orders() == []
        dust = {one.base: one.lot for one in server.account.listings.values()}
        trades = first["trades"] + second["trades"]
        assert all(server.account.free.get(base, 0) < lot * trades for base, lot in dust.items())
    with Reader(tmp_path / "run.db") as reader:
        wrong = (ExternalCashFound, ExternalPositionFound, MismatchFound, OrderRejected)
        assert [row.event for row in reader.envelopes(types=wrong)] == []
        assert reader.complete().orphans == []


async def replayed(folder: Path, recording: Path, name: str) -> None:
    """Play the recording in a process of its own, faster than it was."""
    words = ["--config", folder / "live.toml", "--journal", folder / f"{name}.db", "--quiet", "--json"]
    command = [sys.executable, "-m", "barfinex", "run", "--replay", recording, "--speed", "10", *words]
    done = await anyio.run_process([str(one) for one in command], check=False)
    assert done.returncode == 0, done.stderr.decode()


def candles(journal: Path) -> dict[tuple[str, float], list[float]]:
    with Reader(journal) as reader:
        blocks = [row.event.candles for row in reader.envelopes(types=(CandlesClosed,))]  # type: ignore[attr-defined]
    return {(block.instrument, row[0]): row[1:] for block in blocks for row in block.rows()}


async def test_on_paper_an_exchange_gives_prices_and_is_sent_nothing(tmp_path: Path) -> None:
    """Without any key."""
    place = ("--config", configured(tmp_path), "--journal", tmp_path / "run.db", "--mode", "paper")
    async with exchange(futures=True, hertz=20) as server:
        report = (await run_against(server, *place, "--duration", 9)).json
        assert report["chain"] == "ok"
        assert report["events"]["provider.order_filled"] > 0
        assert report["mismatches"] == {}
        public = {f"GET {name}" for name in server.routes.public}
        assert set(server.asked) <= public


def test_what_does_not_agree_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path)
    run = ("run", "--config", config, "--journal", tmp_path / "run.db")
    barfinex(*run, "--endpoint", "http://127.0.0.1:9").refuses("--endpoint", "--venue")
    barfinex(*run, "--mode", "live").refuses("--mode live", "exchange.id")
    barfinex(*run, "--venue", "binance", "--arm").refuses("--arm", "testnet")
    barfinex(*run, "--venue", "binance", "--fault", "F1").refuses("--fault")
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    barfinex(*run, "--venue", "binance", "--endpoint", "http://127.0.0.1:9").refuses("BARFINEX_BINANCE_KEY")
    real = configured(tmp_path, exchange={"id": "binance", "environment": "production"})
    barfinex("run", "--config", real, "--journal", tmp_path / "run.db").refuses("production", "--arm")
    assert not (tmp_path / "run.db").exists()


def test_an_exchange_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    run = ("run", "--config", configured(tmp_path), "--journal", tmp_path / "run.db", "--venue", "binance")
    answer = barfinex(*run, "--endpoint", "http://127.0.0.1:9")
    answer.refuses("exchange binance", "did not answer")
    assert SECRET not in answer.err


def test_a_journal_of_the_embedded_market_is_not_an_exchanges(tmp_path: Path) -> None:
    place = ("--config", configured(tmp_path), "--journal", tmp_path / "run.db")
    barfinex("run", *place, "--duration", "0.5", "--quiet")

    async def there() -> Answer:
        async with exchange(futures=True) as server:
            return await run_against(server, *place, "--duration", 1)

    anyio.run(there).refuses("was begun with exchange.id none, not binance", "--journal")


def test_recordings_that_are_damaged_or_foreign_are_refused(tmp_path: Path) -> None:
    """Cut short, of another kind, empty."""
    folder, config = tmp_path / "tape", configured(tmp_path)
    run = ("run", "--config", config, "--journal", tmp_path / "run.db", "--replay", folder)
    barfinex(*run).refuses("holds no recording", "run --record")
    folder.mkdir()
    part = folder / "part-00001.jsonl.gz"
    header = (
        '{"format":1,"exchange":"binance","market":"linear","timeframe":"1s","backfill":5,'
        '"instruments":{"BTC-USDT":"BTCUSDT"},"rules":{"BTC-USDT":{"tick":"0.01"}}}\n'
    )
    for text, words in (
        ("", "does not begin as a recording does"),
        ('{"kind":"something else"}\n', "does not begin as a recording does"),
        (header.replace('"format":1', '"format":9'), "has format 9"),
        (header, "holds nothing"),
        (header + '{"t":1,"frame":"{}"}\n{"t":', "is damaged at line 3"),
    ):
        part.write_bytes(gzip.compress(text.encode()))
        barfinex(*run).refuses(words)
    whole = gzip.compress((header + '{"t":1,"frame":"{}"}\n' * 1_000).encode())
    part.write_bytes(whole[: len(whole) // 2])
    barfinex(*run).refuses("is cut short or damaged in part-00001.jsonl.gz")
    barfinex(*run, "--venue", "binance").refuses("--replay")
    barfinex("run", "--config", config, "--record", folder).refuses("--record", "--venue")
    barfinex("run", "--config", config, "--speed", "2").refuses("--speed")
    assert not (tmp_path / "run.db").exists()
