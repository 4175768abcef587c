"""What `check` finds, and that it finds nothing where nothing is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from barfinex import sdk
from barfinex.detector.checks import check
from barfinex.sdk import Bracket, Columns, Condition, Strategy, close, sma
from tests.detector.market import strategy, walk
from tests.detector.planted import CHEATS, HONEST

SERIES = walk(1_200)
MARKET = walk(3_000, 11)


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


def made_of(when: Any) -> Strategy:
    condition = when if isinstance(when, Condition) else Condition("it", when)
    return Strategy(name="odd", long=[condition], bracket=Bracket(stop=0.02))


@pytest.mark.parametrize("name", CHEATS)
def test_what_sees_the_future_or_repaints_is_caught(name: str) -> None:
    findings = check(made_of(CHEATS[name]), MARKET)
    assert {finding.code for finding in findings} & {"LOOKS_AHEAD", "NOT_DETERMINISTIC"}
    assert all(finding.is_grave for finding in findings if "first at candle" in finding.text)


@pytest.mark.parametrize("name", HONEST)
def test_what_does_neither_is_not_flagged(name: str) -> None:
    assert check(made_of(HONEST[name]), MARKET) == []


def test_there_are_fifty_of_each() -> None:
    assert len(CHEATS) >= 50
    assert len(HONEST) >= 50


def test_what_depends_on_where_the_data_begins_is_told_with_the_first_candle() -> None:
    finding = next(one for one in check(made_of(close > sdk.ema(900)), MARKET, least=50))
    assert finding.code == "WARM_UP"
    assert "first at candle" in finding.text


def test_conditions_that_are_never_met_together_are_told() -> None:
    apart = [Condition("up", close > sma(20), weight=0.5), Condition("down", close < sma(20), weight=0.5)]
    made = Strategy(name="odd", long=apart, bracket=Bracket(stop=0.02))
    assert [one.code for one in check(made, MARKET)] == ["UNREACHABLE"]


def test_book_and_trades_are_not_judged_where_there_are_none() -> None:
    assert check(made_of(sdk.imbalance_5 > 0.2), MARKET) == []
