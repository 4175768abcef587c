"""What happens to the account without our orders, and in what our books and the venue differ."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from barfinex.domain.money import ZERO
from barfinex.domain.position import Portfolio
from barfinex.events import provider
from barfinex.events.base import Event

CASH = "cash"  # The asset whose balance is the account's cash.


class Outside:
    """`held`: net base quantity by instrument of others' trades and of what nothing explains; `standing`: the
    mismatches that could not be settled, each in words."""

    def __init__(self) -> None:
        self.held: dict[str, Decimal] = {}
        self.standing: tuple[str, ...] = ()
        self._adopted: dict[str, Decimal] = {}
        self._transferred = ZERO

    @classmethod
    def consumes(cls) -> tuple[type[Event], ...]:
        return tuple(cls._FOLDS)

    def take(self, event: Event, portfolio: Portfolio | None) -> None:
        """Fold an event; the portfolio, once it is known, is worth what the account is worth."""
        self._FOLDS[type(event)](self, event, portfolio)

    def _reconciled(self, event: provider.AccountReconciled, _portfolio: Portfolio | None) -> None:
        self.standing = event.standing

    def _fill(self, event: provider.ExternalFillFound, portfolio: Portfolio | None) -> None:
        if portfolio is not None:
            portfolio.apply(event.fill)
        self._hold(event.instrument, event.fill.quantity * event.fill.side.sign)

    def _funded(self, event: provider.FundingSettled, portfolio: Portfolio | None) -> None:
        if portfolio is not None:
            portfolio.cash += event.amount

    def _position(self, event: provider.ExternalPositionFound, portfolio: Portfolio | None) -> None:
        change = event.quantity - self._adopted.get(event.instrument, ZERO)
        self._adopted[event.instrument] = event.quantity
        if portfolio is not None:
            portfolio.move(event.instrument, change)
        self._hold(event.instrument, change)

    def _cash(self, event: provider.ExternalCashFound, portfolio: Portfolio | None) -> None:
        if event.asset == CASH and portfolio is not None:
            portfolio.cash += event.amount - self._transferred
            self._transferred = event.amount

    def _hold(self, instrument: str, change: Decimal) -> None:
        held = self.held.pop(instrument, ZERO) + change
        if held:
            self.held[instrument] = held

    _FOLDS: ClassVar[dict[type[Event], Callable[[Outside, Any, Portfolio | None], None]]] = {
        provider.AccountReconciled: _reconciled,
        provider.ExternalFillFound: _fill,
        provider.ExternalPositionFound: _position,
        provider.FundingSettled: _funded,
        provider.ExternalCashFound: _cash,
    }
