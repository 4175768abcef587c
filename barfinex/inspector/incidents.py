"""What the venue's answer to one order says about trading: no money, no market, no key, no sane price."""

from __future__ import annotations

from decimal import Decimal

from barfinex.bus.port import Port
from barfinex.domain.money import exact
from barfinex.domain.order import OrderRequest
from barfinex.domain.trading import Cause, Latch, Level, Scope
from barfinex.events.inspector import TradingResumed
from barfinex.events.provider import LIQUIDATION, ExternalFillFound, OrderFilled, OrderRejected
from barfinex.inspector.book import RiskBook
from barfinex.inspector.governor import Governor

REOPEN = "inspector.reopen "
REOPEN_MS = 60_000
"""For how long an instrument rests whose entries the venue does not take: its rules or hours have changed."""

_ACCOUNT = frozenset({"KEY_REFUSED", "LOCATION_REFUSED"})
_RULES = frozenset({"MARKET_CLOSED", "FILTER", "LOT_SIZE", "TICK_SIZE", "UNSUPPORTED", "MALFORMED"})


class Incidents:
    """Looks at what the venue rejects and at which prices it fills. `collar`: the most that a fill may lie
    from the last close, as a fraction of it."""

    def __init__(self, book: RiskBook, governor: Governor, collar: Decimal) -> None:
        self._book, self._governor, self._collar = book, governor, collar

    def rejected(self, event: OrderRejected, request: OrderRequest, port: Port) -> None:
        reason = f"the venue rejected {event.order_id}: {event.code} ({event.reason})"
        where = Scope(Level.INSTRUMENT, request.instrument)
        if event.code in _ACCOUNT:
            self._governor.stop(reason, port, Cause.KEY_REFUSED)
        elif event.code == "INSUFFICIENT_FUNDS":
            self._governor.stop(reason, port, Cause.FUNDS, where)
        elif event.code in _RULES and request.purpose.opens:
            until = port.now + REOPEN_MS
            self._governor.restrict(Latch(Cause.VENUE_REFUSES, where, "venue", reason, until=until), port)
            port.clock.alert(until, REOPEN + request.instrument)

    def filled(self, event: OrderFilled, port: Port) -> None:
        """A price that the market was nowhere near is recorded like any other, and a person looks at it."""
        fill = event.fill
        mark = self._book.account.marks.at(fill.instrument, fill.ts)
        if mark is None:
            return
        close = exact(mark[0])
        if not abs(fill.price - close) <= close * self._collar:
            reason = f"fill {fill.id} at {fill.price}, and the market was at {close}"
            where = Scope(Level.INSTRUMENT, fill.instrument)
            self._governor.stop(reason, port, Cause.PRICE_ABSURD, where)

    def foreign(self, event: ExternalFillFound, port: Port) -> None:
        """A position that the venue had to close should have been stopped out long before."""
        if event.reason == LIQUIDATION:
            reason = f"the venue closed {event.fill.quantity} at {event.fill.price}: the margin was used up"
            where = Scope(Level.INSTRUMENT, event.instrument)
            self._governor.stop(reason, port, Cause.LIQUIDATED, where)

    def recover(self, port: Port) -> None:
        """After a start: the clock of the last run has stopped."""
        for latch in self._book.trading.latches.values():
            if latch.cause is Cause.VENUE_REFUSES:
                port.clock.alert(max(latch.until or 0, port.now), REOPEN + latch.scope.target)

    def ring(self, name: str, port: Port) -> None:
        """The rest is over: the next entry shows whether the venue takes orders again."""
        if not name.startswith(REOPEN):
            return
        scope = Scope(Level.INSTRUMENT, name.removeprefix(REOPEN))
        latch = self._book.trading.latches.get((scope, Cause.VENUE_REFUSES))
        if latch is not None and (latch.until or 0) <= port.now:
            reason = f"it has rested for {REOPEN_MS // 1_000} s"
            resumed = TradingResumed(by="recovery", reason=reason, scope=scope, cause=Cause.VENUE_REFUSES)
            self._book.record(resumed, port)
