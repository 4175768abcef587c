"""The venue's own rules: nothing that is no number, or off the grid, gets in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderType
from barfinex.provider.venues.filters import check_filters
from tests.factories import BTC, order_request

D = Decimal
RULES = Instrument(BTC, tick=D("0.5"), lot=D("0.01"), quantity_min=D("0.1"))


def code(instrument: Instrument | None = RULES, **changes: Any) -> str | None:
    fault = check_filters(order_request(**changes), instrument)
    return fault and fault[0]


@pytest.mark.parametrize("quantity", ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-1"])
def test_a_quantity_is_a_positive_number(quantity: str) -> None:
    assert code(quantity=D(quantity)) == "QUANTITY"


@pytest.mark.parametrize("quantity", ["1.001", "0.105", "100000000000000000000.001"])
def test_a_quantity_is_on_the_lot(quantity: str) -> None:
    assert code(quantity=D(quantity)) == "LOT_SIZE"


def test_a_quantity_is_not_too_small_unless_it_reduces() -> None:
    assert code(quantity=D("0.09")) == "QUANTITY_MIN"
    assert code(quantity=D("0.09"), reduce_only=True) is None


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0", "-100"])
def test_a_price_is_a_positive_number(price: str) -> None:
    assert code(type=OrderType.LIMIT, price=D(price)) == "PRICE"
    assert code(type=OrderType.STOP, trigger=D(price)) == "PRICE"


def test_prices_are_on_the_tick() -> None:
    assert code(type=OrderType.LIMIT, price=D("100.25")) == "TICK_SIZE"
    assert code(type=OrderType.TAKE_PROFIT, trigger=D("100.25")) == "TICK_SIZE"
    assert code(type=OrderType.STOP_LIMIT, price=D("100.5"), trigger=D("100.3")) == "TICK_SIZE"


@pytest.mark.parametrize(
    ("type_", "prices"),
    [
        (OrderType.MARKET, {"price": D(1)}),
        (OrderType.MARKET, {"trigger": D(1)}),
        (OrderType.LIMIT, {}),
        (OrderType.LIMIT, {"price": D(1), "trigger": D(1)}),
        (OrderType.STOP, {}),
        (OrderType.STOP, {"price": D(1), "trigger": D(1)}),
        (OrderType.STOP_LIMIT, {"price": D(1)}),
        (OrderType.STOP_LIMIT, {"trigger": D(1)}),
        (OrderType.TAKE_PROFIT, {"price": D(1)}),
    ],
)
def test_an_order_has_the_prices_of_its_type_and_no_others(type_: OrderType, prices: dict[str, Any]) -> None:
    assert code(type=type_, **prices) == "PRICE"


def test_what_is_not_traded_here_is_unknown() -> None:
    assert code(None) == "UNKNOWN_INSTRUMENT"


def test_a_number_too_long_for_the_grid_is_an_answer_and_not_an_error() -> None:
    assert code(Instrument(BTC, lot=D("1e-8")), quantity=D("1e60")) is None
    assert (
        code(
            Instrument(BTC, lot=D("1e-8")),
            quantity=D("1.000000000000000000000000000000000000000000000000000000000000001"),
        )
        == "LOT_SIZE"
    )


def test_an_order_that_keeps_the_rules_passes() -> None:
    assert code(quantity=D("0.10")) is None
    assert code(type=OrderType.STOP_LIMIT, price=D("99.50"), trigger=D(100)) is None
    assert code(Instrument(BTC), quantity=D("0.123456789")) is None
