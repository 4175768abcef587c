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
  * with `volume_share` > 0 one candle fills at most that part of its volume; the rest goes on working.
A fill's `ts` is the start of its candle: all that a candle tells about when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

from barfinex.config import VenueConfig
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import Instrument
from barfinex.domain.money import ZERO, exact, lot_down, tick_above, tick_below
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState, OrderType
from barfinex.provider.venues.base import Accepted, Cancelled, Expired, Filled, Rejected, Report
from barfinex.provider.venues.filters import check_filters
from barfinex.provider.venues.working import Prices, Working

_ADVERSE_FIRST = {OrderType.STOP: 0, OrderType.STOP_LIMIT: 0, OrderType.MARKET: 0}
_CHUNK = 256
SPENT_MAX = 10_000


class MatchingEngine:
    """Orders in, reports out. Keeps a net position per instrument, for reduce-only orders alone."""

    def __init__(self, instruments: Iterable[Instrument], config: VenueConfig) -> None:
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.fee, self._latency, self.oco = config.fee, config.latency_ms, config.oco
        self._slip = (config.spread_bps / 2 + config.slippage_bps) / 10_000
        self._share = Decimal(repr(config.volume_share))
        self._working: dict[str, list[Working]] = {symbol: [] for symbol in self.instruments}
        self._levels: dict[str, tuple[float, float, bool]] = {}
        self._position: dict[str, Decimal] = dict.fromkeys(self.instruments, ZERO)
        self._spent: dict[str | None, None] = {}
        self.cash = config.cash
        # The open and the rest of one candle share its volume.
        self._last: dict[str, Prices] = {}

    def submit(self, requests: Sequence[OrderRequest], now: int) -> list[Report]:
        """Take orders in together: if one is refused by the venue's rules, all are."""
        for request in requests:
            fault = check_filters(request, self.instruments.get(request.instrument))
            if fault is None and request.oco in self._spent:
                fault = "OCO_SPENT", "another order of its group has done its work"
            if fault is not None:
                return [Rejected(r.id, now, fault[0], fault[1]) for r in requests]
        for request in requests:
            self.place(request, now + self._latency)
        return [Accepted(request.id, now) for request in requests]

    def place(self, request: OrderRequest, arrives: int, filled: Decimal = ZERO, fills: int = 0) -> None:
        """Put a checked order into the book, also one that was there before a restart."""
        self._working[request.instrument].append(Working(request, arrives, filled, fills))
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
        orders = self._working.get(candles.instrument)
        if not orders:
            return len(candles)
        floor, ceiling, urgent = self._summary(candles.instrument)
        if urgent:
            return 1
        low, high = candles.series.low, candles.series.high
        start, stop, chunk = candles.start, candles.stop, _CHUNK
        while start < stop:
            end = min(stop, start + chunk)
            touched = (low[start:end] <= floor) | (high[start:end] >= ceiling)
            first = int(touched.argmax())
            if touched.item(first):
                return start + first + 1 - candles.start
            start, chunk = end, chunk * 2
        return len(candles)

    def meets(self, block: Candles) -> bool:
        """Whether the last candle of a block may touch an order; `quiet` has shown that no other does."""
        if not self._working.get(block.instrument):
            return False
        floor, ceiling, urgent = self._summary(block.instrument)
        series, last = block.series, block.stop - 1
        return urgent or series.low.item(last) <= floor or series.high.item(last) >= ceiling

    def open(self, candle: Candles) -> list[Report]:
        """The first price of a candle: fills market orders that have arrived by then."""
        prices = self._prices(candle, 0)
        return self._fill_market(candle.instrument, prices)

    def sweep(self, block: Candles) -> list[Report]:
        """All that happens to the orders of an instrument while these candles pass."""
        reports: list[Report] = []
        at, size = 0, len(block)
        while at < size and self._working[block.instrument]:
            rest = Candles(block.series, block.start + at, block.stop)
            at += self.quiet(rest)
            reports += self._match(block.instrument, self._prices(block, at - 1))
        return reports

    def tick(self, instrument: str, ts: int, price: float, quantity: float) -> list[Report]:
        """One public trade: market orders take its price, resting orders that it touches fill."""
        if not self._working[instrument]:
            return []
        prices = Prices(ts, 0, price, price, price, price, self._bound(instrument, quantity))
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
            floor, ceiling, urgent = -np.inf, np.inf, False
            for order in self._working[instrument]:
                if order.type is OrderType.MARKET:
                    urgent = True
                elif order.falls_to:
                    floor = max(floor, order.level)
                else:
                    ceiling = min(ceiling, order.level)
            known = self._levels[instrument] = (floor, ceiling, urgent)
        return known

    def _prices(self, block: Candles, at: int) -> Prices:
        series, k = block.series, block.start + at
        ts = series.ts.item(k)
        last = self._last.get(block.instrument)
        if last is None or last.ts != ts:
            first, high = series.open.item(k), series.high.item(k)
            low, close = series.low.item(k), series.close.item(k)
            room = self._bound(block.instrument, series.volume[k])
            last = self._last[block.instrument] = Prices(ts, series.step_ms, first, high, low, close, room)
        return last

    def _bound(self, instrument: str, volume: float) -> Decimal | None:
        if not self._share:
            return None
        return lot_down(exact(volume) * self._share, self.instruments[instrument].lot)

    def _match(self, instrument: str, prices: Prices) -> list[Report]:
        reports: list[Report] = []
        orders = sorted(self._working[instrument], key=lambda order: _ADVERSE_FIRST.get(order.type, 1))
        for order in orders:
            if order in self._working[instrument]:
                price = self._touch(order, prices)
                if price is not None:
                    reports += self._execute(order, price, prices)
        return reports

    def _touch(self, order: Working, prices: Prices) -> float | None:
        """The price at which this candle fills the order, or None."""
        end = prices.ts + max(prices.step_ms, 1)
        if order.arrives >= end:
            return None
        if order.type is OrderType.MARKET:
            into = order.arrives - prices.ts
            return prices.open + (prices.close - prices.open) * into / prices.step_ms if into > 0 else None
        if order.is_patient and order.arrives > prices.ts:
            return None
        if order.falls_to:
            if prices.low > order.level:
                return None
            price = min(order.level, prices.open)
        else:
            if prices.high < order.level:
                return None
            price = max(order.level, prices.open)
        return self._limited(order, price, end) if order.type is OrderType.STOP_LIMIT else price

    def _limited(self, order: Working, price: float, end: int) -> float | None:
        """A triggered stop-limit fills at once as a limit order if it can, or rests from the next candle."""
        order.release()
        order.arrives = end
        self._levels.pop(order.request.instrument, None)
        return price if (price <= order.level if order.buys else price >= order.level) else None

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
            reports.append(self._fill(order, quantity, self._paid(order, price), prices.ts))
            self._position[request.instrument] += quantity * request.side.sign
        if order.remaining == 0:
            self._remove(order)
            if request.oco is not None and self.oco:
                self.spend(request.oco)
        else:  # What a trigger released and one candle could not fill takes the next price.
            order.release()
            self._levels.pop(request.instrument, None)
        return reports + self._end(self._partners(order), prices.ts, "the other leg went first")

    def _paid(self, order: Working, price: float) -> Decimal:
        """The price after half the spread and slippage, on the tick, never better than the market was."""
        tick = self.instruments[order.request.instrument].tick
        if self._slip and order.type is not OrderType.LIMIT:
            price *= 1 + self._slip if order.buys else 1 - self._slip
        return tick_above(exact(price), tick) if order.buys else tick_below(exact(price), tick)

    def _fill(self, order: Working, quantity: Decimal, price: Decimal, ts: int) -> Filled:
        request = order.request
        order.fills += 1
        order.filled += quantity
        value = quantity * price
        fee = value * self.fee
        self.cash -= value * request.side.sign + fee
        fill = Fill(
            f"{request.id}.{order.fills}",
            request.id,
            request.instrument,
            request.side,
            quantity,
            price,
            fee,
            ts,
        )
        return Filled(fill, order.filled, request.quantity)

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

    def hold(self, instrument: str, quantity: Decimal) -> None:
        """Set the net position, as it was before a restart."""
        self._position[instrument] = quantity

    def _remove(self, order: Working) -> None:
        self._working[order.request.instrument].remove(order)
        self._levels.pop(order.request.instrument, None)
