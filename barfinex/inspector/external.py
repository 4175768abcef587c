"""What is on the account and not ours: it counts in every limit, and nobody here touches it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from barfinex.domain.money import ZERO, exact
from barfinex.domain.order import OrderRequest, Purpose
from barfinex.events.base import Event
from barfinex.events.provider import (
    ExternalCashFound,
    ExternalFillFound,
    ExternalOrderEnded,
    ExternalOrderFound,
    ExternalPositionFound,
)
from barfinex.inspector.account import Account
from barfinex.inspector.managed import InFlight, ManagedPosition
from barfinex.inspector.taken import NOBODY, take_away

__all__ = ["NOBODY", "UNPRICED", "External"]

UNPRICED = Decimal("Infinity")


class External:
    """Folds what the Provider found. Orders that may raise exposure join `opening`, each valued at its own
    price or the last one known: without either it counts as infinitely much, so nothing passes beside it."""

    def __init__(
        self,
        account: Account,
        opening: dict[str, InFlight],
        positions: dict[str, ManagedPosition],
        asset: str = "cash",
    ) -> None:
        self._account, self._opening, self._asset = account, opening, asset
        self._positions = positions
        self._adopted: dict[str, Decimal] = {}
        self._transferred = ZERO
        self.folds: dict[type[Event], Callable[[Any, int], object]] = {
            ExternalOrderFound: self._found,
            ExternalOrderEnded: lambda event, _now: self._ended(event.order_id),
            ExternalFillFound: self._traded,
            ExternalPositionFound: self._moved,
            ExternalCashFound: self._paid,
        }

    def _found(self, event: ExternalOrderFound, now: int) -> None:
        if event.reduce_only:
            self._ended(event.order_id)
            return
        request = OrderRequest(
            id=event.order_id,
            instrument=event.instrument,
            side=event.side,
            type=event.type,
            quantity=event.quantity,
            purpose=Purpose.ENTRY,
            trade_id="",
            strategy=NOBODY,
            intent_id="",
            price=event.price,
            trigger=event.trigger,
        )
        mark = self._account.marks.at(event.instrument, now - 1)
        last = UNPRICED if mark is None else exact(mark[0])
        price = event.price or event.trigger or last
        self._opening[event.order_id] = InFlight(request, price, event.filled, sent=True)

    def _traded(self, event: ExternalFillFound, now: int) -> None:
        self._account.fill(event.fill, now)
        take_away(event.fill, self._positions.values(), self._account.portfolio, event.reason)

    def _ended(self, order_id: str) -> None:
        self._opening.pop(order_id, None)

    def _moved(self, event: ExternalPositionFound, now: int) -> None:
        name, before = event.instrument, self._adopted.get(event.instrument, ZERO)
        self._adopted[name] = event.quantity
        self._account.receive(name, event.quantity - before, ZERO, now)

    def _paid(self, event: ExternalCashFound, now: int) -> None:
        if event.asset == self._asset:
            change, self._transferred = event.amount - self._transferred, event.amount
            self._account.receive("", ZERO, change, now)
