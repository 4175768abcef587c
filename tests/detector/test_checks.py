"""What `check` finds, and that it finds nothing where nothing is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from barfinex.detector.checks import check
from barfinex.sdk import Bracket, Columns, Condition, Strategy, close, sma
from tests.detector.market import strategy, walk

SERIES = walk(1_200)


def peeks(shown: Columns) -> Any:
    return np.append(shown.close[1:] > shown.close[:-1], False)


def normalises(shown: Columns) -> Any:
    return shown.close > shown.close.mean()


def fails(shown: Columns) -> Any:
    return shown.nothing  # type: ignore[attr-defined]


def moody() -> Any:
    calls = iter(range(10**9))
    return lambda shown: np.full(len(shown), float(next(calls) % 2))


def codes(when: Any) -> list[str]:
    made = Strategy(name="odd", long=[Condition("it", when)], bracket=Bracket(stop=0.02))
    return [finding.code for finding in check(made, SERIES)]


def test_a_sound_strategy_has_no_finding() -> None:
    assert check(strategy(), SERIES) == []


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (peeks, "LOOKS_AHEAD"),
        (normalises, "LOOKS_AHEAD"),
        (moody(), "NOT_DETERMINISTIC"),
        (fails, "FAILS"),
        (close > 0, "ALWAYS_MET"),
        (close < 0, "NEVER_MET"),
        (close > sma(5_000), "NEVER_MET"),
    ],
)
def test_a_fault_is_found(when: Any, code: str) -> None:
    assert codes(when) == [code]


def test_a_finding_names_the_condition_and_the_candle() -> None:
    [finding] = check(Strategy(name="odd", long=[Condition("it", peeks)], bracket=Bracket(stop=0.02)), SERIES)
    assert str(finding).startswith("long it: looks ahead")
    assert "candle" in str(finding)
