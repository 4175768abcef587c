"""The simulated venue with faults: the same contract, the same file, another character.

What is true at the venue is in its store, whatever it says: tests ask the store. Time is the clock's: what is
to happen later happens at the first call or price at or after its moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as evolve
from decimal import Decimal

from msgspec.structs import replace

from barfinex.clock import Clock
from barfinex.domain.candles import Candles
from barfinex.domain.money import on_step
from barfinex.domain.order import Fill, Order, OrderRequest
from barfinex.domain.verdict import Approved
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Cancelled, Filled, Rejected, Report
from barfinex.provider.venues.faults.director import Struck
from barfinex.provider.venues.faults.happening import BendingVenue
from barfinex.provider.venues.faults.script import (
    AckLate,
    At,
    Fault,
    FillFirst,
    Refuse,
    Regrid,
    Reuse,
    Shape,
    Shut,
    Soon,
    Swallow,
)
from barfinex.provider.venues.faults.sending import Sending
from barfinex.provider.venues.matching import MatchingEngine

_NO_LOT = Decimal("0.1")


class FaultyVenue(BendingVenue):
    """A `SimVenue` to which the faults happen; with none armed it is one."""

    def __init__(
        self, engine: MatchingEngine, clock: Clock, store: VenueStore, faults: Sequence[Fault], seed: int
    ) -> None:
        super().__init__(engine, clock, store, faults, seed)
        self._hidden: dict[str, int] = {}

    def listen(self, heard: Callable[[Report], None]) -> None:
        self.stream.heard = heard

    def heal(self) -> None:
        """No more faults; what had begun to be late still comes."""
        self.director.heal()
        self.agenda.healed = True
        self.doors.open()
        self.stream.heal()
        self._hidden.clear()

    def wake(self) -> None:
        """Do what is due by the clock; every call and every price does."""
        for work in self.agenda.due(self._clock.now()):
            work()

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        requests = [permit.order for permit in approved]
        self.wake()
        now = self._clock.now()
        self.doors.check(At.SUBMIT, requests[0], now)
        sending = Sending.of(requests)
        for request in requests:
            for struck in self.director.strikes(At.SUBMIT, request, now, self._lived(request.id)):
                self._strike(struck, request, sending)
        if sending.arrives:
            self._arrive(sending, now)
        if sending.fails is not None:
            raise sending.fails.error()

    async def cancel(self, order_id: str) -> None:
        self.wake()
        request, now = self.request_of(order_id), self._clock.now()
        self.doors.check(At.CANCEL, request, now)
        fails: Shape | None = None
        silent = False
        for struck in self.director.strikes(At.CANCEL, request, now):
            self.note(struck, request)
            match struck.do:
                case Refuse(shape):
                    raise shape.error()
                case Swallow(shape):
                    fails, silent = shape, True
                case FillFirst(shape):
                    fails = shape
                    self._fill_now(order_id)
        self._answer(lambda: self._end(order_id, now), silent=silent)
        if fails is not None:
            raise fails.error()

    def open(self, candle: Candles) -> None:
        if self._pass(candle.instrument, candle.series.open.item(candle.start)):
            super().open(candle)

    def sweep(self, block: Candles) -> None:
        if self._pass(block.instrument, block.last_close):
            super().sweep(block)

    def tick(self, instrument: str, ts: int, price: float, quantity: float) -> None:
        if self._pass(instrument, price):
            super().tick(instrument, ts, price, quantity)

    async def order(self, order_id: str) -> Order | None:
        known = self.book.order(order_id)
        self._ask(self._lived(order_id), None if known is None else known.request)
        return None if self._is_hidden(order_id) else known

    async def open_orders(self) -> Sequence[Order]:
        self._ask("list")
        return [one for one in await super().open_orders() if not self._is_hidden(one.request.id)]

    async def conditional_orders(self) -> Sequence[Order]:
        self._ask("list")
        return [one for one in await super().conditional_orders() if not self._is_hidden(one.request.id)]

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        self._ask("fills")
        return [fill for fill in await super().fills(since) if not self._is_hidden(fill.order_id)]

    async def positions(self) -> Mapping[str, Decimal]:
        self._ask("positions")
        return await super().positions()

    async def balances(self) -> Mapping[str, Decimal]:
        self._ask("balances")
        return {**await super().balances(), **self.assets}

    def _ask(self, what: str, request: OrderRequest | None = None) -> None:
        """A question; raises VenueError when it is not answered."""
        self.wake()
        now = self._clock.now()
        self.doors.check(At.ASK, request, now)
        for struck in self.director.strikes(At.ASK, request, now, what):
            self.note(struck, request)
            if isinstance(struck.do, Refuse):
                raise struck.do.shape.error()

    def _lived(self, order_id: str) -> str:
        known = self.book.order(order_id)
        return "new" if known is None else "open" if known.state.is_open else "ended"

    def _is_hidden(self, order_id: str) -> bool:
        return self._clock.now() < self._hidden.get(order_id, 0)

    def _pass(self, instrument: str, price: float) -> bool:
        """A price goes by; whether it reaches the orders."""
        self._prices[instrument] = price
        self.wake()
        return self.doors.trades(instrument, self._clock.now())

    def _strike(self, struck: Struck, request: OrderRequest, sending: Sending) -> None:
        do = struck.do
        if isinstance(do, Reuse):
            other = replace(request, id=f"{request.id}~")
            sending.placed = [other if one.id == request.id else one for one in sending.placed]
        self.note(struck, request)
        match do:
            case Regrid(factor):
                self._regrid(request, factor)
            case Shut():
                self.shut(do)
                sending.fails, sending.arrives = do.shape, False
            case Soon():
                self._later(do, request)
            case _:
                sending.take(do, request, self.director.upto(do.ms_max) if isinstance(do, AckLate) else 0)

    def _arrive(self, sending: Sending, now: int) -> None:
        silent = sending.silent
        for request in sending.placed:
            if request.id in sending.delays:
                self.stream.delay(request.id, sending.delays[request.id])
            if silent is not None and silent.mute_ms != 0:
                self.stream.mute(request.id, silent.mute_ms)
            if silent is not None and silent.hide_ms:
                self._hidden[request.id] = now + silent.hide_ms
        reports = self.engine.submit(sending.placed, now)
        refused = [Rejected(one.id, now, str(shape.code), shape.message) for one, shape in sending.refused]
        submitted = [*sending.placed, *(one for one, _ in sending.refused)]
        self._answer(lambda: self._say([*reports, *refused], submitted), silent=silent is not None)

    def _answer(self, work: Callable[[], None], *, silent: bool) -> None:
        """What is said meanwhile answers a call; with `silent` the answer is lost."""
        self._answers, self._deaf = True, silent
        try:
            work()
        finally:
            self._answers = self._deaf = False

    def _end(self, order_id: str, now: int) -> None:
        """Cancel, also an order that fills slice by slice: the engine has let go of it."""
        if self._pending.pop(order_id, None):
            self.happen([Cancelled(order_id, now, "requested")])
        else:
            self._say(self.engine.cancel(order_id, now))

    def _fill_now(self, order_id: str) -> None:
        """The whole order fills at the last price, as a race would have it."""
        known = self.book.order(order_id)
        if known is None or not known.state.is_open:
            return
        request, rest = known.request, known.remaining
        ts, price = self.price_of(request.instrument)
        partners = [
            one for one in self.engine.cancel(order_id, ts) if one != Cancelled(order_id, ts, "requested")
        ]
        if request.oco is not None:
            self.engine.spend(request.oco)
        fee = rest * price * self.engine.charges.taker
        fill = Fill(f"{order_id}.race", order_id, request.instrument, request.side, rest, price, fee, ts)
        reports: list[Report] = [Filled(fill, request.quantity, request.quantity), *partners]
        self.happen(reports)

    def _regrid(self, request: OrderRequest, factor: int) -> None:
        """The next coarser step, by powers of `factor`, that the order is off."""
        rules = self.engine.instruments[request.instrument]
        lot = (rules.lot or _NO_LOT) * factor
        while on_step(request.quantity, lot) == request.quantity and lot <= request.quantity:
            lot *= factor
        self.engine.instruments[rules.symbol] = evolve(rules, lot=lot)
