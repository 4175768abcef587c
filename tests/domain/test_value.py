"""Values cannot change, know their fields, and words are plain text."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from barfinex.domain.order import OrderRequest, Side
from barfinex.domain.signal import Bracket
from tests.factories import order_request

REQUESTS = TypeAdapter(OrderRequest)


def test_a_value_cannot_be_changed() -> None:
    """I6: what an event carries stays as it was."""
    with pytest.raises(AttributeError, match="immutable"):
        order_request().reason = "another"  # type: ignore[misc]


def test_equal_content_is_an_equal_value() -> None:
    assert order_request() == order_request()
    assert order_request() != order_request(reduce_only=True)


def test_a_value_comes_back_from_json_as_it_was() -> None:
    assert REQUESTS.validate_json(REQUESTS.dump_json(order_request())) == order_request()


@pytest.mark.parametrize("text", ['{"stop": 2.0}', '{"stop": 0.1, "more": 1}', '{"stop": "0.1"}', "{}"])
def test_json_that_is_no_such_value_is_refused(text: str) -> None:
    """Its own checks run again: a stop of 200 % is no bracket, wherever it comes from."""
    with pytest.raises(ValidationError):
        TypeAdapter(Bracket).validate_json(text)


def test_a_field_takes_no_mapping_in_place_of_a_value() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Bracket).validate_python({"stop": 0.1})


def test_a_word_is_its_text() -> None:
    assert (Side("buy"), Side.BUY.name, f"{Side.BUY}") == (Side.BUY, "BUY", "buy")
    assert {str(Side.BUY): 1}[Side.BUY] == 1
    assert list(Side) == [Side.BUY, Side.SELL]
