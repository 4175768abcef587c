"""What each strategy made on each day, in R: the table that allocation rests on."""

from __future__ import annotations

from math import isfinite

import numpy as np

from barfinex.domain.candles import Floats

DAY_MS = 86_400_000
DAYS_MAX = 750
STRATEGIES_MAX = 64


class DailyResults:
    """Folds outcomes into days UTC; a day without an outcome is a day with none gained and none lost.

    Of more than 750 days the oldest go; of more than 64 strategies those that came last are left out, and
    share no equity.
    """

    def __init__(self) -> None:
        self._strategies: dict[str, int] = {}
        self._table = np.zeros((DAYS_MAX, STRATEGIES_MAX))
        self._first: int | None = None
        self._last = -1

    def add(self, strategy: str, ts: int, r_net: float) -> None:
        """An outcome of `r_net` R at `ts`, ms UTC. What lies before the window is not taken.

        Raises:
            ValueError: `r_net` is not finite.
        """
        if not isfinite(r_net):
            raise ValueError(f"r_net {r_net} of {strategy}: add finite outcomes only")
        if strategy not in self._strategies and len(self._strategies) == STRATEGIES_MAX:
            return
        day = ts // DAY_MS
        self._reach(day)
        column = self._strategies.setdefault(strategy, len(self._strategies))
        if day > self._last - DAYS_MAX:
            self._first = day if self._first is None else min(self._first, day)
            self._table[day % DAYS_MAX, column] += r_net

    def table(self) -> tuple[tuple[str, ...], Floats]:
        """The strategies in the order they came, and [days, strategies], the latest day last."""
        if self._first is None:
            return (), np.zeros((0, 0))
        first = max(self._first, self._last - DAYS_MAX + 1)
        rows = np.arange(first, self._last + 1) % DAYS_MAX
        return tuple(self._strategies), self._table[rows, : len(self._strategies)]

    def _reach(self, day: int) -> None:
        """Empty the rows that the days up to `day` take over."""
        if self._first is None:
            self._last = day
        for news in range(max(self._last + 1, day - DAYS_MAX + 1), day + 1):
            self._table[news % DAYS_MAX] = 0.0
        self._last = max(self._last, day)
