"""Linear futures at the simulated venue: each position stands for itself, on margin of its own (isolated).

* The account's balance is its cash and what its linear positions cost: what is realised, fees and funding
  change it, open results do not. What is not margin of a position, nor kept for an order that would open
  one, is free; an order that needs more is rejected.
* Funding is paid out of the position's own margin and received into it, at the last price known.
* A position whose margin falls to its maintenance is closed by the venue: at that price, or at the open
  that has gapped through it. What a gap takes beyond the margin is the account's loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import inf
from typing import NamedTuple

from barfinex.domain.instrument import Instrument
from barfinex.domain.margin import Linear
from barfinex.domain.money import ZERO, exact
from barfinex.domain.order import Fill, OrderRequest, OrderType
from barfinex.domain.position import Position
from barfinex.provider.venues.base import Funded
from barfinex.provider.venues.rejects import NO_FUNDS
from barfinex.provider.venues.working import Prices, Working

CENTS = Decimal("1e-8")  # What a venue rounds the funding of a position to.


class Call(NamedTuple):
    """Where the venue closes a position: at `level` (quote units), reached by falling or by rising."""

    level: float
    falls: bool

    def price(self, prices: Prices) -> float | None:
        """What these prices close the position at, None while they leave it alone."""
        if self.falls:
            return min(self.level, prices.open) if prices.low <= self.level else None
        return max(self.level, prices.open) if prices.high >= self.level else None

    def is_behind(self, order: Working) -> bool:
        """Whether a stop of ours stands nearer, so that it goes first."""
        if order.is_patient or order.falls_to is not self.falls:
            return False
        return order.level >= self.level if self.falls else order.level <= self.level


class Margin:
    """What stands behind linear positions. Prices are the last shown of each instrument."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._terms: dict[str, Linear] = {one.symbol: one.linear for one in instruments if one.linear}
        self.positions: dict[str, Position] = {}
        self._funding: dict[str, Decimal] = {}
        self._calls: dict[str, Call | None] = {}
        self._prices: dict[str, tuple[int, int, float]] = {}

    def covers(self, instrument: str) -> bool:
        return instrument in self._terms

    def see(self, instrument: str, at: int, price: float, step_ms: int = 0) -> None:
        """A price was known at `at` (ms UTC); of several of one moment that of the shortest candle counts."""
        known = self._prices.get(instrument)
        if known is None or (at, -step_ms) >= known[:2]:
            self._prices[instrument] = at, -step_ms, price

    def clear(self) -> None:
        """Forget all positions; prices stay."""
        self.positions.clear()
        self._funding.clear()
        self._calls.clear()

    def fill(self, fill: Fill) -> None:
        name = fill.instrument
        before = self.positions.get(name) or Position(name)
        after = self.positions[name] = before.apply(fill)
        if after.quantity * before.quantity <= 0:
            self._funding.pop(name, None)
        self._calls.pop(name, None)

    def call(self, instrument: str) -> Call | None:
        """Where the position in an instrument is closed; None when nothing is held or no price does it."""
        if instrument not in self.positions:
            return None
        if instrument not in self._calls:
            held, paid = self.positions[instrument], self._funding.get(instrument, ZERO)
            level = self._terms[instrument].liquidation(held.quantity, held.cost, paid)
            self._calls[instrument] = None if level is None else Call(float(level), held.quantity > 0)
        return self._calls[instrument]

    def fund(self, instrument: str, at: int, rate: Decimal) -> Funded | None:
        """Settle funding at `rate` (a fraction of the value; longs pay when it is above zero).

        None when nothing is held, or no price is known. The amount is - quantity x mark x rate.
        """
        held, known = self.positions.get(instrument), self._prices.get(instrument)
        if held is None or held.is_flat or known is None:
            return None
        mark = exact(known[2])
        funded = Funded(instrument, at, rate, mark, held.quantity, funding(held.quantity, mark, rate))
        self.settle(funded)
        return funded

    def settle(self, funded: Funded) -> None:
        """Take a settlement into the position's margin."""
        name = funded.instrument
        self._funding[name] = self._funding.get(name, ZERO) + funded.amount
        self._calls.pop(name, None)

    def costs(self) -> Decimal:
        """What the positions cost, in quote units: it stays in the balance, and bought nothing."""
        return sum((held.cost for held in self.positions.values()), ZERO)

    def free(self, cash: Decimal, working: Iterable[Working]) -> Decimal:
        """What is left for new positions, in quote units: of `cash`, which buying has lowered by what the
        positions cost."""
        free = cash
        for name, held in self.positions.items():
            free += held.cost - self._terms[name].initial(held.cost) - self._funding.get(name, ZERO)
        return free - sum((order.margin * order.remaining for order in working), ZERO)

    def rate(self, request: OrderRequest) -> Decimal | None:
        """The margin that an order needs for each base unit: none when it only reduces, and None when no
        price is known to reckon it by."""
        terms = self._terms.get(request.instrument)
        if terms is None or request.reduce_only:
            return ZERO
        price = request.price or request.trigger
        if price is None:
            known = self._prices.get(request.instrument)
            price = None if known is None else exact(known[2])
        return None if price is None else terms.initial(price)

    def fault(
        self, requests: Sequence[OrderRequest], cash: Decimal, working: Iterable[Working]
    ) -> tuple[str, str] | None:
        """(code, reason) when there is not enough margin for these orders."""
        needed = ZERO
        for request in requests:
            rate = self.rate(request)
            if rate is None:
                return NO_FUNDS, f"no price of {request.instrument} is known to reckon its margin by"
            needed += rate * request.quantity
        if not needed:
            return None
        free = self.free(cash, working)
        return None if needed <= free else (NO_FUNDS, f"margin of {needed:.8f} is needed, {free:.8f} is free")


def funding(quantity: Decimal, mark: Decimal, rate: Decimal) -> Decimal:
    """What a position is paid, in quote units, to eight decimals: below zero when it pays."""
    return (-quantity * mark * rate).quantize(CENTS)


def levels(orders: Iterable[Working], call: Call | None) -> tuple[float, float, bool]:
    """(highest level prices fall to, lowest they rise to, whether any order takes the next price)."""
    floor, ceiling, urgent = -inf, inf, False
    for order in orders:
        if order.type is OrderType.MARKET:
            urgent = True
        elif order.falls_to:
            floor = max(floor, order.level)
        else:
            ceiling = min(ceiling, order.level)
    if call is not None and call.falls:
        floor = max(floor, call.level)
    elif call is not None:
        ceiling = min(ceiling, call.level)
    return floor, ceiling, urgent
