"""Outcomes become days, and days beyond the window go."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.sizing.daily import DAY_MS, DAYS_MAX, STRATEGIES_MAX, DailyResults


def test_a_day_is_the_sum_of_its_outcomes_and_a_quiet_day_is_zero() -> None:
    days = DailyResults()
    days.add("a", 10 * DAY_MS + 5, 1.0)
    days.add("a", 11 * DAY_MS - 1, 0.5)
    days.add("b", 12 * DAY_MS, -1.0)
    names, table = days.table()
    assert names == ("a", "b")
    assert table.tolist() == [[1.5, 0.0], [0.0, 0.0], [0.0, -1.0]]


def test_what_comes_out_of_order_finds_its_day() -> None:
    days = DailyResults()
    for day in (5, 3, 4, 5):
        days.add("a", day * DAY_MS, float(day))
    assert days.table()[1].ravel().tolist() == [3.0, 4.0, 10.0]


@pytest.mark.parametrize("jump", [1, 7, DAYS_MAX, 3 * DAYS_MAX + 1])
def test_the_window_is_that_of_a_plain_list(jump: int) -> None:
    days, rng = DailyResults(), np.random.default_rng(jump)
    plain: dict[int, float] = {}
    day = 100
    for _ in range(900):
        r = float(rng.normal())
        days.add("a", day * DAY_MS, r)
        plain[day] = plain.get(day, 0.0) + r
        day += int(rng.integers(0, jump + 1))
    last = max(plain)
    first = max(min(plain), last - DAYS_MAX + 1)
    want = [plain.get(k, 0.0) for k in range(first, last + 1)]
    np.testing.assert_allclose(days.table()[1].ravel(), want)


def test_before_the_window_is_too_late() -> None:
    days = DailyResults()
    days.add("a", 2_000 * DAY_MS, 1.0)
    days.add("a", 1_000 * DAY_MS, 7.0)
    assert days.table()[1].tolist() == [[1.0]]


def test_nothing_is_an_empty_table() -> None:
    assert DailyResults().table()[0] == ()
    assert DailyResults().table()[1].shape == (0, 0)


def test_bad_input_is_named_and_one_strategy_more_is_left_out() -> None:
    days = DailyResults()
    with pytest.raises(ValueError, match="r_net nan of a"):
        days.add("a", 0, float("nan"))
    for k in range(STRATEGIES_MAX):
        days.add(f"s{k}", 0, 1.0)
    days.add("one more", 0, 1.0)
    assert days.table()[1].sum() == STRATEGIES_MAX
