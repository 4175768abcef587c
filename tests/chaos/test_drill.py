"""The crash drill itself, on a sample: real processes, real kills, the verdict of the judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.runtime.drills.crash import Drill, Trial, drill, report
from barfinex.runtime.drills.settings import busy
from tests.cli.command import barfinex

SAMPLE = 4


@pytest.mark.timeout(300)
def test_a_sample_of_crashes_is_safe(tmp_path: Path) -> None:
    """I1, I2, I5, I15, I16 at any point of the order path; `make chaos` tries all of them three times."""
    done = drill(busy(11), "paper", tmp_path, sample=SAMPLE, seed=11)
    assert len(done.points) > 60
    assert [trial.faults for trial in done.trials] == [()] * SAMPLE
    assert done.passed
    assert report(done)["reached"] == SAMPLE


def test_a_fault_a_miss_and_an_empty_drill_do_not_pass() -> None:
    fine = Trial("send e: before", 1, True, (), 1.0)
    assert Drill(("send e: before",), (fine,)).passed
    assert not Drill((), ()).passed
    assert not Drill((), (fine, Trial("send s: before", 1, True, ("naked: trd-1",), 1.0))).passed
    missed = Drill((), (fine, Trial("send s: before", 1, False, (), 1.0)))
    assert missed.missed == ("send s: before",)
    assert not missed.passed


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep", encoding="utf-8")
    barfinex("drill", "crash", "--keep", tmp_path, "--sample", 1).refuses("is not empty", "--keep")
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
