"""The life of a position after its entry: stop and target at the venue, exits, and the end.

`tend` compares where a position is with where it should be and does what is missing. It follows every event
about the position and every alert that was asked for, and a new start calls it for all of them: recovery is
not a case of its own.
"""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderRequest, OrderType
from barfinex.domain.trading import Cause, Level, Scope
from barfinex.events.inspector import (
    EquityMarked,
    PositionOpened,
    ProtectionApproved,
    ProtectionPlaced,
)
from barfinex.inspector.approvals import approve
from barfinex.inspector.book import RiskBook
from barfinex.inspector.closing import closed, levels, market_exits, moved, pair, unsold, unspoken
from barfinex.inspector.following import MOVES_REFUSED_MAX, Following
from barfinex.inspector.governor import Governor
from barfinex.inspector.guard import Guard
from barfinex.inspector.ladder import HALT_MS, LEAVE_MS, STOP_TRADING_MS, WAIT_MS, Facilities, rung
from barfinex.inspector.managed import EXITS_BALKED_MAX, ManagedPosition
from barfinex.inspector.recalls import Recalls

WAITED_MS_MAX = 15_000
"""For how long what protects may wait for its turn: past the ten seconds of I5, when it is left anyway."""
GRACE_MS = 1_000
"""How much later than the candle that should have ended a hold the clock ends it: a feed may stand still."""


class Protection:
    """Owns every order of a managed position but its entry."""

    def __init__(
        self,
        book: RiskBook,
        governor: Governor,
        instruments: dict[str, Instrument],
        ttl_ms: int,
        recalls: Recalls,
        can: Facilities | None = None,
    ) -> None:
        self._book, self._governor, self._ttl_ms = book, governor, ttl_ms
        self._can = can or Facilities()
        self._ticks = {symbol: instrument.tick for symbol, instrument in instruments.items()}
        self._recalls, self._reminders = recalls, recalls.reminders
        self._following = Following(self._ticks, self._can)

    def tend(self, position: ManagedPosition, port: Port) -> None:
        """Announce, call the entry back, protect or close: whichever is due."""
        if not position.quantity:
            return
        if not position.announced:
            self._announce(position, port)
        entry_works = position.entry in self._book.orders
        leaving = position.left < position.quantity or position.exits
        if entry_works and leaving and not position.recalled:
            self._recalls.ask(position.instrument, position.entry, "the position is being closed", port)
        self._recalls.tidy(position, port)
        self._shrink(position, port)
        if position.left <= 0:
            if not entry_works:
                self._close(position, port)
        elif position.naked and self._book.exiting(position) < position.left:
            self._cover(position, port)
        elif self._must_ask_again(position):
            self._leave(position, position.leaving, port)
        self._remind(position, port)

    def _must_ask_again(self, position: ManagedPosition) -> bool:
        """An exit was refused by the venue or came too late, and no other order has begun to sell."""
        asks = bool(position.leaving) and not position.exits and position.balked < EXITS_BALKED_MAX
        return asks and not any(guard.done for guard in position.guards)

    def accepted(self, position: ManagedPosition, order_id: str, port: Port) -> None:
        """The venue has this order; if it is a stop, its slice is protected from now on, and the stop that it
        replaces is taken back."""
        guard = position.guard_of(order_id)
        if guard is not None and guard.stop == order_id:
            at, trade = position.instrument, position.id
            ms = 0 if guard.gone else max(0, port.now - guard.slice.since)
            placed = ProtectionPlaced(instrument=at, trade_id=trade, order_id=order_id, unprotected_ms=ms)
            self._book.record(placed, port)
            self._recalls.tidy(position, port)
            self._shrink(position, port)  # Some of it may have been sold while this was on its way.
        self._remind(position, port)

    def ended(self, order_id: str, port: Port) -> None:
        """An order has ended whose position is over."""
        self._recalls.ended(order_id, port)

    def recover(self, port: Port) -> None:
        """Once per start: whatever the last run left undone is done now."""
        for position in list(self._book.positions.values()):
            self.tend(position, port)
        self._recalls.recover(port)

    def alarm(self, name: str, port: Port) -> None:
        """A time has come that was asked for."""
        key = self._reminders.heard(name)
        if key is None:
            return
        if key == Recalls.KEY:
            self._recalls.again(port)
            return
        position = self._book.positions.get(key)
        if position is None or position.left <= 0:
            return
        self._leave_if_due(position, port.now, port)
        self.tend(position, port)
        self._stop_trading(position, port)
        self._remind(position, port, not_before=port.now + WAIT_MS)

    def quiet(self, candles: Candles) -> int:
        """How many candles pass, the last being the first at which a position is left or its stop moves."""
        count = len(candles)
        is_finest = self._is_finest(candles)
        for held in self._held(candles.instrument):
            due = self._due(held)[0]
            if due:
                first = candles.after(due - candles.series.step_ms - 1)
                count = min(count, first + 1)
            if is_finest:
                count = self._following.quiet(held, candles, count)
        return count

    def on_close(self, candles: Candles, port: Port) -> None:
        """Leave what was held long enough, or is not protected in time (I5); move the stops that follow."""
        is_finest = self._is_finest(candles)
        for position in self._held(candles.instrument):
            if self._leave_if_due(position, candles.known_at, port) or not is_finest:
                continue
            for step in self._following.steps(position, candles):
                self._take(position, step.guard, step.reason, step.stop, port)

    def _take(
        self,
        position: ManagedPosition,
        guard: Guard | None,
        reason: str,
        stop: OrderRequest | None,
        port: Port,
    ) -> None:
        """Move a stop; or, without one, sell a guarded slice or all that is left."""
        if stop is not None:
            self.approve(position, reason, (stop,), port)
            self._remind(position, port)
        elif guard is None:
            self.leave(position, reason, port)
        elif position.balked < EXITS_BALKED_MAX:  # Or the stop goes on guarding it.
            self.approve(position, reason, market_exits(position, guard.open, reason, only=guard), port)
            self.tend(position, port)

    def _is_finest(self, candles: Candles) -> bool:
        return candles.series.step_ms == self._book.account.steps.get(candles.instrument)

    def _held(self, instrument: str) -> list[ManagedPosition]:
        return [p for p in self._book.positions.values() if p.instrument == instrument and p.left > 0]

    def _leave_if_due(self, position: ManagedPosition, now: int, port: Port) -> bool:
        due, reason = self._due(position)
        if not 0 < due <= now or unsold(position, position.left) <= 0:
            return False
        self._leave(position, reason, port)
        return True

    def _due(self, position: ManagedPosition) -> tuple[int, str]:
        """When (ms UTC) to leave, and why; 0 while it is being left or when leaving has failed enough."""
        if position.exits or position.balked >= EXITS_BALKED_MAX:
            return 0, ""
        hold = position.bracket.hold_ms_max
        due, reason = (0, "") if hold is None else (position.entry_ts + hold, "time")
        if position.bare_known:
            latest = position.bare_known + LEAVE_MS
            if not 0 < due <= latest:
                due, reason = latest, "unprotected"
        return due, reason

    def _remind(self, position: ManagedPosition, port: Port, not_before: int = 0) -> None:
        """Be told when something has to happen that no other event brings about."""
        is_held = position.left > 0 and position.id in self._book.positions
        at = self._next(position, port.now) if is_held else 0
        if at and at <= port.now:
            at = port.now + WAIT_MS  # Whatever is due was tried just now.
        self._reminders.set(position.id, max(at, not_before) if at else 0, port)

    def _next(self, position: ManagedPosition, now: int) -> int:
        """When to look at a position again, ms UTC; 0: never."""
        times = []
        due, reason = self._due(position)
        if due and unsold(position, position.left) > 0:
            step = self._book.account.steps.get(position.instrument, 0)
            times.append(due + (max(step, GRACE_MS) if reason == "time" else 0))
        if position.bare_known:
            if position.naked and not position.exits:
                times.append(max(rung(position, self._can).at, now + 1))
            spells = (position.bare_known + limit for limit in (STOP_TRADING_MS, HALT_MS))
            times += [at for at in spells if at > now]
        return min(times, default=0)

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
        """Put a pair over each naked slice, or leave: the next rung of the ladder, when it is time for it."""
        kind, at = rung(position, self._can)
        if at > port.now:
            return
        if kind is None:
            self._leave(position, "unprotected", port)
            return
        tick, alone = self._ticks.get(position.instrument), not self._can.targets
        for bare in unspoken(position, self._book.orders):
            self.approve(position, "stop", pair(position, bare, tick, kind, alone=alone), port)

    def leave(self, position: ManagedPosition, reason: str, port: Port) -> None:
        """Sell what is held and not being sold yet, unless the venue has refused that often enough."""
        selling = position.balked >= EXITS_BALKED_MAX or self._book.exiting(position) >= position.left
        if position.left > 0 and not selling:
            self._leave(position, reason, port)

    def _shrink(self, position: ManagedPosition, port: Port) -> None:
        """More is covered than held: one stop goes, or is replaced by a smaller one; then the next."""
        resting = [guard for guard in position.guards if guard.rests]
        movable = [guard for guard in resting if guard.unmoved < MOVES_REFUSED_MAX]
        over = [guard for guard in resting if guard.open <= position.surplus]
        if min(position.surplus, position.left) <= 0 or len(resting) < len(position.guards):
            return  # Nothing to do, or something moves already.
        if over:
            self._recalls.ask(position.instrument, over[0].stop, "what it covers was sold", port)
        elif movable:
            tick = self._ticks.get(position.instrument)
            stop = moved(position, movable[0], movable[0].level, "stop", OrderType.STOP, tick)
            self.approve(position, "stop", (stop,), port)

    def _stop_trading(self, position: ManagedPosition, port: Port) -> None:
        """Nothing helped so far: no more of the same, for one instrument first, then for all."""
        orders = self._book.orders
        leaving = any(orders[order_id].accepted for order_id in position.exits)
        bare_ms = port.now - position.bare_known if position.bare_known and not leaving else 0
        why = f"{position.id} has no stop and cannot be left"
        if bare_ms >= HALT_MS:
            self._governor.stop(why, port, Cause.UNPROTECTED)
        elif bare_ms >= STOP_TRADING_MS:
            self._governor.stop(why, port, Cause.UNPROTECTED, Scope(Level.INSTRUMENT, position.instrument))

    def _leave(self, position: ManagedPosition, reason: str, port: Port) -> None:
        exits = market_exits(position, position.left - self._book.exiting(position), reason)
        if exits:
            self.approve(position, reason, exits, port)
            self.tend(position, port)

    def approve(
        self, position: ManagedPosition, reason: str, orders: tuple[OrderRequest, ...], port: Port
    ) -> None:
        """Publish permission for orders that end or bound a position's risk."""
        ttl_ms = max(self._ttl_ms, WAITED_MS_MAX)
        approved = ProtectionApproved(
            instrument=position.instrument,
            trade_id=position.id,
            reason=reason,
            approvals=tuple([approve(order, port.now, ttl_ms) for order in orders]),
        )
        self._book.record(approved, port)

    def _close(self, position: ManagedPosition, port: Port) -> None:
        """Flat: take back what still works (one leg takes its pair along), then settle the account."""
        book, account = self._book, self._book.account
        self._recalls.flat(position, port)
        if position.left < 0:
            self._governor.stop(f"{position.id} sold more than it held", port)
        book.record(closed(position), port)
        drawdown = account.drawdown()
        if account.equity is not None and drawdown is not None:
            book.record(EquityMarked(equity=account.equity, peak=account.peak, drawdown=drawdown), port)
