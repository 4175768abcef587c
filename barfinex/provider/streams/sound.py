"""What a number in a stream must be before anything rests on it."""

from __future__ import annotations

from math import inf

from barfinex.provider.streams.messages import BadFrame, Levels

FIRST_MS, LAST_MS = 1_000_000_000_000, 9_999_999_999_999  # 2001 to 2286: what is outside is no millisecond
LARGEST = 1e15


def moment(ts: int) -> int:
    """A time in ms UTC; raises BadFrame for seconds, microseconds and worse."""
    if FIRST_MS <= ts <= LAST_MS:
        return ts
    raise BadFrame(f"the time {ts} is not in milliseconds")


def price(value: float) -> float:
    """A price above zero; raises BadFrame."""
    if 0.0 < value < LARGEST:
        return value
    raise BadFrame(f"the price {value} is not positive and finite")


def quantity(value: float) -> float:
    """A quantity of zero or more; raises BadFrame."""
    if 0.0 <= value < LARGEST:
        return value
    raise BadFrame(f"the quantity {value} is negative, not finite or absurd")


def size(value: float) -> float:
    """What was traded: a quantity above zero; raises BadFrame."""
    if 0.0 < value < LARGEST:
        return value
    raise BadFrame(f"the quantity traded, {value}, is not positive and finite")


def spread(bid: float, ask: float) -> None:
    """Raises BadFrame for a best bid that is not below the best ask."""
    if not price(bid) < price(ask):
        raise BadFrame(f"the bid {bid} is not below the ask {ask}")


def levels(rows: Levels) -> Levels:
    """Levels of a book, each with a price above zero and a quantity of zero or more; raises BadFrame."""
    for at, size in rows:
        if not (0.0 < at < inf and 0.0 <= size < LARGEST):
            raise BadFrame(f"the level {at}: {size} is not positive and finite")
    return rows


def candle(first: float, high: float, low: float, last: float) -> None:
    """Raises BadFrame unless low <= open, close <= high, all above zero and finite."""
    if not 0.0 < low <= min(first, last) <= max(first, last) <= high < LARGEST:
        raise BadFrame(f"the candle {first}, {high}, {low}, {last} contradicts itself")
