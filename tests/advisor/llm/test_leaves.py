"""Leaves are of their unit, and are written in one way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.llm.checker.numbers import agrees, number, precise
from barfinex.advisor.llm.leaves import Kind, Leaf, Unit, converted, written
from barfinex.advisor.llm.quantities import kind_of, name_of, phrases_of, stem


@pytest.mark.parametrize(
    ("value", "unit"),
    [(float("nan"), "z"), (float("inf"), "bps"), (1e15, "usd"), (True, "count"), ("1", "z"), (1, "bool"),
     ("two words", "enum"), ("<b>", "id"), ("", "enum"), ("\u0410BC", "enum"), (3.0, "enum")],
)  # fmt: skip
def test_a_leaf_that_is_not_of_its_unit_is_refused(value: Any, unit: str) -> None:
    with pytest.raises(ValueError, match="leaf value"):
        Leaf(value, Unit(unit))


def test_values_are_written_without_noise_or_exponents() -> None:
    values = (0.1 + 0.2, 1e-9, 123456.7, -0.0, 3, 1e-14, True, "TREND", 1e14)
    told = ["0.3", "0.000000001", "123456.7", "0", "3", "0", "true", "TREND", "100000000000000"]
    assert [written(one) for one in values] == told


@given(value=st.floats(-9e14, 9e14))
def test_what_is_written_is_a_number_that_stands_for_itself(value: float) -> None:
    text = written(value)
    assert number(text) == Decimal(text)
    assert agrees(text, Decimal(text))
    assert precise(text, Decimal(text))
    assert written(float(text)) == text


def test_units_of_one_family_convert_exactly_and_others_do_not() -> None:
    assert converted(Decimal("0.0025"), Unit.FRAC, Unit.BPS) == 25
    assert converted(Decimal(25), Unit.BPS, Unit.PCT) == Decimal("0.25")
    assert converted(Decimal("0.5"), Unit.PROB, Unit.FRAC) == Decimal("0.5")
    assert converted(Decimal(1), Unit.Z, Unit.FRAC) is None
    assert converted(Decimal(1), Unit.PRICE, Unit.USD) is None


def test_names_say_which_leaves_have_a_side() -> None:
    kinds = {name: kind_of(f"/features/{name}", Unit.Z) for name in ("mom_z", "trend_t", "vol_z", "volume_z")}
    assert [kinds[name] for name in kinds] == [Kind.DIRECTIONAL] * 2 + [Kind.MEASURE] * 2
    assert kind_of("/features/ret_20", Unit.FRAC) is Kind.DIRECTIONAL
    assert kind_of("/economics/cost", Unit.BPS) is Kind.MEASURE
    assert kind_of("/regime/label", Unit.ENUM) is Kind.LABEL


def test_a_path_is_called_by_its_stem_and_by_what_traders_call_it() -> None:
    assert stem("/features/mom_20_z") == "mom"
    assert name_of("/features/mom_20_z") == "momentum"
    assert name_of("/features/widget_z") is None
    assert {("order", "flow"), ("ofi",)} <= phrases_of("/features/ofi_z")
    assert ("regime",) in phrases_of("/regime/age_bars")
