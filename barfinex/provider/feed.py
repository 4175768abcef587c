"""Market data on its way in: the simulated venue sees it first, then everybody."""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.domain.candles import Candles
from barfinex.events.provider import CandlesClosed
from barfinex.provider.venues.sim import SimVenue


class HistoryMarket:
    """The market of a replay: the driver of virtual time says what happens when."""

    def __init__(self, venue: SimVenue, port: Port) -> None:
        self._venue, self._port = venue, port
        self._on_margin = venue.engine.margin.covers

    def awaits_open(self, instrument: str) -> bool:
        return self._venue.engine.awaits_open(instrument)

    def meets(self, block: Candles) -> bool:
        return self._venue.engine.meets(block)

    def quiet(self, candles: Candles) -> int:
        return self._venue.engine.quiet(candles)

    def open(self, candle: Candles) -> None:
        self._venue.open(candle)

    def sweep(self, block: Candles) -> None:
        self._venue.sweep(block)

    def close(self, block: Candles) -> None:
        """Publish a block whose last candle has closed."""
        if self._on_margin(block.instrument):
            self._venue.show(block)
        self._port.emit(CandlesClosed(candles=block), ts=block.last_ts)
