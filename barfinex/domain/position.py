"""Positions are the sum of fills, to the last digit."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.money import ZERO, part_of
from barfinex.domain.order import Fill
from barfinex.domain.signal import Direction
from barfinex.domain.value import Value


class Position(Value, frozen=True):
    """A net holding: `quantity` signed in base units, `cost` its signed entry notional in quote units.

    `realised` is gross of fees; `fees` is what was paid on all fills.
    """

    instrument: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def is_flat(self) -> bool:
        return self.quantity == 0

    @property
    def entry_price(self) -> Decimal:
        """Average entry price; zero when flat."""
        return self.cost / self.quantity if self.quantity else ZERO

    def apply(self, fill: Fill) -> Position:
        """The position after a fill: opening adds cost, closing realises against the average entry."""
        change = fill.change
        fees = self.fees + fill.fee
        if self.quantity * change >= 0:
            cost = self.cost + change * fill.price
            return Position(self.instrument, self.quantity + change, cost, self.realised, fees)
        closing = -self.quantity if abs(change) >= abs(self.quantity) else change
        released = self.cost if closing == -self.quantity else part_of(self.cost, -closing, self.quantity)
        realised = self.realised - closing * fill.price - released
        rest = change - closing
        if rest:
            return Position(self.instrument, rest, rest * fill.price, realised, fees)
        return Position(self.instrument, self.quantity + closing, self.cost - released, realised, fees)

    def moved(self, change: Decimal) -> Position:
        """The position after base units came or went without a trade: at its average price, so no result is
        realised by it; what there is more of, or on the other side, has cost nothing we know of."""
        quantity = self.quantity + change
        if quantity * self.quantity <= 0:
            cost = ZERO
        elif abs(quantity) < abs(self.quantity):
            cost = part_of(self.cost, quantity, self.quantity)
        else:
            cost = self.cost
        return Position(self.instrument, quantity, cost, self.realised, self.fees)

    def open_pnl(self, price: Decimal) -> Decimal:
        """Unrealised result at `price`, gross of fees."""
        return self.quantity * price - self.cost


class RoundTrip(Value, frozen=True, omit_defaults=True):
    """Entry to flat: prices in quote units, `reason` of the exit. `net_pnl` is after fees and `funding`, what
    was received for holding a linear future (below zero: paid)."""

    id: str
    strategy: str
    instrument: str
    direction: Direction
    quantity: Decimal
    entry_ts: int
    exit_ts: int
    entry_price: Decimal
    exit_price: Decimal
    fees: Decimal
    net_pnl: Decimal
    reason: str
    funding: Decimal = ZERO


@dataclass(slots=True)
class Portfolio:
    """Cash and positions folded from fills; cash plus the cost of positions is conserved (I16)."""

    cash: Decimal
    positions: dict[str, Position] = field(default_factory=dict)

    def apply(self, fill: Fill) -> Position:
        before = self.positions.get(fill.instrument) or Position(fill.instrument)
        after = before.apply(fill)
        self.cash -= fill.change * fill.price + fill.fee
        self.positions[fill.instrument] = after
        return after

    def move(self, instrument: str, change: Decimal) -> None:
        """Base units came or went without a trade, as by a transfer."""
        before = self.positions.get(instrument) or Position(instrument)
        self.positions[instrument] = before.moved(change)

    def equity(self, marks: dict[str, Decimal]) -> Decimal:
        """Cash plus holdings at `marks`.

        Raises:
            KeyError: an open position has no mark; an unknown price is never read as zero.
        """
        held = (p for p in self.positions.values() if not p.is_flat)
        return self.cash + sum((p.quantity * marks[p.instrument] for p in held), ZERO)
