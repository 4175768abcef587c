"""What a model is shown: the facts as they are, blind, and each with the side it takes."""

from __future__ import annotations

import pytest

from barfinex.advisor.features.table import NAMES, TABLE
from barfinex.advisor.llm.checker.naming import loud_against
from barfinex.advisor.llm.leaves import Kind
from barfinex.advisor.prompting import context_of
from barfinex.domain.errors import BadInput
from barfinex.domain.signal import Direction
from tests.advisor.builders import case, facts, features
from tests.advisor.steps import calibration

STRONG = facts(features=features([3.0] * len(NAMES)))


@pytest.mark.parametrize("direction", Direction)
def test_features_are_shown_as_the_market_has_them(direction: Direction) -> None:
    """They are kept turned to the signal's side: what speaks for a short is below zero, not against it."""
    found = context_of(calibration(case(direction=direction), STRONG))
    for feature in TABLE:
        leaf = found.leaves[f"/features/{feature.name}"]
        assert leaf.value == (3.0 * direction.sign if feature.signed else 3.0)
        assert leaf.kind is (Kind.DIRECTIONAL if feature.signed else Kind.MEASURE)
    assert loud_against(found) == []


@pytest.mark.parametrize("direction", Direction)
def test_what_is_loud_against_the_signal_is_known_as_that(direction: Direction) -> None:
    against = facts(features=features([-3.0] * len(NAMES)))
    loud = loud_against(context_of(calibration(case(direction=direction), against)))
    assert loud == [f"/features/{one.name}" for one in TABLE if one.signed and one.unit != "fraction"]


def test_neither_the_symbol_nor_a_price_is_shown() -> None:
    found = context_of(calibration())
    assert found.leaves["/signal/symbol"].value == "ASSET"
    assert found.leaves["/signal/entry"].value == 100.0
    assert "BTC" not in found.text
    assert "p_cal" not in found.text


def test_a_name_that_cannot_be_shown_is_refused() -> None:
    with pytest.raises((BadInput, ValueError), match="label"):
        context_of(calibration(case(instrument="BTC USDT")))
