"""Capital is measured against the hours it had, and nothing is divided by nothing."""

from __future__ import annotations

from math import inf, nan

import pytest

from barfinex.advisor.value.efficiency import Capital


def test_the_ratios() -> None:
    capital = Capital()
    capital.add(r_net=1.8, expected_r=0.5, costs_r=0.2, capital=0.5, hours=4.0)
    capital.add(r_net=-1.2, expected_r=0.3, costs_r=0.2, capital=0.25, hours=8.0)
    found = capital.efficiency(hours=20.0, stopped_r=-3.0)
    assert (found.trades, found.capital_hours) == (2, 4.0)
    assert found.r_per_capital_hour == pytest.approx(0.6 / 4.0)
    assert found.utilisation == pytest.approx(0.2)
    assert found.ev_capture == pytest.approx(0.6 / 0.8)
    assert found.cost_share == pytest.approx(0.4 / 3.0)
    assert found.opportunity_cost_r == -3.0


def test_without_trades_the_ratios_are_none() -> None:
    found = Capital().efficiency(hours=0.0)
    assert (found.r_per_capital_hour, found.utilisation, found.ev_capture, found.cost_share) == (None,) * 4


def test_what_was_expected_to_lose_has_no_capture() -> None:
    capital = Capital()
    capital.add(1.0, -0.1, 0.1, 0.1, 1.0)
    assert capital.efficiency(10.0).ev_capture is None


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("bad", [nan, inf])
def test_what_is_no_number_is_not_added(place: int, bad: float) -> None:
    row, capital = [1.0] * 5, Capital()
    row[place] = bad
    with pytest.raises(ValueError, match="add a trade of finite numbers"):
        capital.add(*row)
    assert capital.efficiency(1.0).trades == 0


def test_time_and_capital_are_not_negative() -> None:
    with pytest.raises(ValueError, match="hours -1"):
        Capital().add(1.0, 1.0, 0.1, 0.5, -1.0)
    with pytest.raises(ValueError, match="capital -"):
        Capital().add(1.0, 1.0, 0.1, -0.5, 1.0)
    with pytest.raises(ValueError, match="hours nan"):
        Capital().efficiency(nan)
