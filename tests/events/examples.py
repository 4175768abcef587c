"""One example of every event there is, made by type."""

from __future__ import annotations

import types
import typing
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec.structs import fields

from barfinex.domain.candles import Candles
from barfinex.domain.conviction import Conviction
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.order import Fill, OrderRequest
from barfinex.domain.signal import Bracket, Signal
from barfinex.domain.value import Value
from barfinex.domain.verdict import Approved
from barfinex.events.base import Event
from tests.factories import approved, candles, fill, intent, order_request, signal

PLAIN: dict[Any, Any] = {
    str: 'text \u00fc\n"quoted"',
    int: 1_700_000_040_000,
    float: 0.1,
    Decimal: Decimal("1.50"),
    bool: True,
    Any: [1],
}
MADE: dict[type, Any] = {
    Candles: candles((1, 2, 0.5, 1.1), (1.1, 1.2, 1.0, 1.05, 0.0)),
    Signal: signal(),
    ExecutionIntent: intent(),
    OrderRequest: order_request(price=Decimal("1E+2"), trigger=Decimal("0.10")),
    Approved: approved(),
    Fill: fill(),
    Bracket: Bracket(0.02),
    Conviction: Conviction(0.5, 0.5, 1),
}


def example(event: type[Event]) -> Event:
    hints = typing.get_type_hints(event)
    return event(**{name: value_of(hints[name]) for name in event.__struct_fields__})


def value_of(kind: Any) -> Any:
    """A value of a type: containers hold two, an optional is there."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return tuple(value_of(each) for each in ((args[0],) * 2 if args[-1] is ... else args))
    if origin is dict:
        return {"b": value_of(args[1]), "a": value_of(args[1])}
    if origin in (typing.Union, types.UnionType):
        return value_of(args[0])
    kind = origin or kind
    if kind in MADE:
        return MADE[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if issubclass(kind, Value):
        hints = typing.get_type_hints(kind)
        return typing.cast("Any", kind)(**{f.name: value_of(hints[f.name]) for f in fields(kind)})
    return PLAIN[kind]
