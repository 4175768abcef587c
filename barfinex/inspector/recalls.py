"""Orders that have to go: asked back once, and none left behind by a position.

Whoever carries the wish out asks the venue until the order has ended (provider/settling.py): it knows when
that is allowed. After a restart what should be gone is asked back anew.
"""

from __future__ import annotations

from typing import ClassVar

from barfinex.bus.port import Port
from barfinex.events.inspector import CancelRequested
from barfinex.inspector.book import RiskBook
from barfinex.inspector.ladder import ORPHANED_MS
from barfinex.inspector.managed import InFlight, ManagedPosition
from barfinex.inspector.reminders import Reminders

FLAT = "the position is flat"


class Recalls:
    """`by_itself`: the venue cancels the other orders of a group when one has filled; or it is done here."""

    KEY: ClassVar[str] = "recalls"

    def __init__(self, book: RiskBook, reminders: Reminders, *, by_itself: bool) -> None:
        self._book, self.reminders, self._by_itself = book, reminders, by_itself
        self._orphans: dict[str, int] = {}

    def ask(self, instrument: str, order_id: str, reason: str, port: Port) -> None:
        """Ask the venue to take an order back."""
        self._book.record(CancelRequested(instrument=instrument, order_id=order_id, reason=reason), port)

    def tidy(self, position: ManagedPosition, port: Port) -> None:
        """Take back the stops that were replaced; at a venue without groups, also the orders that another
        one's fill has made superfluous."""
        if self._by_itself:
            for guard in position.guards:
                for order_id in tuple(guard.gone):
                    self._once(position.instrument, order_id, "another stop took its place", port)
            if position.lost:
                self._note_strays(position, port)
            return
        for order in list(self._book.orders.values()):
            request = order.request
            if request.trade_id == position.id and not request.purpose.opens and _is_over(position, order):
                self._once(position.instrument, request.id, "another order does its work", port)

    def _note_strays(self, position: ManagedPosition, port: Port) -> None:
        """A group of which the stop was lost is over: what is left of it goes by itself, or is asked back."""
        before = len(self._orphans)
        for order_id, order in self._book.orders.items():
            request = order.request
            is_ours = request.trade_id == position.id and request.oco and not order.recalled
            if is_ours and position.guard_of(order_id) is None:
                self._orphans.setdefault(order_id, port.now + ORPHANED_MS)
        if len(self._orphans) > before:
            self._remind(port)

    def flat(self, position: ManagedPosition, port: Port) -> None:
        """The position is over: what still works has to go, now or, by the venue's own doing, soon."""
        book = self._book
        for order_id in [*(guard.leg for guard in position.guards), *position.exits]:
            if order_id in book.orders:
                self._once(position.instrument, order_id, FLAT, port)
        for order in book.orders.values():
            if order.request.trade_id == position.id and not order.recalled:
                self._orphans[order.request.id] = port.now + ORPHANED_MS
        self._remind(port)

    def ended(self, order_id: str, port: Port) -> None:
        """An order is gone."""
        if self.reminders.is_set(self.KEY) and order_id not in self._book.orders:
            self._orphans.pop(order_id, None)
            self._remind(port)

    def recover(self, port: Port) -> None:
        """A new run: nobody may remember what belongs to no position."""
        for order in list(self._book.orders.values()):
            request = order.request
            if not request.purpose.opens and request.trade_id not in self._book.positions:
                self.ask(request.instrument, request.id, FLAT, port)

    def again(self, port: Port) -> None:
        """Ask back what should have gone by itself by now."""
        now = port.now
        for order_id in [order_id for order_id, due in self._orphans.items() if due <= now]:
            del self._orphans[order_id]
            order = self._book.orders.get(order_id)
            if order is not None:
                self._once(order.request.instrument, order_id, FLAT, port)
        self._remind(port)

    def _once(self, instrument: str, order_id: str, reason: str, port: Port) -> None:
        order = self._book.orders.get(order_id)
        if order is not None and not order.recalled:
            self.ask(instrument, order_id, reason, port)

    def _remind(self, port: Port) -> None:
        self.reminders.set(self.KEY, min(self._orphans.values(), default=0), port)


def _is_over(position: ManagedPosition, order: InFlight) -> bool:
    """Whether an order of a position has nothing to do any more."""
    request = order.request
    if position.left <= 0:
        return True
    guard = position.guard_of(request.id)
    if guard is None:
        return request.oco is not None  # Of a group that is over; an exit of what is naked has none.
    if request.id == guard.exit and not guard.sells:
        return False
    return request.id != guard.leg if guard.done else request.id in guard.gone
