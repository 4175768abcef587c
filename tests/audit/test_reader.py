"""Reading: by row, by type, by run, by any id, and out into files."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from barfinex.audit.reader import Reader
from barfinex.domain.candles import series_of
from barfinex.domain.errors import BadInput
from barfinex.events.base import Event
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import EquityMarked, TradeClosed
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import CandlesClosed, OrderFilled
from tests.audit.story import BTC, declined, entered, left, notes, refused, stamped, told, write


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reader") / "journal.db"
    write(path, told())
    return path


def types(reader: Reader, any_id: str) -> list[str]:
    return [type(envelope.event).__name__ for envelope in reader.related(any_id)]


def names(*groups: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for group in groups for event in group]


@pytest.mark.parametrize(
    "any_id",
    ["trd-aa", "sig-aa", "dec-aa", "int-aa", "ord-aa-e", "ord-aa-x", "ord-aa-e.0.5", "apr-aa-s", "sig-dd"],
)
def test_any_id_of_a_trade_brings_the_whole_trade(path: Path, any_id: str) -> None:
    """Entry, protection, the exit's own signal, and the equity that followed; nothing of anybody else."""
    with Reader(path) as reader:
        assert types(reader, any_id) == names(entered("aa"), left("aa", by="dd"))


def test_a_signal_without_a_trade_brings_its_decision(path: Path) -> None:
    with Reader(path) as reader:
        assert types(reader, "sig-bb") == names(declined("bb"))
        assert types(reader, "int-cc") == names(refused("cc"))
        assert reader.related("trd-zz") == []
        assert reader.related("a") == []


def test_decisions_on_one_candle_are_told_apart(tmp_path: Path) -> None:
    block = series_of(BTC, "1m", [[0, 1.0, 2.0, 1.0, 2.0, 3.0]]).block()
    rows = stamped([CandlesClosed(candles=block), *declined("11"), *refused("22")])
    write(tmp_path / "j.db", [replace(row, causation=min(row.causation, 1)) for row in rows])
    with Reader(tmp_path / "j.db") as reader:
        found = reader.related("dec-22")
        assert [row.event for row in found] == [CandlesClosed(candles=block), *refused("22")]


def test_rows_are_chosen_by_number_and_type(path: Path) -> None:
    with Reader(path) as reader:
        assert [row.seq for row in reader.envelopes(after=3, until=6)] == [4, 5, 6]
        assert [row.seq for row in reader.tail(5, 2)] == [6, 7]
        assert reader.tail(10_000, 5) == []
        chosen = list(reader.envelopes(types={TradeClosed, EquityMarked}))
        assert [type(row.event) for row in chosen] == [TradeClosed, EquityMarked]
        assert list(reader.envelopes(types=())) == []
        assert isinstance(reader.at(1).event, RunStarted)
        fills = [row.seq for row in reader.envelopes(types={OrderFilled})]
        assert reader.seq_of_latest(OrderFilled.wire_type, 2) == fills[-2]
        assert reader.seq_of_latest(SignalDetected.wire_type, 100) == 0
        with pytest.raises(BadInput, match="row 9999"):
            reader.at(9999)


def test_runs_are_found_by_id_and_as_the_last(tmp_path: Path) -> None:
    first = [replace(row, run_id="run-a") for row in told()]
    second = [replace(row, run_id="run-b", seq=row.seq + len(first)) for row in told()[:-1]]
    write(tmp_path / "j.db", first + second)
    with Reader(tmp_path / "j.db") as reader:
        runs = reader.runs()
        assert [(run["run_id"], run["mode"], run["reason"]) for run in runs] == [
            ("run-a", "backtest", "the data ended"),
            ("run-b", "backtest", None),
        ]
        assert reader.span("run-a") == (1, len(first))
        assert reader.span("last") == (len(first) + 1, len(first) + len(second))
        with pytest.raises(BadInput, match="run-c"):
            reader.span("run-c")


def test_a_journal_without_a_run_says_so(tmp_path: Path) -> None:
    write(tmp_path / "journal.db", [])
    with Reader(tmp_path / "journal.db") as reader, pytest.raises(BadInput, match="holds no run yet"):
        reader.span("last")


def test_every_row_can_be_exported(path: Path, tmp_path: Path) -> None:
    with Reader(path) as reader:
        assert reader.export(tmp_path / "a.jsonl") == len(told())
        assert reader.export(tmp_path / "a.csv") == len(told())
        with pytest.raises(BadInput, match=r"neither .jsonl nor .csv"):
            reader.export(tmp_path / "a.xml")
        with pytest.raises(BadInput, match="cannot be written"):
            reader.export(tmp_path / "missing" / "a.csv")
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(told()) + 1))
    assert json.loads(lines[1])["body"]["signal"]["id"] == "sig-aa"
    with (tmp_path / "a.csv").open() as file:
        assert [row["type"] for row in csv.DictReader(file)][:2] == [
            "kernel.run_started",
            "detector.signal_detected",
        ]


def edited(tmp_path: Path, statement: str) -> Path:
    path = tmp_path / "edited.db"
    write(path, notes(3))
    db = sqlite3.connect(path)
    db.executescript(f"drop trigger events_no_update; {statement}")
    db.close()
    return path


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "update events set type = 'kernel.moon_risen' where seq = 2",
            "row 2: holds an event .* does not know",
        ),
        ("update events set version = 9 where seq = 2", "row 2: holds an event .* version 9"),
        ("update events set body = '{}' where seq = 2", "row 2: is no kernel.module_started: Object missing"),
        (
            "update events set body = 'x' where seq = 2",
            "row 2: is no kernel.module_started: JSON is malformed",
        ),
    ],
)
def test_a_row_that_cannot_be_understood_is_named(tmp_path: Path, statement: str, message: str) -> None:
    with Reader(edited(tmp_path, statement)) as reader, pytest.raises(BadInput, match=message):
        list(reader.envelopes())
