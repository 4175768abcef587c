"""`advisor report` tells what the journal holds, `advisor replay` makes a decision again."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barfinex.cli.advising_figures import figures_of
from barfinex.cli.advising_tables import show
from barfinex.config import Config
from barfinex.events.advisor_learning import DriftDetected, ModelValidated
from barfinex.events.advisor_upkeep import AllocationRecommended
from barfinex.events.base import Envelope
from barfinex.runtime.advising import Recollection
from tests.cli.command import ROOT, Answer, barfinex, refused, write_config
from tests.cli.test_backtest import lively, rows
from tests.factories import START
from tests.provider.candle_files import write_csv
from tests.wide import WIDE

RULES = {"horizon_candles": 30, "base_rate": 0.5, "learns": False}
DECIDED = """select json_extract(body, '$.decision_id') as id, json_extract(body, '$.strategy') as strategy,
json_extract(body, '$.code') as code, json_extract(body, '$.candle_ts') as candle_ts, body from events
where type = 'advisor.decision_responded' order by seq"""
LABELLED = "select body from events where type = 'advisor.outcome_labelled' order by seq"


class History:
    """A run over history in a folder of its own."""

    def __init__(self, folder: Path, **rules: object) -> None:
        self.candles, self.journal = folder / "AAA-USD_1m.csv", folder / "run.db"
        self.config = self.configured(folder / "run.toml", **rules)
        write_csv(self.candles, lively(1_500))
        assert barfinex("backtest", "--config", self.config, *self.files, "--json").code == 0

    @property
    def files(self) -> tuple[object, ...]:
        return "--journal", self.journal, "--data", self.candles

    def configured(self, place: Path, **rules: object) -> Path:
        wide = {
            **WIDE,
            "position_notional_max": 1_000_000,
            "gross_exposure_max": 50,
            "loss_streak_max": 10_000,
        }
        changes = {"sizing": {"risk_per_trade": 0.001}, "inspector": wide, "advisor": {**RULES, **rules}}
        names = {"names": ["trend", "breakout", "mean_reversion"]}
        return write_config(place, {**changes, "strategies": names})

    def ask(self, sql: str) -> list[dict[str, Any]]:
        return rows(self.journal, sql)

    def report(self, *more: object) -> Answer:
        return barfinex("advisor", "report", "--journal", self.journal, *more)

    def replay(self, *more: object) -> Answer:
        return barfinex("advisor", "replay", *more, "--journal", self.journal)


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History(tmp_path_factory.mktemp("gated"))


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History(tmp_path_factory.mktemp("observed"), authority="observe")


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_figures_are_those_of_the_journal(gated: History) -> None:
    told = gated.report("--json").json
    decided = [json.loads(one["body"]) for one in gated.ask(DECIDED)]
    known = {one["decision_id"]: one for one in (json.loads(row["body"]) for row in gated.ask(LABELLED))}
    counts = told["decisions"]
    assert (counts["decided"], counts["outcomes"]) == (len(decided), len(known))
    assert counts["approved"] == sum(one["approved"] for one in decided)
    judged = [one for one in decided if one["lcb"] > 0.0 and one["decision_id"] in known]
    p = np.array([one["p_final"] for one in judged])
    won = np.array([known[one["decision_id"]]["won"] for one in judged])
    report = told["calibration"]["report"]
    assert report["n"] == told["calibration"]["outcomes"] == len(judged) >= 60
    assert report["brier"]["score"] == pytest.approx(np.mean((p - won) ** 2))
    assert sum(one["n"] for one in report["bins"]) == len(judged)
    for code in told["why_not"]["codes"]:
        stopped = [one for one in decided if one["code"] == code["name"]]
        if code["by"] == "advisor":
            r_net = [known[one["decision_id"]]["r_net"] for one in stopped if one["decision_id"] in known]
            assert (code["refused"], code["settled"]) == (len(stopped), len(r_net))
            assert code["r_saved"] == pytest.approx(-sum(r_net))
            assert code["saved_low"] <= code["r_saved"] <= code["saved_high"]
    assert sum(one["labels"] for one in told["strategies"].values()) == len(known)
    assert all(sum(one["ladder"].values()) == pytest.approx(1) for one in told["strategies"].values())


def test_one_strategy_has_a_report_of_its_own(gated: History) -> None:
    whole = gated.report("--json").json
    parts = [gated.report("--strategy", name, "--json").json for name in whole["strategies"]]
    assert [list(part["strategies"]) for part in parts] == [[name] for name in whole["strategies"]]
    assert whole["decisions"]["waiting"] > 0
    for count in ("decided", "approved", "outcomes", "waiting"):
        assert sum(part["decisions"][count] for part in parts) == whole["decisions"][count]
    every = [word for name in whole["strategies"] for word in ("--strategy", name)]
    together = gated.report(*every, "--json").json
    for section in ("calibration", "why_not", "worth", "strategies"):
        assert together[section] == whole[section]


def test_gates_that_only_observe_are_valued_too(observed: History) -> None:
    told = observed.report("--json").json
    assert told["decisions"]["declined"] == 0
    assert not [one for one in told["why_not"]["codes"] if one["by"] == "advisor"]
    sql = "select count(*) as n from events where type = 'advisor.gate_observed'"
    assert sum(one["refused"] for one in told["observed"]["codes"]) == observed.ask(sql)[0]["n"] > 0
    assert "what the gates would have stopped" in observed.report().out


def test_the_tables_show_every_section_and_say_where_there_is_too_little(
    gated: History, tmp_path: Path
) -> None:
    shown = gated.report().out
    for title in ("calibration of", "Brier score", "noise floor", "┊ said", "strategies", "ladder", "models"):
        assert title in shown
    for title in ("no model serves", "why not", "R saved", "value chain", "capital"):
        assert title in shown
    write_csv(tmp_path / "AAA-USD_1m.csv", lively(200))
    files = "--journal", tmp_path / "few.db", "--data", tmp_path / "AAA-USD_1m.csv"
    assert barfinex("backtest", "--config", gated.config, *files, "--json").code == 0
    few = barfinex("advisor", "report", "--journal", tmp_path / "few.db").out
    assert re.search(r"fewer than 60 outcomes \(\d+\): no calibration yet", few)


def test_gates_and_alarms_that_were_told_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    found = Recollection(Config())
    gates = (("cooldown_labels", 0.0, "<= 0", True), ("dsr", 0.91, ">= 0.95", False))
    told = [
        ModelValidated(model_id="mdl-1", gates=gates, trials=3, passed=False),
        drift("calibration", "trend"),
        AllocationRecommended(
            weights=(("trend", 1.0),),
            method="inverse_volatility",
            shrinkage=0.1,
            turnover=0.0,
            constraints=(),
        ),
    ]
    for seq, event in enumerate(told, 1):
        found.fold(Envelope(seq, "run-1", "advisor", START, START, 1, 0, event))
    figures = figures_of(found)
    assert figures["models"]["gates"]["gates"][1] == {
        "gate": "dsr", "value": 0.91, "limit": ">= 0.95", "passed": False,
    }  # fmt: skip
    assert [one["about"] for one in figures["drift"]] == ["trend"]
    show(figures)
    shown = capsys.readouterr().out
    assert "no decision has been made yet" in shown
    assert "no outcome is known yet" in shown
    assert re.search(r"dsr\s+0\.91\s+>= 0\.95\s+FAIL", shown)
    assert "drift of calibration of trend: 6,000 of 5,000" in shown
    assert "trend 100.0%" in shown


def drift(kind: str, about: str, threshold: float = 5_000.0) -> DriftDetected:
    return DriftDetected(
        kind=kind, about=about, statistic=1.2 * threshold, threshold=threshold, since=40, action="told"
    )


def test_a_report_on_one_strategy_tells_its_drift_and_what_all_share(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Failed before: the alarms of all strategies were shown, a small threshold as 0."""
    found = Recollection(Config(), frozenset({"trend"}))
    told = [drift("calibration", "trend"), drift("calibration", "other"), drift("shadow_gap", "other", 2.0)]
    for seq, event in enumerate([*told, drift("feature", "funding", 0.25)], 1):
        found.fold(Envelope(seq, "run-1", "advisor", START, START, 1, 0, event))
    figures = figures_of(found)
    assert [one["about"] for one in figures["drift"]] == ["trend", "funding"]
    show(figures)
    assert "drift of feature of funding: 0.3 of 0.25" in capsys.readouterr().out


def test_the_page_opens_offline_and_has_every_plot(gated: History, tmp_path: Path) -> None:
    place = tmp_path / "new" / "page.html"
    assert gated.report("--html", place).code == 0
    assert [one.name for one in place.parent.iterdir()] == ["page.html"]
    page = place.read_text(encoding="utf-8")
    assert page.count("Plotly.newPlot") == 4
    for title in ("Reliability over", "Weights of the ladder", "What each code saved", "by regime"):
        assert title in page
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_decision_over_history_comes_out_as_it_was(gated: History, at: int) -> None:
    decision = gated.ask(DECIDED)[at]["id"]
    told = gated.replay(decision, "--json").json
    assert (told["identical"], told["differences"]) == (True, [])
    assert told["events"] >= 8
    assert f"identical ({told['events']} events)" in gated.replay(decision, "--data", gated.candles).out


def test_other_rules_show_what_they_would_change(gated: History, tmp_path: Path) -> None:
    strict = gated.configured(tmp_path / "strict.toml", conviction_min=0.99)
    answer = gated.replay("last", "--config", strict, "--json")
    assert answer.code == 1
    told = json.loads(answer.out)
    assert "CV_BELOW_FLOOR" in told["replayed"]
    assert "CV_BELOW_FLOOR" not in told["recorded"]
    declined = next(one for one in told["differences"] if one["wire_type"] == "advisor.decision_responded")
    assert declined["seq"] > 0
    assert declined["recorded"] != declined["replayed"]
    assert "events differ" in gated.replay("last", "--config", strict).out


def test_bad_input_is_refused_with_a_remedy(gated: History, tmp_path: Path) -> None:
    gated.report("--run", "run-0").refuses("run-0", "is not in", "v_runs")
    gated.report("--strategy", "nobody").refuses("nobody", "has no decision", "trend")
    barfinex("advisor", "report", "--journal", tmp_path / "none.db").refuses("none.db", "does not exist")
    gated.report("--html", tmp_path).refuses(f"--html {tmp_path}", "Is a directory", "Name a file")
    within = gated.journal / "page.html"
    gated.report("--html", within).refuses(str(gated.journal), "cannot be made a folder")
    gated.replay("dec-0").refuses("dec-0", "is not in", "v_decisions")
    gated.replay("last", "--config", tmp_path / "none.toml").refuses("none.toml", "cannot be read")
    other = write_csv(tmp_path / "AAA-USD_1m.csv", lively(300, seed=6))
    gated.replay("last", "--data", other).refuses("is not the file this run was made from", "--data")
    gated.replay("last", "--data", tmp_path / "gone.csv").refuses("gone.csv")


def time_at(candle: int) -> str:
    return str(np.datetime64(START + candle * 60_000, "ms"))[:19]


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """The journal of a run over two files, and the files."""
    folder = tmp_path_factory.mktemp("paired")
    files = [write_csv(folder / f"{name}-USD_1m.csv", lively(300, seed=n)) for n, name in enumerate("AB")]
    named = [word for file in files for word in ("--data", file)]
    part = "--from", time_at(20), "--to", time_at(280)
    told = barfinex("backtest", *named, *part, "--journal", folder / "run.db", "--json")
    assert told.code == 0, told.err
    return folder / "run.db", files


@pytest.mark.parametrize("command", [("advisor", "replay", "last"), ("replay", "last")])
def test_files_of_a_run_are_found_by_their_names_in_any_order_and_a_missing_one_is_named(
    paired: tuple[Path, list[Path]], command: tuple[str, ...], tmp_path: Path
) -> None:
    """Failed before: in another order each was read as the other, and one alone was 'no file holds it'."""
    journal, files = paired
    moved = [Path(shutil.copy(file, tmp_path)) for file in reversed(files)]
    asked = *command, "--journal", journal, "--data", moved[0]
    assert barfinex(*asked, "--data", moved[1], "--json").code == 0
    barfinex(*asked).refuses(f"--data {moved[0]}", f"lacks {files[0].name}", "Name every file")


def test_two_files_of_one_name_are_refused_before_the_run(tmp_path: Path) -> None:
    """Failed before: the run was made, and no replay could tell them apart."""
    for at, name in enumerate(("a", "b")):
        (tmp_path / name).mkdir()
        write_csv(tmp_path / name / "candles.csv", lively(300, seed=at))
    files = "--data", tmp_path / "a" / "candles.csv", "--data", tmp_path / "b" / "candles.csv"
    named = "--instrument", "AAA-USD", "--instrument", "BBB-USD"
    refused(tmp_path, *files, *named, parts=("candles.csv", "two files that differ", "Rename one"))


def test_what_became_of_a_declined_signal_is_told(gated: History) -> None:
    known = {json.loads(row["body"])["decision_id"] for row in gated.ask(LABELLED)}
    one = next(row for row in gated.ask(DECIDED) if row["code"] and row["id"] in known)
    told = barfinex("trace", one["id"], "--journal", gated.journal).out
    assert re.search(rf"declined at \w+: {one['code']} \S+ \(limit \S+\)", told)
    assert re.search(r"in the shadow: (won|lost) [+-]\d+\.\d\d R by \w+ at ", told)
    at = str(np.datetime64(one["candle_ts"], "ms"))[:19]
    asked = ("why-not", one["strategy"], "--at", at, "--config", gated.config, *gated.files)
    why = barfinex(*asked).out
    own = barfinex(*asked[:-2])
    assert own.out == why, "a run over history keeps no candles: its own files are read"
    assert re.search(rf"declined at \w+: {one['code']} \S+ \(limit \S+\)", why)
    assert re.search(r"in the shadow: (won|lost) [+-]\d+\.\d\d R by \w+ at ", why)
    [signal] = barfinex(*asked, "--json").json["signals"]
    assert [each["type"] for each in signal["decision"]] == [
        "advisor.signal_declined",
        "advisor.outcome_labelled",
    ]
