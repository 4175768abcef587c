"""Where a run in real time has its prices from and sends its orders to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from barfinex.bus.port import Port
from barfinex.clock import SystemClock
from barfinex.config import Config
from barfinex.domain.candles import Candles
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.order import OrderRequest
from barfinex.provider.candles import CandleBuilder
from barfinex.provider.module import Service
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Venue
from barfinex.provider.venues.faults.script import Fault
from barfinex.provider.venues.faults.venue import FaultyVenue
from barfinex.provider.venues.market import SimMarket
from barfinex.provider.venues.sim import SimVenue
from barfinex.provider.venues.simfeed import SimFeed
from barfinex.runtime.kernel import Composition
from barfinex.runtime.places import Places


class Start(NamedTuple):
    """What a side is told when trading begins. `last`: the newest candles of each instrument in the journal,
    whose last number is `seq`; `doubt()` asks for the account to be compared; `orders` are open."""

    last: Mapping[str, Candles]
    seq: int
    doubt: Callable[[], None]
    orders: Sequence[OrderRequest] = ()


class Side(Protocol):
    """`config` as it holds on this side, `speed` market seconds a second; its time begins with `begins`, ms
    UTC, or, when that is 0, now."""

    @property
    def config(self) -> Config: ...

    @property
    def speed(self) -> float: ...

    @property
    def begins(self) -> int: ...

    def venue(self, composition: Composition, clock: SystemClock, /) -> Venue:
        """Where orders go; asked for once."""
        ...

    def begin(self, port: Port, /) -> None:
        """The Provider is at the bus."""
        ...

    def services(self, start: Start, /) -> Sequence[Service]:
        """What runs once the account is reconciled."""
        ...

    def close(self) -> None: ...


class EmbeddedSide:
    """The seeded market and the simulated exchange with its file; `faults`: what that does wrong.

    Raises:
        BadInput: something is open at the venue that is not configured.
    """

    begins = 0

    def __init__(self, config: Config, places: Places, faults: Sequence[Fault] = ()) -> None:
        self.config, self.speed, self._faults = config, config.market.speed, faults
        self._store = VenueStore(places.venue)
        self._symbols = [instrument.symbol for instrument in config.instruments]
        _refuse_orphans(self._store, self._symbols, str(places.venue))

    def venue(self, composition: Composition, clock: SystemClock) -> Venue:
        self._clock = clock
        self._venue: SimVenue = composition.venue(clock, self._store, self._faults)
        return self._venue

    def begin(self, port: Port) -> None:
        if isinstance(self._venue, FaultyVenue):
            self._venue.announce(port)

    def services(self, start: Start) -> Sequence[Service]:
        """A market that goes on from the last known prices; a first run is given history to warm up on."""
        config = self.config.market
        step = timeframe_ms(config.timeframe)
        begins = self._clock.now() // step * step
        closes = {name: block.last_close for name, block in start.last.items()}
        known = closes if closes.keys() >= set(self._symbols) else None
        steps = {instrument.symbol: instrument.tick for instrument in self.config.instruments}
        market = SimMarket(self._symbols, config, self.config.run.seed + start.seq, begins, known, steps)
        fresh = self._symbols if config.warmup and not known else []
        history = [market.history(symbol, config.warmup) for symbol in fresh]
        return [SimFeed(market, self._venue, CandleBuilder(config.timeframe), self._clock, history)]

    def close(self) -> None:
        self._store.close()


def _refuse_orphans(store: VenueStore, symbols: Sequence[str], venue: str) -> None:
    """What is open at the venue needs prices: an instrument cannot be left out before it is flat."""
    working = {order.request.instrument for order in store.working()}
    held = {symbol for symbol, quantity in store.positions().items() if quantity}
    orphans = ", ".join(sorted((working | held) - set(symbols)))
    if orphans:
        remedy = "Configure it again until it is flat, or name a new journal."
        raise BadInput("instruments", f"lack {orphans}, which is still open in {venue}", remedy)
