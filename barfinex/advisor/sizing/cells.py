"""Sums over admitted labels: overall, of each strategy, and of each strategy in a regime."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Generic, Protocol, TypeVar

CELLS_MAX = 4_096
"""Cells kept at once; past it the oldest is forgotten, and its strategy's figures stand in for it."""
HALF_LIFE = 250.0
"""Labels after which an outcome counts half (§2.3)."""


class Sums(Protocol):
    """What a cell holds."""

    def add(self, r_net: float, weight: float, decay: float) -> None:
        """Count `r_net`, in R, with `weight`, after what is held was multiplied by `decay`."""


S = TypeVar("S", bound=Sums)


class Cells(Generic[S]):
    """Folds admitted labels into three levels, each the parent of the next.

    Args:
        empty: makes the sums of a cell that has seen nothing.
    """

    def __init__(self, empty: Callable[[], S]) -> None:
        self._empty = empty
        self._overall = empty()
        self._cells: dict[tuple[str, ...], S] = {}

    def admit(self, strategy: str, regime: str, r_net: float, weight: float) -> None:
        """Learn from an admitted label of `r_net`, in R.

        Raises:
            ValueError: `r_net` or `weight` is no finite number, or the weight is below zero.
        """
        if not isfinite(r_net):
            raise ValueError(f"r_net {r_net} of {strategy}: admit labels with a finite outcome only")
        if not (isfinite(weight) and weight >= 0.0):
            raise ValueError(f"weight {weight} of {strategy}: give a finite weight of at least 0")
        decay = 0.5 ** (weight / HALF_LIFE)
        self._overall.add(r_net, weight, decay)
        for key in ((strategy,), (strategy, regime)):
            self._cells.setdefault(key, self._empty()).add(r_net, weight, decay)
            if len(self._cells) > CELLS_MAX:
                del self._cells[next(iter(self._cells))]

    def levels(self, strategy: str, regime: str) -> tuple[S, S, S]:
        """Overall, the strategy's, and its own in the regime; empty where nothing was seen."""
        held = self._cells.get
        return self._overall, held((strategy,)) or self._empty(), held((strategy, regime)) or self._empty()

    def strategies(self) -> list[str]:
        """Every strategy seen, by name."""
        return sorted({key[0] for key in self._cells})
