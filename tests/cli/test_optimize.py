"""A search by the command line: it can be killed at any time, and says how far its best is luck."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from barfinex.runtime.research.study import Study
from tests.bench.searching import prepare
from tests.cli.command import PLAIN, barfinex

TRIALS = 60  # Enough for the kill to come in their middle, however busy the machine is.


def complete(file: Path) -> list[Any]:
    """The trials that are done, whatever is searched."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    storage = optuna.storages.JournalStorage(JournalFileBackend(str(file)))
    study = optuna.load_study(study_name="fold 1", storage=storage)
    return [one for one in study.trials if one.state.name == "COMPLETE"]


def wait_for(file: Path, text: str, times: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if file.exists() and file.read_text().count(text) >= times:
            return
        time.sleep(0.05)
    raise AssertionError(f"{file} never held {text} {times} times")


@pytest.mark.timeout(120)
def test_a_search_that_is_killed_goes_on_without_repeating_a_finished_trial(tmp_path: Path) -> None:
    command = prepare(tmp_path, 12_000)
    command += ["--trials", str(TRIALS), "--folds", "1", "--workers", "2", "--study", "s.log", "--json"]
    file = tmp_path / "s.log"
    with subprocess.Popen(command, cwd=tmp_path, env=PLAIN, stdout=subprocess.DEVNULL) as process:
        wait_for(file, '"daily"', 3)
        os.kill(process.pid, signal.SIGKILL)
    time.sleep(1.0)  # What a worker was at is finished; then it sees that nobody wants more.
    before = [(one.number, one.params, one.value) for one in complete(file)]
    assert 0 < len(before) < TRIALS
    done = subprocess.run(command, cwd=tmp_path, env=PLAIN, capture_output=True, check=True)
    after = [(one.number, one.params, one.value) for one in complete(file)]
    assert after[: len(before)] == before
    assert len(after) == TRIALS
    told = json.loads(done.stdout)
    assert told["trials"] == TRIALS
    assert told["folds"][0]["params"].keys() == {"fast", "slow", "stop"}
    again = subprocess.run(command, cwd=tmp_path, env=PLAIN, capture_output=True, check=True)
    assert json.loads(again.stdout) == told


def test_a_result_is_what_a_run_with_its_parameters_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = prepare(tmp_path, 4_000)
    monkeypatch.chdir(tmp_path)
    found = subprocess.run(
        [*command, "--trials", "3", "--folds", "1", "--json"], env=PLAIN, capture_output=True, check=True
    )
    [fold] = json.loads(found.stdout)["folds"]
    given = [part for name, value in fold["params"].items() for part in ("--param", f"{name}={value!r}")]
    since, until = fold["searched"].split("..")
    told = barfinex("backtest", *command[4:8], *given, "--from", since, "--to", until, "--json").json
    assert told["run_id"] == fold["inside"]["run_id"]
    assert told["net_pnl"] == pytest.approx(fold["inside"]["net_pnl"])


def test_what_cannot_be_searched_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = prepare(tmp_path, 500)[3:]
    monkeypatch.chdir(tmp_path)
    barfinex(*command, "--metric", "luck").refuses("--metric luck", "sharpe, net_pnl, calmar")
    Study(tmp_path / "other.log", "fold 1", "other", 1)
    barfinex(*command, "--study", tmp_path / "other.log").refuses("other.log", "another strategy")
    file = tmp_path / "strategies" / "searched.py"
    file.write_text(file.read_text().replace("param(", "(lambda name, *numbers: numbers[0])("))
    barfinex(*command).refuses("declares no parameters")


def test_two_versions_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, 50_000)
    monkeypatch.chdir(tmp_path)
    one = tmp_path / "strategies" / "searched.py"
    other = tmp_path / "other.py"
    other.write_text(one.read_text().replace('"fast", 20', '"fast", 40'))
    files = ["--config", "config.toml", "--data", "BTC-USDT_1m.csv"]
    told = barfinex("compare", one, other, *files, "--json").json
    assert told["a"]["run_id"] != told["b"]["run_id"]
    assert told["difference"]["low"] <= told["difference"]["daily"] <= told["difference"]["high"]
    assert "basis points a day" in barfinex("compare", one, other, *files).out
    barfinex("compare", one, tmp_path / "none.py", *files).refuses("none.py", "is no file")
