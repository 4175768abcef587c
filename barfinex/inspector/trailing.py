"""Where a stop that follows the price belongs, as a function of the best price since the entry.

One test decides, on numbers and on whole columns alike, so a block of candles ends at the very candle at
which the stop moves (I8). It only becomes true as prices get better, so the best price stands for all.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from barfinex.domain.money import exact, tick_above, tick_below
from barfinex.domain.signal import Direction
from barfinex.inspector.guard import Guard
from barfinex.inspector.managed import ManagedPosition

TRAIL, BREAK_EVEN = "trail", "break_even"


def moves(position: ManagedPosition, guard: Guard, best: Any) -> Any:
    """Whether the stop of a guard moves once the best price is this; of a column, for each of its prices."""
    bracket, sign = position.bracket, position.direction.sign
    entry, level = _entry(position), float(guard.level)
    moved = np.zeros_like(best, dtype=bool)
    if bracket.trail is not None:
        trail = bracket.trail
        begun = sign * (best - entry * (1 + sign * trail.activation)) >= 0
        moved = moved | (begun & (sign * (best * (1 - sign * trail.distance) - level) >= trail.step * entry))
    if bracket.break_even is not None:
        even = entry * (1 + sign * bracket.break_even.buffer)
        if sign * (even - level) > 0:
            moved = moved | (sign * (best - entry * (1 + sign * bracket.break_even.trigger)) >= 0)
    return moved


def belongs(position: ManagedPosition, best: float, tick: Decimal | None) -> tuple[Decimal, str] | None:
    """(level, why): the tightest place for the stop at this best price; None while nothing has begun."""
    bracket, sign = position.bracket, position.direction.sign
    entry = _entry(position)
    places: list[tuple[float, str]] = []
    trail, even = bracket.trail, bracket.break_even
    if trail is not None and sign * (best - entry * (1 + sign * trail.activation)) >= 0:
        places.append((best * (1 - sign * trail.distance), TRAIL))
    if even is not None and sign * (best - entry * (1 + sign * even.trigger)) >= 0:
        places.append((entry * (1 + sign * even.buffer), BREAK_EVEN))
    if not places:
        return None
    level, why = max(places, key=lambda place: sign * place[0])
    nearer = tick_above if position.direction is Direction.LONG else tick_below
    return nearer(exact(level), tick), why


def _entry(position: ManagedPosition) -> float:
    return float(position.cost / position.quantity)
