"""Every event survives the way to disk and back, and nothing changes it in between."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import inf, nan
from typing import Any

import orjson
import pytest
from msgspec import ValidationError
from msgspec.structs import fields

from barfinex.domain.order import OrderRequest, OrderType
from barfinex.events.base import Event, Journaled, Overflow
from barfinex.events.catalog import CATALOG, PUBLISHERS
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import EquityMarked, IntentApproved
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import BookChanged, CandlesClosed, OrderSubmitted, TradePrinted
from tests.events.examples import example

EVENTS = pytest.mark.parametrize("event", CATALOG.values(), ids=CATALOG.keys())


@EVENTS
def test_an_event_comes_back_from_json_as_it_was_byte_for_byte(event: type[Event]) -> None:
    """I8: a journal read and written again has the same hash."""
    made = example(event)
    back = event.read(made.body())
    assert back == made
    assert back.body() == made.body()
    assert orjson.loads(made.body()) == made.plain()


@EVENTS
def test_an_event_cannot_be_changed_or_given_more(event: type[Event]) -> None:
    """I6: a fact stays what it was."""
    made = example(event)
    name = event.__struct_fields__[0]
    with pytest.raises(AttributeError, match="immutable"):
        setattr(made, name, getattr(made, name))
    with pytest.raises(ValidationError, match="unknown field"):
        event.read(orjson.dumps({**made.plain(), "more": 1}))


@EVENTS
def test_a_body_of_another_shape_is_refused(event: type[Event]) -> None:
    """A field that is missing, or of another type: NaN written as null, a number as text."""
    body = example(event).plain()
    for field in fields(event):
        other = [{}] if isinstance(body[field.name], dict) else {"a": {}}
        with pytest.raises(ValidationError):
            event.read(orjson.dumps({**body, field.name: other}))
        if field.required:
            with pytest.raises(ValidationError):
                event.read(orjson.dumps({name: value for name, value in body.items() if name != field.name}))


def with_each(value: Any, bad: float) -> Iterator[Any]:
    """The value, each time with another of the numbers in it being `bad`."""
    if isinstance(value, float | Decimal):
        yield type(value)(bad)
    elif type(value) is tuple:
        for at, part in enumerate(value):
            yield from ((*value[:at], spoilt, *value[at + 1 :]) for spoilt in with_each(part, bad))
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from ({**value, key: spoilt} for spoilt in with_each(part, bad))


@EVENTS
def test_no_event_is_made_with_a_number_that_is_not_finite(event: type[Event]) -> None:
    """I16: neither here nor out of a text; the journal's NaN would be a null."""
    made = example(event)
    content = {name: getattr(made, name) for name in event.__struct_fields__}
    for name, value in content.items():
        for bad in (nan, inf, -inf):
            for spoilt in with_each(value, bad):
                with pytest.raises(ValueError, match="not finite"):
                    event(**{**content, name: spoilt})


@EVENTS
def test_an_events_wire_type_is_its_publisher_and_its_name(event: type[Event]) -> None:
    """I6: the publisher is part of the name."""
    assert event.publisher in {module.__name__.split(".")[-1] for module in PUBLISHERS}
    publisher, name = event.wire_type.split(".")
    assert publisher == event.publisher
    assert name.replace("_", "") == event.__name__.lower()


@EVENTS
def test_only_prices_that_move_on_may_be_conflated(event: type[Event]) -> None:
    """I7: what is recorded is delivered, each and in order; only the unrecorded may be dropped."""
    assert (event.overflow is Overflow.CONFLATE) == (event.journaled is Journaled.NEVER)


def test_prices_conflate_by_instrument_and_kind() -> None:
    def printed(instrument: str, price: float) -> TradePrinted:
        return TradePrinted(instrument=instrument, price=price, quantity=1.0, side="buy")

    book = BookChanged(instrument="A", bids=(), asks=())
    assert printed("A", 1).conflation_key == printed("A", 2).conflation_key
    assert len({printed("A", 1).conflation_key, printed("B", 1).conflation_key, book.conflation_key}) == 3


def test_a_subject_is_one_instrument_or_all_or_none() -> None:
    assert example(CandlesClosed).subject == example(SignalDetected).subject == "BTC-USDT"
    assert example(AlertFired).subject is None
    assert example(EquityMarked).subject == ""


@pytest.mark.parametrize("price", [float("nan"), float("inf")])
def test_a_price_that_is_no_number_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        TradePrinted(instrument="A", price=price, quantity=1.0, side="buy")


def test_an_approval_read_from_disk_is_still_bound_to_its_order() -> None:
    """I1: the hash that was approved is the hash of what comes back."""
    made = example(IntentApproved)
    assert isinstance(made, IntentApproved)
    approval = IntentApproved.read(made.body()).approval
    assert isinstance(approval.order, OrderRequest)
    assert approval.order.fingerprint() == approval.order_hash


def test_an_order_read_from_disk_keeps_its_types() -> None:
    back = OrderSubmitted.read(example(OrderSubmitted).body())
    assert back.request.type is OrderType.MARKET
    assert str(back.request.price) == "1E+2"


def test_candles_that_are_no_block_are_refused() -> None:
    for raw in ([1, 2], {}, {**example(CandlesClosed).plain()["candles"], "provenance": "guessed"}):
        with pytest.raises(ValidationError):
            CandlesClosed.read(orjson.dumps({"candles": raw}))


def test_what_is_not_finite_is_found_inside_of_a_field_too() -> None:
    with pytest.raises(ValueError, match="finite"):
        BookChanged(instrument="A", bids=((nan, 1.0),), asks=())
