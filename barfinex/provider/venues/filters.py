"""A venue's rules for a single order: what a real exchange answers with an error code."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.instrument import Instrument
from barfinex.domain.money import on_step
from barfinex.domain.order import OrderRequest, OrderType

_NEEDS_PRICE = {OrderType.LIMIT, OrderType.STOP_LIMIT}
_NEEDS_TRIGGER = {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT}


def check_filters(request: OrderRequest, instrument: Instrument | None) -> tuple[str, str] | None:
    """(code, reason) of the first rule the order breaks, or None."""
    if instrument is None:
        return "UNKNOWN_INSTRUMENT", f"{request.instrument} is not traded here"
    if not (request.quantity.is_finite() and request.quantity > 0):
        return "QUANTITY", f"quantity {request.quantity} is not a positive number"
    if _off(request.quantity, instrument.lot):
        return "LOT_SIZE", f"quantity {request.quantity} is not a multiple of {instrument.lot}"
    if not request.reduce_only and request.quantity < instrument.quantity_min:
        return "QUANTITY_MIN", f"quantity {request.quantity} is under {instrument.quantity_min}"
    for name, price, needed in (
        ("price", request.price, request.type in _NEEDS_PRICE),
        ("trigger", request.trigger, request.type in _NEEDS_TRIGGER),
    ):
        if needed != (price is not None):
            return "PRICE", f"a {request.type} order {'needs a' if needed else 'has no'} {name}"
        if price is not None and not (price.is_finite() and price > 0):
            return "PRICE", f"{name} {price} is not a positive number"
        if price is not None and _off(price, instrument.tick):
            return "TICK_SIZE", f"{name} {price} is not a multiple of {instrument.tick}"
    return None


def _off(value: Decimal, step: Decimal | None) -> bool:
    return step is not None and on_step(value, step) != value
