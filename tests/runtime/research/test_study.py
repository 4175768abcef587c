"""A search that was cut off goes on: no finished trial is made again, none is counted twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from barfinex.domain.errors import BadInput
from barfinex.runtime.research.study import Study
from barfinex.runtime.research.trial import Result
from barfinex.sdk.params import Parameter

PARAMETERS = (Parameter("n", 10, 10, 1, 500, None), Parameter("stop", 0.02, 0.02, 0.01, 0.05, None))


def result(given: dict[str, float]) -> Result:
    value = -abs(given["n"] - 40) - 100 * abs(given["stop"] - 0.03)
    return Result("run-x", 5, value, 0.1, value, np.arange(5.0) * value)


def study(path: Path, identity: str = "same", seed: int = 1) -> Study:
    return Study(path / "s.log", "fold 1", identity, seed)


class Dies(Exception):
    pass


def test_a_search_that_died_goes_on_where_it_was(tmp_path: Path) -> None:
    made: list[tuple[float, float]] = []

    def run(given: dict[str, float]) -> Result:
        if len(made) == 7:
            raise Dies
        made.append((given["n"], given["stop"]))
        return result(given)

    first = study(tmp_path)
    with pytest.raises(Dies):
        first.work(PARAMETERS, 20, run, "sharpe")
    again = study(tmp_path)
    assert again.recover() == 1
    before = [one.params for one in again.complete]
    made.append((0.0, 0.0))
    again.work(PARAMETERS, 20, run, "sharpe")
    assert [one.params for one in again.complete][:7] == before
    assert len(again.complete) == 20
    assert len(set(made)) == len(made)
    assert again.best.value == max(one.value for one in again.complete)
    assert again.daily().shape == (5, 20)


def test_a_full_study_runs_nothing(tmp_path: Path) -> None:
    study(tmp_path).work(PARAMETERS, 3, result, "sharpe")
    study(tmp_path).work(PARAMETERS, 3, lambda given: pytest.fail("nothing is left to do"), "sharpe")


def test_who_is_not_wanted_any_more_stops(tmp_path: Path) -> None:
    one, asked = study(tmp_path), iter([True, True, False])
    one.work(PARAMETERS, 20, result, "sharpe", lambda: next(asked))
    assert len(one.complete) == 2


def test_a_file_of_another_search_is_refused(tmp_path: Path) -> None:
    study(tmp_path)
    with pytest.raises(BadInput, match="another strategy, other data"):
        study(tmp_path, "other")


def test_a_file_that_is_no_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.log").write_text("hello\n")
    with pytest.raises(BadInput, match="is no study"):
        study(tmp_path)
