"""`barfinex drill risk` and `barfinex map --policies`, as a person calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.inspector.policies import POLICIES
from barfinex.runtime.drills.risk import KILL
from tests.cli.command import ROOT, barfinex


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_every_control_is_tried_and_the_drill_is_written_down(tmp_path: Path) -> None:
    """R4: wired, passes at its limit, trips past it; the second drill knows of the first."""
    out = tmp_path / "drills.db"
    first = barfinex("drill", "risk", "--out", out, "--json").json
    assert first["passed"] is True
    assert set(first["controls"]) == {*(policy.name for policy in POLICIES), KILL}
    assert all(one["ok"] and one["last_drilled"] is None for one in first["controls"].values())
    assert first["controls"][KILL]["flat_ms"] == 250
    second = barfinex("drill", "risk", "--out", out, "--json").json
    assert all(one["last_drilled"] > 1_700_000_000_000 for one in second["controls"].values())
    assert barfinex("audit", "verify", "--journal", out, "--json").json["ok"] is True


def test_what_fired_in_earnest_is_read_from_the_journal(tmp_path: Path) -> None:
    rows = [[1_700_000_040_000 + n * 60_000, 100 + n % 7, 108, 99, 100 + (n + 1) % 7, 5] for n in range(400)]
    data = tmp_path / "AAA-USD_1m.csv"
    lines = ["ts,open,high,low,close,volume", *(",".join(map(str, row)) for row in rows)]
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    journal = tmp_path / "run.db"
    ran = barfinex(
        "backtest", "--data", data, "--journal", journal, "--strategy", "mean_reversion", "--json"
    ).json
    fired = barfinex("drill", "risk", "--journal", journal, "--json").json["controls"]
    refusing = [name for name, one in fired.items() if one["last_fired"] is not None]
    assert bool(refusing) == bool(ran["refused"])
    assert (tmp_path / "drills.db").exists()


def test_a_journal_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    barfinex("drill", "risk", "--journal", tmp_path / "none.db").refuses("none.db", "does not exist")


def test_the_map_of_policies_is_markdown_and_json() -> None:
    assert barfinex("map", "--policies").out.startswith("## Controls")
    told = barfinex("map", "--policies", "--json").json
    assert set(told["policies"]) > {policy.name for policy in POLICIES}
    assert told["elsewhere"]
