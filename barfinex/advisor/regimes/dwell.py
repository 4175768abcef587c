"""How long a state has lasted, and may be expected to last."""

from __future__ import annotations

from typing import NamedTuple

from barfinex.advisor.regimes.states import STATES

USUAL = 48.0
"""Candles a state is taken to last before any has been seen to end."""
BELIEF = 3.0
"""How many completed stays that is worth."""


class Dwells(NamedTuple):
    """Per state number: completed stays, and their candles."""

    stays: tuple[int, ...] = (0,) * len(STATES)
    candles: tuple[int, ...] = (0,) * len(STATES)

    def ended(self, state: int, dwell: int) -> Dwells:
        """With one more completed stay of `dwell` candles."""
        return Dwells(_added(self.stays, state, 1), _added(self.candles, state, dwell))

    def expected(self, state: int) -> float:
        """Mean completed stay in candles, shrunk towards `USUAL`."""
        return (BELIEF * USUAL + self.candles[state]) / (BELIEF + self.stays[state])


def _added(numbers: tuple[int, ...], place: int, more: int) -> tuple[int, ...]:
    return (*numbers[:place], numbers[place] + more, *numbers[place + 1 :])
