"""Funding of linear futures, told and settled at its times: by the clock, so by one path in every mode."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from barfinex.bus.port import Port
from barfinex.events.provider import FundingFixed
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.tracking import account_fact
from barfinex.provider.venues.rates import Rates
from barfinex.provider.venues.sim import SimVenue

ALERT = "provider.funding"


class Funding:
    """Settles at a venue that lives in this process; a real one does it by itself.

    While nothing runs nothing is settled: the market of such a venue stands still as well.

    Args:
        rates: of each linear future.
        ledger: of the account, where it outlives the process.
    """

    def __init__(
        self, venue: SimVenue, rates: Mapping[str, Rates], ledger: AccountLedger | None = None
    ) -> None:
        self._venue, self._rates, self._ledger = venue, rates, ledger
        self._next: dict[str, tuple[int, Decimal]] = {}

    def start(self, port: Port) -> None:
        """Wait for the first times after now."""
        for instrument in self._rates:
            self._plan(instrument, port.clock.now())
        self._ask(port)

    def catch_up(self, port: Port) -> None:
        """After a restart, tell what the venue had settled and the journal has no row of."""
        if self._ledger is None:
            return
        for one in self._venue.fundings():
            event, ts = account_fact(one)
            if self._ledger.settle(event):
                port.emit(event, ts=ts)

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
                self._venue.fund(instrument, at, rate)
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
