"""What it is expected to cost to hold: the funding of a linear future over the time that a trade lasts."""

from __future__ import annotations

from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Direction, Signal
from barfinex.events.provider import FundingFixed

EVERY_MS = 28_800_000
"""Between two settlements, until a venue has told when its next one is."""


class Carry:
    """The last rate of each instrument, and how long each strategy has held on average."""

    def __init__(self) -> None:
        self._rates: dict[str, tuple[float, int]] = {}
        self._held: dict[str, tuple[int, int]] = {}

    def rate(self, instrument: str) -> float | None:
        """What longs pay shorts at the next settlement, a fraction of the value; None where nothing is
        known."""
        known = self._rates.get(instrument)
        return None if known is None else known[0]

    def fix(self, event: FundingFixed) -> None:
        every_ms = 0 if event.next_at is None else event.next_at - event.at
        self._rates[event.instrument] = float(event.rate), every_ms if every_ms > 0 else EVERY_MS

    def learn(self, trade: RoundTrip) -> None:
        count, total_ms = self._held.get(trade.strategy, (0, 0))
        self._held[trade.strategy] = count + 1, total_ms + trade.exit_ts - trade.entry_ts

    def cost(self, signal: Signal) -> float:
        """A fraction of the entry price; zero where nothing is paid, for what might be received is no reason.

        The last rate x the expected settlements: mean holding time over the time between two of them. A
        strategy that has not closed a trade is taken to hold through one; a time stop bounds either.
        """
        known = self._rates.get(signal.instrument)
        if known is None:
            return 0.0
        rate, every_ms = known
        count, total_ms = self._held.get(signal.strategy, (1, every_ms))
        bound = None if signal.bracket is None else signal.bracket.hold_ms_max
        hold_ms = total_ms / count if bound is None else min(total_ms / count, bound)
        return max(0.0, rate * (1.0 if signal.direction is Direction.LONG else -1.0) * hold_ms / every_ms)
