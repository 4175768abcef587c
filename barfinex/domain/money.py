"""Money is `Decimal`, finite, on the instrument's tick and lot."""

from __future__ import annotations

import decimal
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from math import isfinite

# Sums and products of money must not lose a digit (I16): a price read from a float has up to 17 of them, and
# 28, the default, are gone after one multiplication. New threads begin with the default context.
decimal.DefaultContext.prec = 60
decimal.getcontext().prec = 60

ZERO = Decimal(0)
_FINEST = Decimal("1e-12")


@lru_cache(maxsize=1_024)
def exact(value: float) -> Decimal:
    """The shortest decimal that reads back as this float; both zeros give 0.0.

    A price is asked for by several modules, so the latest are kept.

    Raises:
        ValueError: the float is NaN or infinite.
    """
    if not isfinite(value):
        raise ValueError(f"{value!r} is not a finite amount")
    return Decimal(repr(float(value) + 0.0))


def is_between(value: Decimal, low: Decimal, high: Decimal) -> bool:
    """Whether the value is finite and low <= value <= high; a NaN is never between anything."""
    return value.is_finite() and low <= value <= high


def on_step(value: Decimal, step: Decimal | None, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """The value moved onto a multiple of `step` (a tick or a lot); `None` leaves it as it is."""
    if step is None:
        return value
    return (value / step).to_integral_value(rounding) * step


def part_of(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """amount x part / whole to twelve decimals: a longer quotient would cost later sums their last digits."""
    return (amount * part / whole).quantize(_FINEST)


def lot_down(quantity: Decimal, lot: Decimal | None) -> Decimal:
    """A quantity is only ever rounded towards less risk."""
    return on_step(quantity, lot, ROUND_DOWN)


def tick_below(price: Decimal, tick: Decimal | None) -> Decimal:
    return on_step(price, tick, ROUND_FLOOR)


def tick_above(price: Decimal, tick: Decimal | None) -> Decimal:
    return on_step(price, tick, ROUND_CEILING)
