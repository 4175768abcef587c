"""Funding of linear futures, told and settled at its times: by the clock, so by one path in every mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from barfinex.bus.port import Port
from barfinex.events.provider import FundingFixed
from barfinex.provider.venues.rates import Rates

ALERT = "provider.funding"


class Funding:
    """Settles at a venue that lives in this process; a real one does it by itself.

    While nothing runs nothing is settled: the market of such a venue stands still as well.

    Args:
        settle: is told (instrument, time in ms UTC, rate).
        rates: of each linear future.
    """

    def __init__(self, settle: Callable[[str, int, Decimal], None], rates: Mapping[str, Rates]) -> None:
        self._settle, self._rates = settle, rates
        self._next: dict[str, tuple[int, Decimal]] = {}

    def start(self, port: Port) -> None:
        """Wait for the first times after now."""
        for instrument in self._rates:
            self._plan(instrument, port.clock.now())
        self._ask(port)

    def ring(self, name: str, port: Port) -> None:
        """The clock calls: settle what is due, and wait for what comes next."""
        if name != ALERT:
            return
        for instrument in sorted(self._next):
            at, rate = self._next[instrument]
            if at <= port.now:
                self._plan(instrument, at)
                following = self._next.get(instrument)
                fixed = FundingFixed(
                    instrument=instrument,
                    at=at,
                    rate=rate,
                    next_at=None if following is None else following[0],
                )
                port.emit(fixed, ts=at)
                self._settle(instrument, at, rate)
        self._ask(port)

    def _plan(self, instrument: str, after: int) -> None:
        following = self._rates[instrument].after(after)
        if following is None:
            self._next.pop(instrument, None)
        else:
            self._next[instrument] = following

    def _ask(self, port: Port) -> None:
        if self._next:
            port.clock.alert(min(at for at, _ in self._next.values()), ALERT)
