"""The views are the interface for people: each tells the hand-made story, in whatever tool."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.migrations import VIEWS
from barfinex.audit.reader import Reader
from barfinex.events import inspector, provider
from barfinex.events.base import Envelope
from tests.advisor.told import decision, outcome
from tests.audit.story import BTC, NOON, declined, entered, left, refused, stamped, told, write

NAMES = [line.split()[2] for line in VIEWS.read_text().splitlines() if line.startswith("create view")]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    path = tmp_path_factory.mktemp("views") / "journal.db"
    write(path, told())
    return Reader(path)


def column(reader: Reader, view: str, *names: str) -> list[tuple[Any, ...]]:
    rows = reader.query(f"select * from {view} order by seq")
    return [tuple(row[name] for name in names) for row in rows]


def test_mismatches_show_both_sides_and_what_became_of_them(reader: Reader) -> None:
    rows = column(
        reader, "v_mismatches", "kind", "about", "instrument", "here", "there", "repair", "severity"
    )
    said = ("no order of ours", "buy 1 at 100")
    assert rows == [("fill_foreign", "m-1", "BTC-USDT", *said, "adopt", "told")]


def test_events_show_when_and_about_what(reader: Reader) -> None:
    rows = reader.query("select * from v_events order by seq")
    assert len(rows) == len(told())
    assert (rows[1]["at"], rows[1]["instrument"]) == ("2023-11-14 22:14:00.000", "BTC-USDT")


def test_signals_show_what_fired(reader: Reader) -> None:
    rows = column(reader, "v_signals", "id", "kind", "score", "conditions", "trade_id")
    assert rows[0] == ("sig-aa", "entry", 0.75, "cross=0.75", None)
    assert rows[3] == ("sig-dd", "exit", 0.75, "cross=0.75", "trd-aa")


def test_every_signal_has_one_decision_with_its_outcome(reader: Reader) -> None:
    assert column(reader, "v_decisions", "signal_id", "outcome", "codes", "regime", "calibrated") == [
        ("sig-aa", "approved", None, "trend_up", 0.55),
        ("sig-bb", "declined", "QUALITY_LOW", "trend_up", None),
        ("sig-cc", "refused", "POSITION_TOO_BIG COOLING_DOWN", "trend_up", 0.55),
        ("sig-dd", "approved", None, None, None),
        ("sig-ee", "approved", None, "trend_up", 0.55),
    ]


def test_refusals_show_every_breach(reader: Reader) -> None:
    assert column(reader, "v_refusals", "signal_id", "quantity", "code", "value", "limit_value") == [
        ("sig-cc", 1.5, "POSITION_TOO_BIG", "90000", "70000"),
        ("sig-cc", 1.5, "COOLING_DOWN", "5", "60"),
    ]


def test_orders_show_how_they_stand(reader: Reader) -> None:
    assert column(reader, "v_orders", "id", "purpose", "state", "filled", "fees", "trigger") == [
        ("ord-aa-e", "entry", "filled", 0.5, 30.0, None),
        ("ord-aa-s", "stop", "cancelled", 0.0, 0.0, 58800.5),
        ("ord-aa-x", "exit", "filled", 0.5, 60.0, None),
        ("ord-ee-e", "entry", "partially_filled", 0.3, 30.0, None),
        ("ord-ee-s", "stop", "accepted", 0.0, 0.0, 58800.5),
    ]


def test_fills_and_trades_show_the_money(reader: Reader) -> None:
    assert column(reader, "v_fills", "trade_id", "side", "quantity", "price") == [
        ("trd-aa", "buy", 0.5, 60000.25),
        ("trd-aa", "sell", 0.2, 61000.25),
        ("trd-aa", "sell", 0.3, 61000.25),
        ("trd-ee", "buy", 0.3, 60000.25),
    ]
    assert reader.query("select * from v_trades") == [
        {
            "seq": reader.query("select seq from events where type = 'inspector.trade_closed'")[0]["seq"],
            "run_id": "run-1",
            "id": "trd-aa",
            "strategy": "trend",
            "instrument": "BTC-USDT",
            "direction": "long",
            "quantity": 0.5,
            "entry_ts": NOON,
            "exit_ts": NOON + 60_000,
            "entry_price": 60000.25,
            "exit_price": 61000.25,
            "fees": 60.0,
            "funding": 0.0,
            "net_pnl": 440.0,
            "reason": "cross",
            "r_net": 0.73,
        }
    ]
    assert column(reader, "v_protection", "trade_id", "stops", "total_ms", "worst_ms", "is_open") == [
        ("trd-aa", 0, 42, 40, 0),
        ("trd-ee", 0, None, None, 1),
    ]
    assert column(reader, "v_equity", "equity", "peak", "drawdown") == [(100440.0, 100440.0, 0.0)]


def test_funding_shows_what_was_held(tmp_path: Path) -> None:
    settled = provider.FundingSettled(
        instrument="BTC-USDT",
        at=NOON,
        rate=Decimal("0.0001"),
        mark=Decimal(60_000),
        quantity=Decimal("0.5"),
        amount=Decimal(-3),
    )
    path = tmp_path / "journal.db"
    write(path, [Envelope(1, "run-1", "provider", NOON, NOON, 1, 0, settled)])
    with Reader(path) as reader:
        rows = column(reader, "v_funding", "instrument", "at", "rate", "mark", "quantity", "amount")
    assert rows == [("BTC-USDT", NOON, 0.0001, 60_000.0, 0.5, -3.0)]


def test_only_open_positions_are_shown(reader: Reader) -> None:
    rows = column(reader, "v_positions", "trade_id", "direction", "quantity", "entry_price", "stop", "target")
    assert rows == [("trd-ee", "long", 0.3, 60000.25, 58800.5, None)]


def test_stages_show_what_took_how_long(reader: Reader) -> None:
    rows = [row for row in column(reader, "v_stages", "signal_id", "stage", "took_us") if row[0] == "sig-bb"]
    stages = ["context_gathered", "quality_graded", "signal_declined"]
    assert rows == [("sig-bb", stage, at) for at, stage in enumerate(stages, 1)]


def test_why_leads_from_an_order_to_its_signal(reader: Reader) -> None:
    names = ("order_id", "approval_id", "intent_id", "decision_id", "signal_id", "conditions", "net_pnl")
    assert column(reader, "v_why", *names)[:3] == [
        ("ord-aa-e", "apr-aa-e", "int-aa", "dec-aa", "sig-aa", "cross=0.75", 440.0),
        ("ord-aa-s", "apr-aa-s", "int-aa", "dec-aa", "sig-aa", "cross=0.75", 440.0),
        ("ord-aa-x", "apr-aa-x", "int-dd", "dec-dd", "sig-dd", "cross=0.75", 440.0),
    ]


def test_halts_show_the_wish_and_the_fact(reader: Reader) -> None:
    rows = column(reader, "v_halts", "type", "by", "reason")
    assert rows == [
        ("studio.halt_requested", "command", "lunch"),
        ("inspector.trading_halted", "command", "lunch"),
    ]


def test_every_view_works_in_plain_tools_while_the_journal_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with SqliteJournal(path, sync="full") as journal:
        for envelope in told():
            journal.append(envelope)
        journal.flush()
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        counts = {name: db.execute(f"select count(*) from {name}").fetchone()[0] for name in NAMES}
        db.close()
        command = [sys.executable, "-m", "sqlite_utils", "query", str(path), "select id from v_trades"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert len(counts) == 19
    assert [name for name, count in counts.items() if not count] == ["v_outcomes", "v_funding", "v_quality"]
    assert json.loads(answer.stdout) == [{"id": "trd-aa"}]


def test_outcomes_show_what_became_of_each_signal_and_why_it_was_declined(tmp_path: Path) -> None:
    no = decision(1, approved=False, code="EX_RR_BELOW_MIN")
    write(tmp_path / "journal.db", stamped([no, decision(2), outcome(no), outcome(decision(2), won=False)]))
    with Reader(tmp_path / "journal.db") as reader:
        rows = column(reader, "v_outcomes", "signal_id", "won", "code")
    assert rows == [(no.signal_id, 1, "EX_RR_BELOW_MIN"), (decision(2).signal_id, 0, "")]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The story over and over: a journal, and one of four times as much."""
    folder = tmp_path_factory.mktemp("grown")
    for times in (50, 200):
        rows: list[Envelope] = []
        for at in range(times):
            protected = inspector.ProtectionPlaced(
                instrument=BTC, trade_id=f"trd-a{at}", order_id=f"ord-a{at}-s", unprotected_ms=9
            )
            events = [
                *entered(f"a{at}"),
                *declined(f"b{at}"),
                *refused(f"c{at}"),
                *left(f"a{at}", by=f"d{at}"),
                *entered(f"e{at}"),
                protected,
                decision(at),
                outcome(decision(at)),
            ]
            rows += stamped(events, len(rows))
        write(folder / f"{times}.db", rows)
    return [folder / "50.db", folder / "200.db"]


def steps(path: Path, view: str) -> int:
    """Of SQLite's machine, in hundreds, to read a whole view."""
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    with closing(sqlite3.connect(path)) as db:
        db.set_progress_handler(step, 100)
        db.execute(f"select * from {view}").fetchall()
    return taken[0]


@pytest.mark.parametrize("view", NAMES)
def test_a_journal_four_times_as_long_is_read_in_little_more_than_four_times_the_steps(
    grown: list[Path], view: str
) -> None:
    """Failed before for outcomes, conditions and protection: each row was looked for among all others."""
    short, long = (steps(path, view) for path in grown)
    assert long <= 6 * short + 10


def test_views_of_an_older_journal_are_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write(path, told())
    db = sqlite3.connect(path)
    db.executescript("drop view v_trades; create view v_trades as select 1 as id")
    db.close()
    write(path, [])
    with Reader(path) as reader:
        assert reader.query("select id from v_trades") == [{"id": "trd-aa"}]
