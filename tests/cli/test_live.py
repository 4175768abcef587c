"""`run --venue binance --endpoint`: the whole system on an exchange, through the unmodified client."""

from __future__ import annotations

import copy
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest

from barfinex.audit.reader import Reader
from barfinex.events.provider import ExternalCashFound, MismatchFound, OrderFilled
from tests.cli.command import Answer, barfinex, write_config
from tests.cli.test_run import LIVELY, ROAD
from tests.exchange.server import Exchange, exchange
from tests.exchange.signing import KEY, SECRET

KEYS = {"BARFINEX_BINANCE_KEY": KEY, "BARFINEX_BINANCE_SECRET": SECRET}


def configured(folder: Path, **more: Any) -> Path:
    settings = copy.deepcopy(LIVELY)
    del settings["market"]
    settings["instruments"] = {f"{base}-USDT": {"leverage": 20} for base in ("BTC", "ETH", "SOL")}
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
    """From signal to stop at the venue and exit, nothing unexplained on either side."""
    place = ("--config", configured(tmp_path), "--journal", tmp_path / "run.db")
    async with exchange(futures=True, hertz=20, seed=3) as server:
        first = (await run_against(server, *place, "--duration", 20)).json
        assert first["chain"] == "ok"
        assert [name for name in ROAD if not first["events"].get(name)] == []
        assert first["trades"] >= 1
        agree(server, first)
        second = (await run_against(server, *place, "--duration", 6)).json
        assert second["chain"] == "ok"
        agree(server, second)
        sent = [one.client_id for one in server.account.orders]
        assert len(sent) == len(set(sent))
    with Reader(tmp_path / "run.db") as reader:
        kinds = (MismatchFound, ExternalCashFound)
        assert [row.event for row in reader.envelopes(types=kinds)] == []
        fills = [row.event for row in reader.envelopes(types=(OrderFilled,))]
        assert reader.complete().orphans == []
    there = {fill.id for one in server.account.orders for fill in one.trades}
    assert {int(event.fill.id) for event in fills if isinstance(event, OrderFilled)} == there


def agree(server: Exchange, report: dict[str, Any]) -> None:
    """I16: what the run says it holds is what the exchange holds."""
    held = {f"{name[:-4]}-USDT": one for name, one in server.account.held.items() if one}
    assert {name: Decimal(one["quantity"]) for name, one in report["positions"].items()} == held


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
