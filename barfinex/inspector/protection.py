"""The life of a position after its entry: stop and target at the venue, exits, and the end.

`tend` compares where a position is with where it should be and does what is missing. It follows every event
about the position, and a new start calls it for all of them: recovery is not a case of its own.
"""

from __future__ import annotations

from decimal import Decimal

from barfinex.bus.port import Port
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderRequest
from barfinex.events.inspector import (
    CancelRequested,
    EquityMarked,
    PositionOpened,
    ProtectionApproved,
    ProtectionPlaced,
    TradeClosed,
)
from barfinex.inspector.approvals import approve
from barfinex.inspector.book import STOPS_LOST_MAX, RiskBook
from barfinex.inspector.closing import levels, market_exits, pair
from barfinex.inspector.governor import Governor
from barfinex.inspector.managed import ManagedPosition

EXITS_BALKED_MAX = 3
UNPROTECTED_MS_MAX = 10_000


class Protection:
    """Owns every order of a managed position but its entry."""

    def __init__(
        self, book: RiskBook, governor: Governor, instruments: dict[str, Instrument], ttl_ms: int
    ) -> None:
        self._book, self._governor, self._ttl_ms = book, governor, ttl_ms
        self._ticks = {symbol: instrument.tick for symbol, instrument in instruments.items()}

    def tend(self, position: ManagedPosition, port: Port) -> None:
        """Announce, call the entry back, protect or close: whichever is due."""
        if not position.quantity:
            return
        if not position.announced:
            self._announce(position, port)
        entry_works = position.entry in self._book.orders
        leaving = position.left < position.quantity or position.exits
        if entry_works and leaving and not position.recalled:
            self._recall(position, position.entry, "the position is being closed", port)
        if position.left <= 0:
            if not entry_works:
                self._close(position, port)
        elif position.naked and self._book.exiting(position) < position.left:
            self._cover(position, port)
        elif self._must_ask_again(position):
            self._leave(position, position.leaving, port)

    def _must_ask_again(self, position: ManagedPosition) -> bool:
        """An exit was refused by the venue or came too late, and no other order has begun to sell."""
        asks = bool(position.leaving) and not position.exits and position.balked < EXITS_BALKED_MAX
        return asks and not any(guard.done for guard in position.guards)

    def accepted(self, position: ManagedPosition, order_id: str, port: Port) -> None:
        """The venue has this order; if it is a stop, its slice is protected from now on."""
        guard = position.guard_of(order_id)
        if guard is not None and guard.stop == order_id:
            placed = ProtectionPlaced(
                instrument=position.instrument,
                trade_id=position.id,
                order_id=order_id,
                unprotected_ms=max(0, port.now - guard.slice.since),
            )
            self._book.record(placed, port)

    def quiet(self, candles: Candles) -> int:
        """How many candles pass, the last being the first at which time alone ends a position."""
        dues = [due for held in self._held(candles.instrument) if (due := self._due(held)[0])]
        if not dues:
            return len(candles)
        first = int(candles.ts.searchsorted(min(dues) - candles.series.step_ms))
        return min(len(candles), first + 1)

    def on_close(self, candles: Candles, port: Port) -> None:
        """Leave what was held long enough, and what the venue has not protected in time (I5)."""
        for position in self._held(candles.instrument):
            due, reason = self._due(position)
            if due and due <= candles.known_at:
                self._leave(position, reason, port)

    def _held(self, instrument: str) -> list[ManagedPosition]:
        return [p for p in self._book.positions.values() if p.instrument == instrument and p.left > 0]

    def _due(self, position: ManagedPosition) -> tuple[int, str]:
        """When (ms UTC) to leave, and why; 0 while it is being left or when leaving has failed enough."""
        if position.exits or position.balked >= EXITS_BALKED_MAX:
            return 0, ""
        hold = position.bracket.hold_ms_max
        due, reason = (0, "") if hold is None else (position.entry_ts + hold, "time")
        for guard in position.guards:
            latest = guard.slice.since + UNPROTECTED_MS_MAX
            if not guard.accepted and not 0 < due <= latest:
                due, reason = latest, "unprotected"
        return due, reason

    def _announce(self, position: ManagedPosition, port: Port) -> None:
        price = position.naked[0].price
        stop, target = levels(position, price, self._ticks.get(position.instrument))
        opened = PositionOpened(
            instrument=position.instrument,
            trade_id=position.id,
            strategy=position.strategy,
            direction=position.direction,
            quantity=position.quantity,
            entry_price=price,
            entry_ts=position.entry_ts,
            stop=stop,
            target=target,
        )
        self._book.record(opened, port)

    def _cover(self, position: ManagedPosition, port: Port) -> None:
        """Put a pair over each naked slice. A venue that takes no stop gets a market exit; if it takes none
        of these either, trading halts."""
        if position.lost <= STOPS_LOST_MAX:
            tick = self._ticks.get(position.instrument)
            for bare in tuple(position.naked):
                self.approve(position, "stop", pair(position, bare, tick), port)
        elif position.balked < EXITS_BALKED_MAX:
            self._leave(position, "unprotected", port)
        else:
            self._governor.stop(f"{position.id} has no stop and cannot be left", port)

    def _leave(self, position: ManagedPosition, reason: str, port: Port) -> None:
        rest: Decimal = position.left - self._book.exiting(position)
        self.approve(position, reason, market_exits(position, rest, reason), port)
        self.tend(position, port)

    def approve(
        self, position: ManagedPosition, reason: str, orders: tuple[OrderRequest, ...], port: Port
    ) -> None:
        """Publish permission for orders that end or bound a position's risk."""
        now, ttl_ms = port.now, self._ttl_ms
        approved = ProtectionApproved(
            instrument=position.instrument,
            trade_id=position.id,
            reason=reason,
            approvals=tuple([approve(order, now, ttl_ms) for order in orders]),
        )
        self._book.record(approved, port)

    def _recall(self, position: ManagedPosition, order_id: str, reason: str, port: Port) -> None:
        recall = CancelRequested(instrument=position.instrument, order_id=order_id, reason=reason)
        self._book.record(recall, port)

    def _close(self, position: ManagedPosition, port: Port) -> None:
        """Flat: take back what still works (one leg takes its pair along), then settle the account."""
        book, account = self._book, self._book.account
        for order_id in [*(guard.leg for guard in position.guards), *position.exits]:
            if order_id in book.orders:
                self._recall(position, order_id, "the position is flat", port)
        if position.left < 0:
            self._governor.stop(f"{position.id} sold more than it held", port)
        trade = position.round_trip()
        risk = float(position.cost) * position.bracket.stop
        closed = TradeClosed(instrument=position.instrument, trade=trade, r_net=float(trade.net_pnl) / risk)
        book.record(closed, port)
        drawdown = account.drawdown()
        if account.equity is not None and drawdown is not None:
            book.record(EquityMarked(equity=account.equity, peak=account.peak, drawdown=drawdown), port)
