"""The newcomer's path: a new strategy passes every check and trades at once; the samples do, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.detector.checks import check
from barfinex.detector.loader import load
from tests.cli.command import barfinex
from tests.detector.market import walk

SAMPLES = Path(__file__).parents[2] / "strategies"


def test_a_new_strategy_is_written_once_checked_and_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert barfinex("new", "strategy", "mine").code == 0
    barfinex("new", "strategy", "mine").refuses("exists already")
    checked = barfinex("check", "--strategy", "mine")
    assert checked.code == 0, checked.out
    assert "mine: ok" in checked.out
    [one] = load(tmp_path / "strategies", ["mine"]).strategies
    assert [parameter.name for parameter in one.parameters] == ["fast", "slow", "stop"]


@pytest.mark.parametrize("name", ["a b", "1st", "x/y", ""])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    barfinex("new", "strategy", name).refuses("is no name")
    assert not (tmp_path / "strategies").exists()


@pytest.mark.parametrize(
    "name", ["trend", "mean_reversion", "breakout", "pullback", "order_flow", "reference"]
)
def test_the_samples_pass_their_checks(name: str) -> None:
    [one] = load(SAMPLES, [name]).strategies
    assert [str(finding) for finding in check(one.strategy, walk(5_000, 3))] == []
