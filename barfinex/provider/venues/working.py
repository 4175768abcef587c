"""An order inside the matching engine, and the candle that it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.config import VenueConfig
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import Instrument
from barfinex.domain.money import ZERO, exact, lot_down, tick_above, tick_below
from barfinex.domain.order import OrderRequest, OrderType, Side

_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_CHUNK = 256
_PATIENT = (OrderType.LIMIT, OrderType.TAKE_PROFIT)


@dataclass(slots=True, eq=False)
class Working:
    """An order at the venue. It arrives at `arrives` (ms UTC); `type` changes once its trigger is met.

    `level` is the price that touches it, and `falls_to` whether the price must fall to that level: buy
    limits, buy take-profits and sell stops. `margin` is kept free for each base unit, in quote units.
    """

    request: OrderRequest
    arrives: int
    filled: Decimal = ZERO
    fills: int = 0
    margin: Decimal = ZERO
    type: OrderType = field(init=False)
    level: float = field(init=False)
    falls_to: bool = field(init=False)

    def __post_init__(self) -> None:
        self._turn(self.request.type)
        if self.filled:
            self.release()

    @property
    def remaining(self) -> Decimal:
        return self.request.quantity - self.filled

    @property
    def buys(self) -> bool:
        return self.request.side is Side.BUY

    @property
    def is_patient(self) -> bool:
        """Whether it waits for a better price, and not for a worse one."""
        return self.type in _PATIENT

    def release(self) -> None:
        """The trigger is met: go on as the limit or market order that it released."""
        self._turn(OrderType.LIMIT if self.type in _LIMITS else OrderType.MARKET)

    def touch(self, prices: Prices) -> float | None:
        """The price at which this candle fills the order, or None; a stop-limit is released by it."""
        end = prices.ts + max(prices.step_ms, 1)
        if self.arrives >= end:
            return None
        if self.type is OrderType.MARKET:
            into = self.arrives - prices.ts
            return prices.open + (prices.close - prices.open) * into / prices.step_ms if into > 0 else None
        if self.is_patient and self.arrives > prices.ts:
            return None
        if self.falls_to:
            if prices.low > self.level:
                return None
            price = min(self.level, prices.open)
        else:
            if prices.high < self.level:
                return None
            price = max(self.level, prices.open)
        return self._limited(price, end) if self.type is OrderType.STOP_LIMIT else price

    def _limited(self, price: float, end: int) -> float | None:
        """A triggered stop-limit fills at once as a limit order if it can, or rests from the next candle."""
        self.release()
        self.arrives = end
        return price if (price <= self.level if self.buys else price >= self.level) else None

    def _turn(self, type_: OrderType) -> None:
        self.type = type_
        price = self.request.price if type_ is OrderType.LIMIT else self.request.trigger
        self.level = 0.0 if price is None else float(price)
        self.falls_to = self.buys == self.is_patient


@dataclass(slots=True)
class Prices:
    """One candle as plain numbers; `step_ms` is 0 for a tick, `room` what may still fill (None: no bound)."""

    ts: int
    step_ms: int
    open: float
    high: float
    low: float
    close: float
    room: Decimal | None


def upto_touch(candles: Candles, floor: float, ceiling: float) -> int:
    """How many of the candles pass, the last being the first that falls to the floor or rises to the ceiling;
    all of them when none does."""
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


class Passing:
    """Candles as plain numbers; the open and the rest of one candle share its volume."""

    def __init__(self, instruments: Mapping[str, Instrument], volume_share: float) -> None:
        self._instruments, self._share = instruments, Decimal(repr(volume_share))
        self._last: dict[str, Prices] = {}

    def candle(self, block: Candles, at: int) -> Prices:
        series, k = block.series, block.start + at
        ts = series.ts.item(k)
        last = self._last.get(block.instrument)
        if last is None or last.ts != ts:
            first, high = series.open.item(k), series.high.item(k)
            low, close = series.low.item(k), series.close.item(k)
            room = self.room(block.instrument, series.volume[k])
            last = self._last[block.instrument] = Prices(ts, series.step_ms, first, high, low, close, room)
        return last

    def room(self, instrument: str, volume: float) -> Decimal | None:
        """What may fill of our orders while so much is traded; None: all."""
        if not self._share:
            return None
        return lot_down(exact(volume) * self._share, self._instruments[instrument].lot)


class Charges:
    """What a fill costs: fees as fractions of its value, half the spread and the slippage in its price."""

    def __init__(self, config: VenueConfig) -> None:
        self.taker, self.liquidation = config.fee, config.liquidation_fee
        self._maker = config.fee if config.fee_maker is None else config.fee_maker
        self._slip = (config.spread_bps / 2 + config.slippage_bps) / 10_000

    def paid(self, order: Working, price: float, tick: Decimal | None) -> Decimal:
        """The price after half the spread and slippage, on the tick, never better than the market was."""
        if self._slip and order.type is not OrderType.LIMIT:
            price *= 1 + self._slip if order.buys else 1 - self._slip
        return tick_above(exact(price), tick) if order.buys else tick_below(exact(price), tick)

    def rate(self, order: Working, price: Decimal) -> Decimal:
        """A limit order that fills at its own price was there first; one that gets a better price took it."""
        is_maker = order.type is OrderType.LIMIT and price == order.request.price
        return self._maker if is_maker else self.taker
