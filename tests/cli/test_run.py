"""`run` in a process of its own: it trades, stops in order, goes on where it was, can be halted from afar."""

from __future__ import annotations

import signal
import subprocess
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from barfinex.audit.reader import Reader
from barfinex.audit.rotation import rotate
from barfinex.domain.errors import BadInput
from barfinex.domain.order import Purpose
from barfinex.events.inspector import IntentApproved, TradingHalted
from barfinex.events.provider import OrderFilled
from tests.cli.command import Answer, barfinex, finish, spawn, write_config
from tests.wide import WIDE

LIVELY: dict[str, Any] = {
    "instruments": {
        f"{base}-USDT": {"tick": 0.0001, "lot": 0.00001} for base in ("BTC", "ETH", "SOL", "XRP")
    },
    "market": {"speed": 20.0, "volatility": 0.002, "warmup": 120},
    "venue": {"fee": 0.0002, "latency_ms": 20},
    "advisor": {"authority": "observe"},
    "sizing": {"risk_per_trade": 0.0001},
    "strategies": {"names": ["trend", "breakout", "mean_reversion"]},
    "inspector": {
        **WIDE,
        "approval_ttl_ms": 60_000,
        "position_notional_max": 1_000_000,
        "gross_exposure_max": 100,
        "drawdown_max": 1,
        "daily_loss_max": 1,
        "loss_streak_max": 1_000_000,
        "data_age_ms_max": 600_000,
    },
    "gateway": {"port": 0},
    "governor": {"lag_ms_max": 600_000, "watchdog_ms": 600_000},  # Machines are shared and noisy.
}
ROAD = (
    "detector.signal_detected",
    "advisor.intent_proposed",
    "inspector.intent_approved",
    "provider.order_submitted",
    "provider.order_accepted",
    "provider.order_filled",
    "inspector.position_opened",
    "inspector.protection_approved",
    "inspector.protection_placed",
    "inspector.trade_closed",
)
HOLDS = """
from barfinex.sdk import Bracket, Condition, Strategy, close
up = Condition("up", close > 0)
strategy = Strategy(name="holds", long=[up], bracket=Bracket(stop=0.2))
"""
EAGER = HOLDS.replace("holds", "eager").replace("stop=0.2", "stop=0.001, target=0.001")
RAISES = """
from barfinex.sdk import Bracket, Condition, Strategy

def up(c):
    raise RuntimeError("no such luck")

strategy = Strategy(name="raises", long=[Condition("up", up)], bracket=Bracket(stop=0.01))
"""
START_S = 20.0
POLL_S = 0.1


def strategies(folder: Path, **sources: str) -> dict[str, dict[str, Any]]:
    """A folder of one's own strategies, and the settings that name it."""
    folder.mkdir()
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return {"run": {"strategies_dir": str(folder)}, "strategies": {"names": []}}


class Run:
    """A journal in a folder of its own, and how it is run."""

    def __init__(self, folder: Path, **changes: dict[str, Any]) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.journal = folder, folder / "run.db"
        self.settings = {
            name: {**LIVELY.get(name, {}), **changes.get(name, {})} for name in {**LIVELY, **changes}
        }

    def start(self, *more: object, **changes: dict[str, Any]) -> subprocess.Popen[str]:
        settings = {name: {**keys, **changes.get(name, {})} for name, keys in self.settings.items()}
        config = write_config(self.folder / "run.toml", settings)
        return spawn("run", "--config", config, "--journal", self.journal, "--json", *more)

    def ask(self, sql: str) -> list[dict[str, Any]]:
        with Reader(self.journal) as reader:
            return reader.query(sql)

    def wait_for(self, wire_type: str, process: subprocess.Popen[str]) -> None:
        """Until an event of this type is in the journal."""
        sql = f"select 1 as n from events where type = '{wire_type}' limit 1"
        began = time.monotonic()
        while not self._has(sql):
            assert process.poll() is None, process.communicate()
            if time.monotonic() - began > START_S:
                process.kill()
                pytest.fail(f"no {wire_type}: {process.communicate()}")
            time.sleep(POLL_S)

    def _has(self, sql: str) -> bool:
        try:
            return bool(self.ask(sql))
        except BadInput:
            return False  # It is being made just now.


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Answer]:
    """One run that several tests look at."""
    run = Run(tmp_path_factory.mktemp("traded"))
    return run, finish(run.start("--duration", 4))


def test_a_run_makes_full_round_trips_and_reports_them(traded: tuple[Run, Answer]) -> None:
    run, answer = traded
    report = answer.json
    assert (report["chain"], report["restored"]) == ("ok", 0)
    assert report["trades"] == report["events"]["inspector.trade_closed"] > 0
    assert isinstance(report["net_pnl"], float)
    assert sum(report["exit_reasons"].values()) == report["trades"]
    chain = barfinex("trace", "last", "--journal", run.journal, "--json").json["events"]
    told = [event["type"] for event in chain]
    assert [told.index(kind) for kind in ROAD] == sorted(told.index(kind) for kind in ROAD)
    verified = barfinex("audit", "verify", "--journal", run.journal, "--json").json
    assert (verified["ok"], verified["head"]) == (True, report["journal_hash"])
    assert run.ask("select reason from v_runs") == [{"reason": "4 s are over"}]


def test_the_log_on_stderr_reads_like_sentences(traded: tuple[Run, Answer]) -> None:
    _, answer = traded
    lines = answer.err.splitlines()
    assert "starts: journal" in lines[0]
    for words in ("signal ", "approved ", "filled ", "protected ", "closed "):
        assert any(words in line for line in lines), words
    assert all("{" not in line and "Traceback" not in line for line in lines)


def test_tail_prints_what_happened_afterwards(traded: tuple[Run, Answer]) -> None:
    run, _ = traded
    answer = barfinex("tail", "--journal", run.journal, "--no-follow", "--lines", 5)
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 5
    assert "run ended" in answer.out
    only = barfinex("tail", "--journal", run.journal, "--no-follow", "--type", "order_filled").out
    assert all("filled" in line for line in only.splitlines())
    assert only


def test_a_run_replays_equal_event_by_event(traded: tuple[Run, Answer]) -> None:
    run, answer = traded
    report = barfinex("replay", answer.json["run_id"], "--journal", run.journal, "--json").json
    assert report["differing"] == 0
    assert report["compared"] > 100


def test_the_next_start_goes_on_with_the_same_positions(tmp_path: Path) -> None:
    """I16: time hardly passes in the second run, so what it holds is what the first one left."""
    run = Run(tmp_path, **strategies(tmp_path / "own", holds=HOLDS))
    first = finish(run.start("--duration", 2)).json
    second = finish(run.start("--duration", 0.5, market={"speed": 0.01})).json
    assert second["restored"] > 0
    assert first["positions"].keys() == LIVELY["instruments"].keys()
    held = {symbol: Decimal(one["quantity"]) for symbol, one in first["positions"].items()}
    with Reader(run.journal) as reader:
        begins, ends = reader.span("last")
        for envelope in reader.envelopes(after=begins, until=ends, types=[OrderFilled]):
            assert isinstance(envelope.event, OrderFilled)
            fill = envelope.event.fill
            held[fill.instrument] = held.get(fill.instrument, Decimal(0)) + fill.quantity * fill.side.sign
        assert [row["ok"] for row in reader.query("select count(*) = 2 as ok from v_runs")] == [1]
    told = {symbol: Decimal(one["quantity"]) for symbol, one in second["positions"].items()}
    assert told == {symbol: quantity for symbol, quantity in held.items() if quantity}
    report = barfinex("replay", first["run_id"], "--journal", run.journal, "--json").json
    assert report["differing"] == 0


def test_a_journal_that_was_rotated_with_positions_open_is_gone_on_from(tmp_path: Path) -> None:
    """R66: state is folded from all files, and one proof of completeness runs through them."""
    run = Run(tmp_path, **strategies(tmp_path / "own", holds=HOLDS))
    first = finish(run.start("--duration", 2)).json
    barfinex("audit", "rotate", "--journal", run.journal).refuses("positions and", "orders open")
    assert rotate(run.journal, even_if_open=True)
    second = finish(run.start("--duration", 0.5, market={"speed": 0.01})).json
    assert second["restored"] > 0
    assert first["positions"].keys() <= second["positions"].keys()
    for command in ("verify", "complete"):
        assert barfinex("audit", command, "--journal", run.journal, "--json").json["ok"]
    verified = barfinex("audit", "verify", "--journal", run.journal, "--json").json
    assert verified["sealed_seq"] == verified["rows"]
    with Reader(run.journal) as reader:
        assert reader.first > 1
        assert reader.span(first["run_id"])[1] == reader.first - 1
    report = barfinex("replay", first["run_id"], "--journal", run.journal, "--json").json
    assert report["differing"] == 0


def test_an_instrument_cannot_be_left_out_before_it_is_flat(tmp_path: Path) -> None:
    run = Run(tmp_path, **strategies(tmp_path / "own", holds=HOLDS))
    assert "XRP-USDT" in finish(run.start("--duration", 1.5)).json["positions"]
    rows = run.ask("select count(*) as n from events")
    del run.settings["instruments"]["XRP-USDT"]
    finish(run.start("--duration", 1)).refuses("instruments: lack XRP-USDT", "still open")
    assert run.ask("select count(*) as n from events") == rows


def test_an_interrupted_run_stops_in_order_and_nobody_else_may_write_meanwhile(tmp_path: Path) -> None:
    run = Run(tmp_path)
    process = run.start("--quiet")  # Nobody reads its log meanwhile.
    run.wait_for("provider.order_filled", process)
    finish(run.start("--duration", 1)).refuses("run.db", "is being written by another process")
    process.send_signal(signal.SIGINT)
    report = finish(process).json
    assert report["chain"] == "ok"
    (last,) = run.ask("select reason, last_seq - (select max(seq) from events) as behind from v_runs")
    assert last == {"reason": "interrupted", "behind": 0}
    assert run.ask("select type from events order by seq desc limit 1") == [{"type": "kernel.run_ended"}]


@pytest.mark.parametrize("way", ["file", "signal"])
def test_a_halt_from_outside_ends_all_entries(way: str, tmp_path: Path) -> None:
    """I13: exits and protection go on, so that in the end nothing is held."""
    run = Run(tmp_path, **strategies(tmp_path / "own", eager=EAGER))
    process = run.start("--quiet")  # Nobody reads its log meanwhile.
    run.wait_for("inspector.intent_approved", process)
    if way == "file":
        (tmp_path / "HALT").write_text("enough\n", encoding="utf-8")
    else:
        process.send_signal(signal.SIGUSR1)
    run.wait_for("inspector.trading_halted", process)
    time.sleep(1.2)
    process.send_signal(signal.SIGTERM)
    report = finish(process).json
    assert report["refused"] > 0
    assert entries_after_the_halt(run) == 0
    again = finish(run.start("--duration", 1)).json
    assert (again["chain"], again["positions"]) == ("ok", {})
    assert entries_after_the_halt(run) == 0, "a restart does not forget it"


def entries_after_the_halt(run: Run) -> int:
    with Reader(run.journal) as reader:
        halted = next(reader.envelopes(types=[TradingHalted])).seq
        approved = [row.event for row in reader.envelopes(after=halted, types=[IntentApproved])]
    return sum(isinstance(e, IntentApproved) and e.approval.order.purpose is Purpose.ENTRY for e in approved)


def test_a_strategy_that_raises_is_disabled_while_the_others_trade(tmp_path: Path) -> None:
    run = Run(tmp_path, **strategies(tmp_path / "own", raises=RAISES, holds=HOLDS))
    answer = finish(run.start("--duration", 2))
    assert answer.json["positions"].keys() == LIVELY["instruments"].keys()
    assert "no such luck" in answer.err
    assert run.ask("select distinct strategy from v_orders") == [{"strategy": "holds"}]
    disabled = run.ask("select count(*) as n from events where type = 'detector.strategy_disabled'")
    assert disabled == [{"n": 1}]
