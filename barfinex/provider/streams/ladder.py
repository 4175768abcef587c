"""One side of an order book: prices in order, and the quantity at each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from itertools import islice


class Ladder:
    """Levels of one side, at most `most` of them; the furthest from the best are let go.

    `sign` is -1 for bids, whose best is the highest price, and 1 for asks.
    """

    __slots__ = ("_keys", "_most", "_quantities", "_sign")

    def __init__(self, sign: int, most: int) -> None:
        self._sign, self._most = sign, most
        self._keys: list[float] = []  # sign * price, ascending: the best is the first
        self._quantities: dict[float, float] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def set(self, levels: Iterable[tuple[float, float]]) -> bool:
        """Take in changed levels: absolute quantities, 0 removes. Whether any were let go for being too many:
        then what lies beyond the worst is not known any more."""
        keys, quantities, sign = self._keys, self._quantities, self._sign
        for price, quantity in levels:
            key = sign * price
            if quantity > 0.0:
                if key not in quantities:
                    insort(keys, key)
                quantities[key] = quantity
            elif quantities.pop(key, None) is not None:
                del keys[bisect_left(keys, key)]
        is_full = len(keys) > self._most
        while len(keys) > self._most:  # bound: the levels just added
            del quantities[keys.pop()]
        return is_full

    def clear(self) -> None:
        self._keys.clear()
        self._quantities.clear()

    @property
    def best(self) -> float | None:
        return self._sign * self._keys[0] if self._keys else None

    @property
    def worst(self) -> float | None:
        """The price furthest from the best."""
        return self._sign * self._keys[-1] if self._keys else None

    def top(self, count: int) -> tuple[tuple[float, float], ...]:
        """The best `count` levels as (price, quantity), best first."""
        return tuple(islice(self._levels(), count))

    def inside(self, price: float) -> int:
        """How many levels are at `price` or better."""
        return bisect_right(self._keys, self._sign * price)

    def _levels(self) -> Iterator[tuple[float, float]]:
        sign, quantities = self._sign, self._quantities
        return ((sign * key, quantities[key]) for key in self._keys)
