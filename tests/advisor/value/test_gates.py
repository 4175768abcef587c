"""A margin is a number or nothing, and a gate's worth is what it stopped."""

from __future__ import annotations

from math import inf, nan

import numpy as np
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


def ever_proven(weight: float) -> int:
    """How many of forty gates that save and lose nothing are proven at any time, by 150 outcomes that all
    come ten times over."""
    found = 0
    for seed in range(40):
        stopped, proven = Stopped(), False
        for chance in np.random.default_rng(seed).random(150).tolist():
            for _ in range(10):
                stopped = stopped.refuse().settle(1.5 if chance < 0.4 else -1.0, weight)
            proven = proven or gate_value("x", stopped).proven
        found += proven
    return found


def test_outcomes_that_overlap_prove_no_more_than_one_of_them() -> None:
    """Failed before: ten signals on one move were ten outcomes, and six gates in ten were proven by luck."""
    assert ever_proven(0.1) <= 4
    assert ever_proven(1.0) > 20, "the test can fail"


def test_the_sums_count_every_outcome_whole() -> None:
    stopped = Stopped()
    for r in (1.0, -2.0, 0.5, 0.5):
        stopped = stopped.refuse().settle(r, 0.4)
    found = gate_value("x", stopped)
    assert (found.settled, found.missed, found.avoided, found.r_saved) == (4, 2.0, 2.0, 0.0)
    assert stopped.band.count == 1
    assert stopped.band.mean == pytest.approx(-0.5 / 3.0)
    assert (stopped.begun, stopped.begun_r) == pytest.approx((0.4, 0.2))
