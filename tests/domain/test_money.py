"""Money is exact, finite, and on its step."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.money import exact, is_between, lot_down, on_step, part_of, tick_above, tick_below

D = Decimal
STEPS = st.sampled_from([D("0.01"), D("0.5"), D("0.00001"), D(10)])
PRICES = st.decimals(D("0.0001"), D(10**9), places=8)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_becomes_the_decimal_that_reads_back_as_it(value: float) -> None:
    assert float(exact(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_no_money(value: float) -> None:
    """I16: money is finite."""
    with pytest.raises(ValueError, match="not a finite amount"):
        exact(value)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "1.01"])
def test_only_a_finite_value_inside_is_between(value: str) -> None:
    assert not is_between(D(value), D(0), D(1))


def test_both_ends_are_between() -> None:
    assert is_between(D(0), D(0), D(1))
    assert is_between(D(1), D(0), D(1))


@given(PRICES, STEPS)
def test_rounding_lands_on_the_step_and_on_its_side(value: Decimal, step: Decimal) -> None:
    below, above = tick_below(value, step), tick_above(value, step)
    assert below <= value <= above
    assert above - below in (0, step)
    assert below % step == above % step == 0


@given(PRICES, STEPS)
def test_a_quantity_is_rounded_towards_less_risk_whatever_its_sign(value: Decimal, lot: Decimal) -> None:
    assert 0 <= lot_down(value, lot) <= value
    assert -value <= lot_down(-value, lot) <= 0


def test_without_a_step_nothing_is_rounded() -> None:
    assert on_step(D("1.23456789"), None) == D("1.23456789")


def test_a_part_of_an_amount_is_short_enough_to_be_summed_exactly() -> None:
    """I16: what is taken and what is left add up to the last digit."""
    cost = D("123456789012.345678")
    taken = part_of(cost, D(1), D(3))
    assert taken + (cost - taken) == cost
    assert taken == taken.quantize(D("1e-12"))
