"""The simulated venue: the matching engine, and what it remembers when the process dies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from barfinex.clock import Clock
from barfinex.domain.candles import Candles
from barfinex.domain.order import Fill, Order, OrderRequest
from barfinex.domain.verdict import Approved
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Capabilities, Funded, OutcomeUnknown, Report, is_conditional
from barfinex.provider.venues.matching import SPENT_MAX, MatchingEngine

FORGETFUL = "this venue keeps no record that could be asked"


class SimVenue:
    """Answers at once. With a store it is an exchange of its own: what it says is on disk before.

    Without one it knows what is open and held, and raises OutcomeUnknown when asked about the past.
    """

    def __init__(self, engine: MatchingEngine, clock: Clock, store: VenueStore | None = None) -> None:
        self.capabilities = Capabilities(oco=engine.oco, recv_window_ms=0, engine_timeout_ms=0)
        self.engine, self._clock, self._store = engine, clock, store
        self._heard: Callable[[Report], None] = lambda _: None
        if store is not None:
            for working in store.working():
                engine.place(working.request, clock.now(), working.filled, store.fills_of(working.request.id))
            for group in store.spent(SPENT_MAX):
                engine.spend(group)
            engine.recount(store.fills(), store.fundings())

    def listen(self, heard: Callable[[Report], None]) -> None:
        self._heard = heard

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        requests = [permit.order for permit in approved]
        self._say(self.engine.submit(requests, self._clock.now()), requests)

    async def cancel(self, order_id: str) -> None:
        self._say(self.engine.cancel(order_id, self._clock.now()))

    def open(self, candle: Candles) -> None:
        """The first price of a candle reaches the venue."""
        self._say(self.engine.open(candle))

    def sweep(self, block: Candles) -> None:
        """The candles of a block pass at the venue."""
        self._say(self.engine.sweep(block))

    def tick(self, instrument: str, ts: int, price: float, quantity: float) -> None:
        """A public trade happens at the venue."""
        self._say(self.engine.tick(instrument, ts, price, quantity))

    def show(self, block: Candles) -> None:
        """These candles have closed: what margin and funding are reckoned by."""
        self.engine.margin.see(block.instrument, block.known_at, block.last_close, block.series.step_ms)

    def fund(self, instrument: str, at: int, rate: Decimal) -> None:
        """Funding is settled for what is held."""
        self._say(self.engine.fund(instrument, at, rate))

    def fundings(self) -> Sequence[Funded]:
        """All that was ever settled, oldest first, where that is kept."""
        return [] if self._store is None else self._store.fundings()

    async def order(self, order_id: str) -> Order | None:
        if self._store is not None:
            return self._store.order(order_id)
        for order in self.engine.working():
            if order.request.id == order_id:
                return order
        raise OutcomeUnknown(FORGETFUL)

    async def open_orders(self) -> Sequence[Order]:
        return [order for order in self._working() if not is_conditional(order.request)]

    async def conditional_orders(self) -> Sequence[Order]:
        return [order for order in self._working() if is_conditional(order.request)]

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        if self._store is None:
            raise OutcomeUnknown(FORGETFUL)
        return self._store.fills(since)

    async def positions(self) -> Mapping[str, Decimal]:
        return {instrument: quantity for instrument, quantity in self.engine.held().items() if quantity}

    async def balances(self) -> Mapping[str, Decimal]:
        return {"cash": self.engine.cash + self.engine.margin.costs()}

    def _working(self) -> Sequence[Order]:
        return self._store.working() if self._store is not None else self.engine.working()

    def _say(self, reports: Sequence[Report], submitted: Sequence[OrderRequest] = ()) -> None:
        if self._store is not None and reports:
            self._store.record(reports, submitted)
        for report in reports:
            self._heard(report)
