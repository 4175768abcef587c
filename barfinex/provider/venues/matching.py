"""The matching engine: one fill model for every simulated venue; a tick is a candle of one price.

Rules, each the pessimistic choice where a candle leaves the path open:
  * a market order fills at the first price after it arrives: the open of the next candle, or, when latency
    puts its arrival inside a candle, the straight line from open to close at that moment;
  * a stop that the open has gapped through fills at the open, otherwise at its trigger; a limit or target
    likewise, to the holder's advantage;
  * of several orders that one candle touches, stops fill first; one leg of an OCO pair cancels the other, and
    one that joins a pair of which a leg was filled is rejected;
  * an order that arrives inside a candle can be stopped out in it, but not reach a limit or a target;
  * market-like fills pay half the spread and the slippage; every fill pays the fee;
  * a linear future is held on margin (`margin.py`): the venue closes what has used it up, after the stops
    that stand nearer and before all else, and ends the orders of that instrument;
  * with `volume_share` > 0 one candle fills at most that part of its volume; the rest goes on working.
A fill's `ts` is the start of its candle: all that a candle tells about when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from operator import attrgetter

from barfinex.config import VenueConfig
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import Instrument
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState, OrderType, Purpose, Side
from barfinex.provider.venues.base import (
    Accepted,
    Cancelled,
    Expired,
    Filled,
    Funded,
    Liquidated,
    Rejected,
    Report,
)
from barfinex.provider.venues.filters import check_filters
from barfinex.provider.venues.margin import Margin, levels
from barfinex.provider.venues.working import Charges, Passing, Prices, Working, upto_touch

_ADVERSE_FIRST = {OrderType.STOP: 0, OrderType.STOP_LIMIT: 0, OrderType.MARKET: 0}
SPENT_MAX = 10_000


class MatchingEngine:
    """Orders in, reports out. Keeps a net position per instrument, for reduce-only orders alone."""

    def __init__(self, instruments: Iterable[Instrument], config: VenueConfig) -> None:
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.charges, self._latency, self.oco = Charges(config), config.latency_ms, config.oco
        self.margin = Margin(self.instruments.values())
        self._passing = Passing(self.instruments, config.volume_share)
        self._working: dict[str, list[Working]] = {symbol: [] for symbol in self.instruments}
        self._levels: dict[str, tuple[float, float, bool]] = {}
        self._position: dict[str, Decimal] = dict.fromkeys(self.instruments, ZERO)
        self._spent: dict[str | None, None] = {}
        self._deposit = self.cash = config.cash

    def submit(self, requests: Sequence[OrderRequest], now: int) -> list[Report]:
        """Take orders in together: if one is refused by the venue's rules, all are."""
        for request in requests:
            fault = check_filters(request, self.instruments.get(request.instrument))
            if fault is None and request.oco in self._spent:
                fault = "OCO_SPENT", "another order of its group has done its work"
            if fault is not None:
                break
        else:
            fault = self.margin.fault(requests, self.cash, chain.from_iterable(self._working.values()))
        if fault is not None:
            return [Rejected(r.id, now, fault[0], fault[1]) for r in requests]
        for request in requests:
            self.place(request, now + self._latency)
        return [Accepted(request.id, now) for request in requests]

    def place(self, request: OrderRequest, arrives: int, filled: Decimal = ZERO, fills: int = 0) -> None:
        """Put a checked order into the book, also one that was there before a restart."""
        margin = self.margin.rate(request) or ZERO
        self._working[request.instrument].append(Working(request, arrives, filled, fills, margin))
        self._levels.pop(request.instrument, None)

    def spend(self, group: str) -> None:
        """An order of this OCO group was filled: none may join it now, or a slice would be sold twice."""
        self._spent[group] = None
        if len(self._spent) > SPENT_MAX:  # Whoever could not know of that fill knows by now.
            del self._spent[next(iter(self._spent))]

    def cancel(self, order_id: str, now: int) -> list[Report]:
        for orders in self._working.values():
            for order in orders:
                if order.request.id == order_id:
                    group = self._partners(order)
                    purpose = order.request.purpose  # One whose place another took goes alone.
                    alone = any(other.request.purpose is purpose for other in group)
                    return self._end([order] if alone else [order, *group], now, "requested")
        return []

    def awaits_open(self, instrument: str) -> bool:
        """Whether a market order waits for the next price."""
        return self._summary(instrument)[2]

    def quiet(self, candles: Candles) -> int:
        """How many of the candles pass, the last being the first that may touch an order."""
        if self._is_idle(candles.instrument):
            return len(candles)
        floor, ceiling, urgent = self._summary(candles.instrument)
        if urgent:
            return 1
        return upto_touch(candles, floor, ceiling)

    def meets(self, block: Candles) -> bool:
        """Whether the last candle of a block may touch an order; `quiet` has shown that no other does."""
        if self._is_idle(block.instrument):
            return False
        floor, ceiling, urgent = self._summary(block.instrument)
        series, last = block.series, block.stop - 1
        return urgent or series.low.item(last) <= floor or series.high.item(last) >= ceiling

    def open(self, candle: Candles) -> list[Report]:
        """The first price of a candle: fills market orders that have arrived by then."""
        prices = self._passing.candle(candle, 0)
        return self._fill_market(candle.instrument, prices)

    def sweep(self, block: Candles) -> list[Report]:
        """All that happens to the orders of an instrument while these candles pass."""
        reports: list[Report] = []
        at, size = 0, len(block)
        while at < size and not self._is_idle(block.instrument):
            rest = Candles(block.series, block.start + at, block.stop)
            at += self.quiet(rest)
            reports += self._match(block.instrument, self._passing.candle(block, at - 1))
        return reports

    def tick(self, instrument: str, ts: int, price: float, quantity: float) -> list[Report]:
        """One public trade: market orders take its price, resting orders that it touches fill."""
        self.margin.see(instrument, ts, price)
        if self._is_idle(instrument):
            return []
        prices = Prices(ts, 0, price, price, price, price, self._passing.room(instrument, quantity))
        return self._fill_market(instrument, prices) + self._match(instrument, prices)

    def _fill_market(self, instrument: str, prices: Prices) -> list[Report]:
        reports: list[Report] = []
        working = self._working[instrument]
        for order in [o for o in working if o.type is OrderType.MARKET and o.arrives <= prices.ts]:
            if order in working:  # The one before it may have ended it.
                reports += self._execute(order, prices.open, prices)
        return reports

    def _summary(self, instrument: str) -> tuple[float, float, bool]:
        """(highest level prices fall to, lowest they rise to, whether any order takes the next price)."""
        known = self._levels.get(instrument)
        if known is None:
            floor, ceiling, urgent = levels(self._working[instrument], self.margin.call(instrument))
            known = self._levels[instrument] = (floor, ceiling, urgent)
        return known

    def _match(self, instrument: str, prices: Prices) -> list[Report]:
        reports: list[Report] = []
        orders = sorted(self._working[instrument], key=lambda order: _ADVERSE_FIRST.get(order.type, 1))
        for order in orders:
            if instrument in self.margin.positions:
                reports += self._liquidate(instrument, prices, order)
            if order in self._working[instrument]:
                price = order.touch(prices)
                if order.request.type is OrderType.STOP_LIMIT:
                    self._levels.pop(instrument, None)  # It may have been released.
                if price is not None:
                    reports += self._execute(order, price, prices)
        if instrument in self.margin.positions:
            reports += self._liquidate(instrument, prices)
        return reports

    def _execute(self, order: Working, price: float, prices: Prices) -> list[Report]:
        request = order.request
        quantity = order.remaining
        if request.reduce_only:
            held = self._position[request.instrument] * -request.side.sign
            if held <= 0:
                return self._end(
                    [order, *self._partners(order)], prices.ts, "nothing to reduce", expired=True
                )
            quantity = min(quantity, held)
        if prices.room is not None:
            quantity = min(quantity, prices.room)
            prices.room -= quantity
        if quantity == 0 and order.type is OrderType.LIMIT:
            return []
        reports: list[Report] = []
        if quantity:
            paid = self.charges.paid(order, price, self.instruments[request.instrument].tick)
            reports.append(self._fill(order, quantity, paid, prices.ts, self.charges.rate(order, paid)))
        if order.remaining == 0:
            self._remove(order)
            if request.oco is not None and self.oco:
                self.spend(request.oco)
        else:  # What a trigger released and one candle could not fill takes the next price.
            order.release()
            self._levels.pop(request.instrument, None)
        return reports + self._end(self._partners(order), prices.ts, "the other leg went first")

    def _fill(self, order: Working, quantity: Decimal, price: Decimal, ts: int, rate: Decimal) -> Filled:
        request = order.request
        order.fills += 1
        order.filled += quantity
        fill_id, fee = f"{request.id}.{order.fills}", quantity * price * rate
        fill = Fill(fill_id, request.id, request.instrument, request.side, quantity, price, fee, ts)
        self._take(fill)
        return Filled(fill, order.filled, request.quantity)

    def _take(self, fill: Fill) -> None:
        change = fill.change
        self.cash -= change * fill.price + fill.fee
        self._position[fill.instrument] += change
        if self.margin.covers(fill.instrument):
            self.margin.fill(fill)
            self._levels.pop(fill.instrument, None)

    def fund(self, instrument: str, at: int, rate: Decimal) -> list[Report]:
        """Settle the funding of what is held in a linear future."""
        funded = self.margin.fund(instrument, at, rate)
        if funded is None:
            return []
        self.cash += funded.amount
        self._levels.pop(instrument, None)
        return [funded]

    def _liquidate(self, instrument: str, prices: Prices, before: Working | None = None) -> list[Report]:
        """Close what has used its margin up, unless an order `before` it stands nearer to the price."""
        call = self.margin.call(instrument)
        if call is None or (before is not None and call.is_behind(before)):
            return []
        price = call.price(prices)
        if price is None:
            return []
        held = self._position[instrument]
        name, side = f"liquidation-{instrument}-{prices.ts}", Side.SELL if held > 0 else Side.BUY
        request = OrderRequest(
            name, instrument, side, OrderType.STOP, abs(held), Purpose.EXIT, "", "", "", reduce_only=True
        )
        order = Working(request, prices.ts)
        paid = self.charges.paid(order, price, self.instruments[instrument].tick)
        closed = self._fill(order, order.remaining, paid, prices.ts, self.charges.liquidation)
        over = self._end(
            list(self._working[instrument]), prices.ts, "the venue closed the position", expired=True
        )
        return [Liquidated(closed.fill), *over]

    def _partners(self, order: Working) -> list[Working]:
        group = order.request.oco
        if group is None or not self.oco:
            return []
        working = self._working[order.request.instrument]
        return [other for other in working if other.request.oco == group and other is not order]

    def _end(self, orders: list[Working], ts: int, reason: str, *, expired: bool = False) -> list[Report]:
        for order in orders:
            self._remove(order)
        ended = Expired if expired else Cancelled
        return [ended(order.request.id, ts, reason) for order in orders]

    def working(self) -> list[Order]:
        """Orders that may still fill, as a venue would show them."""
        return [
            Order(one.request, OrderState.PARTIALLY_FILLED if one.filled else OrderState.ACCEPTED, one.filled)
            for orders in self._working.values()
            for one in orders
        ]

    def held(self) -> dict[str, Decimal]:
        """Net position by instrument, base units."""
        return dict(self._position)

    def recount(self, fills: Iterable[Fill], settled: Iterable[Funded]) -> None:
        """Hold what all these come to, oldest first, and nothing else."""
        self._position, self.cash = dict.fromkeys(self.instruments, ZERO), self._deposit
        self.margin.clear()
        self._levels.clear()
        everything: list[Fill | Funded] = [*fills, *settled]
        for one in sorted(everything, key=attrgetter("ts")):
            if isinstance(one, Fill):
                self._take(one)
            else:
                self.cash += one.amount
                self.margin.settle(one)

    def _is_idle(self, instrument: str) -> bool:
        """Whether no price does anything here."""
        if self._working.get(instrument):
            return False
        return instrument not in self.margin.positions or self.margin.call(instrument) is None

    def _remove(self, order: Working) -> None:
        self._working[order.request.instrument].remove(order)
        self._levels.pop(order.request.instrument, None)
