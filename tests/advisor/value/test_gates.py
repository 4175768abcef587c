"""A margin is a number or nothing, and a gate's worth is what it stopped."""

from __future__ import annotations

from math import inf, nan

import pytest

from barfinex.advisor.value.gates import Stopped, gate_value, margin, number


@pytest.mark.parametrize(
    ("raw", "want"), [(0.42, 0.42), ("0.42", 0.42), (" 7 ", 7.0), (3, 3.0), ("1e-3", 1e-3)]
)
def test_what_is_a_number(raw: object, want: float) -> None:
    assert number(raw) == want


@pytest.mark.parametrize("raw", ["a stop", "nan", "inf", "", nan, inf, None, True, [], 10**400])
def test_what_is_none(raw: object) -> None:
    assert number(raw) is None


def test_a_margin_is_relative_and_signed() -> None:
    assert margin(0.45, 0.50) == pytest.approx(-0.1)
    assert margin(30.0, 20.0) == pytest.approx(0.5)
    assert margin(-0.3, -0.2) == pytest.approx(-0.5)
    assert margin(-0.07, 0.0) == -0.07
    assert margin(None, 1.0) is None
    assert margin(1.0, None) is None
    assert margin(1e308, 1e-308) is None


def test_before_an_outcome_nothing_is_claimed() -> None:
    found = gate_value("x", Stopped().refuse())
    assert (found.refused, found.settled, found.mean_r, found.r_saved) == (1, 0, None, 0.0)
    assert (found.lower, found.upper, found.proven) == (-3.0, 6.0, False)


@pytest.mark.parametrize(("r", "saved"), [(-1.0, 300.0), (1.0, -300.0)])
def test_a_gate_is_proven_good_or_bad_in_time(r: float, saved: float) -> None:
    stopped = Stopped()
    for _ in range(300):
        stopped = stopped.refuse().settle(r)
    found = gate_value("x", stopped)
    assert found.r_saved == pytest.approx(saved)
    assert found.proven
    assert found.lower < r < found.upper
