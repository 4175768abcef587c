"""`run --fault`: the catalogue is printed, a wrong name is refused, and what strikes is in the journal."""

from __future__ import annotations

import json
from pathlib import Path

from barfinex.audit.reader import Reader
from barfinex.events.provider import FaultInjected, OrderFilled
from tests.cli.command import barfinex, refused, write_config
from tests.cli.test_run import HOLDS, LIVELY, strategies


def test_the_list_names_every_fault_on_a_line() -> None:
    lines = barfinex("run", "--fault", "list").out.splitlines()
    assert len(lines) == 40
    assert lines[1].startswith("F2   answer-lost ")
    assert all(line.endswith(".") for line in lines)


def test_the_list_is_one_object_for_programs() -> None:
    said = barfinex("run", "--fault", "list", "--json")
    assert (said.code, len(json.loads(said.out))) == (0, 40)
    assert json.loads(said.out)["stream-dead"]["id"] == "F37"


def test_a_wrong_name_is_refused_before_anything_starts(tmp_path: Path) -> None:
    refused(tmp_path, "--fault", "fill-thrice,storm", parts=("storm", "--fault list"), command="run")


def test_a_run_with_a_fault_tells_of_it_and_stays_right(tmp_path: Path) -> None:
    """Each fill is told three times, and counts once."""
    config = write_config(tmp_path / "run.toml", {**LIVELY, **strategies(tmp_path / "own", holds=HOLDS)})
    where = ("--config", config, "--journal", tmp_path / "run.db")
    report = barfinex("run", "--fault", "fill-thrice", "--seed", 5, "--duration", 1.5, *where, "--json").json
    with Reader(tmp_path / "run.db") as reader:
        events = [row.event for row in reader.envelopes(types=[FaultInjected, OrderFilled])]
    told = [event for event in events if isinstance(event, FaultInjected)]
    fills = [event.fill.id for event in events if isinstance(event, OrderFilled)]
    assert [(one.fault, one.name, one.step) for one in told] == [("F7", "fill-thrice", "Repeat")]
    assert len(fills) == len(set(fills)) >= 2
    assert report["events"]["provider.fault_injected"] == 1
    assert report["chain"] == "ok"
