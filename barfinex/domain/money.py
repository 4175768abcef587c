"""Money is `Decimal`, finite, on the instrument's tick and lot."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

ZERO = Decimal(0)


def exact(value: float) -> Decimal:
    """The shortest decimal that reads back as this float.

    Raises:
        ValueError: the float is NaN or infinite.
    """
    number = Decimal(repr(float(value)))
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite amount")
    return number


def is_between(value: Decimal, low: Decimal, high: Decimal) -> bool:
    """Whether the value is finite and low <= value <= high; a NaN is never between anything."""
    return value.is_finite() and low <= value <= high


def on_step(value: Decimal, step: Decimal | None, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """The value moved onto a multiple of `step` (a tick or a lot); `None` leaves it as it is."""
    if step is None:
        return value
    return (value / step).to_integral_value(rounding) * step


def lot_down(quantity: Decimal, lot: Decimal | None) -> Decimal:
    """A quantity is only ever rounded towards less risk."""
    return on_step(quantity, lot, ROUND_DOWN)


def tick_below(price: Decimal, tick: Decimal | None) -> Decimal:
    return on_step(price, tick, ROUND_FLOOR)


def tick_above(price: Decimal, tick: Decimal | None) -> Decimal:
    return on_step(price, tick, ROUND_CEILING)
