"""The embedded market as it happens: ticks reach the simulated venue, become candles, and are published."""

from __future__ import annotations

import anyio

from barfinex.bus.port import Port
from barfinex.clock import Clock
from barfinex.domain.candles import Series
from barfinex.events.provider import BookChanged, BookSampled, CandlesClosed, TradePrinted
from barfinex.provider.candles import CandleBuilder
from barfinex.provider.flow import FlowMeter
from barfinex.provider.venues.market import SimMarket
from barfinex.provider.venues.sim import SimVenue

PULSE_S = 0.05
SAMPLE_MS = 5_000  # Market time between two books on record: often enough to judge an entry by.


class SimFeed:
    """A service of the Provider: publishes `history` once, then the market until it is cancelled."""

    def __init__(
        self, market: SimMarket, venue: SimVenue, builder: CandleBuilder, clock: Clock, history: list[Series]
    ) -> None:
        self._market, self._venue, self._builder, self._clock = market, venue, builder, clock
        self._history = history
        self._sampled: dict[str, int] = {}
        self._flow = FlowMeter(builder.timeframe)

    async def __call__(self, port: Port) -> None:
        for series in self._history:
            block = series.block()
            port.emit(CandlesClosed(candles=block), ts=block.last_ts)
        while True:  # bound: the task's cancellation; each pulse handles the ticks of the time since the last
            self._pulse(port, self._clock.now())
            await anyio.sleep(PULSE_S)

    def _pulse(self, port: Port, now: int) -> None:
        changed: dict[str, None] = {}
        for tick in self._market.ticks(now):
            self._venue.tick(tick.instrument, tick.ts, tick.price, tick.quantity)
            self._builder.add(tick)
            self._flow.trade(tick)
            changed[tick.instrument] = None
            trade = TradePrinted(
                instrument=tick.instrument, price=tick.price, quantity=tick.quantity, side=tick.side
            )
            port.emit(trade, ts=tick.ts)
        for block in self._builder.close_until(now):
            port.emit(self._flow.measured(block.instrument, block.last_ts), ts=block.last_ts)
            port.emit(CandlesClosed(candles=block), ts=block.last_ts)
        for instrument in changed:
            bids, asks = self._market.book(instrument)
            self._flow.book(instrument, now, bids, asks)
            port.emit(BookChanged(instrument=instrument, bids=tuple(bids), asks=tuple(asks)))
            if now - self._sampled.get(instrument, -SAMPLE_MS) >= SAMPLE_MS:
                self._sampled[instrument] = now
                port.emit(BookSampled(instrument=instrument, bids=tuple(bids), asks=tuple(asks)))
