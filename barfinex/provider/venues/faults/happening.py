"""What is true at a faulty venue: fills that turn out otherwise, and what the venue does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from barfinex.bus.port import Port
from barfinex.clock import Clock
from barfinex.domain.money import ZERO, exact, part_of
from barfinex.domain.order import OrderRequest
from barfinex.events.provider import FaultInjected
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Accepted, Capabilities, Filled, Report, order_of
from barfinex.provider.venues.faults.acting import act
from barfinex.provider.venues.faults.agenda import Agenda
from barfinex.provider.venues.faults.bending import absurd, fee_of, pieces, short
from barfinex.provider.venues.faults.director import Director, Struck
from barfinex.provider.venues.faults.doors import Doors
from barfinex.provider.venues.faults.script import (
    Absurd,
    At,
    Bend,
    Fault,
    FeeIn,
    FeeTimes,
    Pieces,
    Shape,
    Short,
    Shut,
    Soon,
)
from barfinex.provider.venues.faults.telling import Stream, kind_of
from barfinex.provider.venues.matching import MatchingEngine
from barfinex.provider.venues.sim import SimVenue


class BendingVenue(SimVenue):
    """Between the matching engine and the store. `assets` are what it holds for us beside cash."""

    def __init__(
        self, engine: MatchingEngine, clock: Clock, store: VenueStore, faults: Sequence[Fault], seed: int
    ) -> None:
        self._deposit = engine.cash
        super().__init__(engine, clock, store)
        self.capabilities = Capabilities(oco=engine.oco)  # Answers come late here, and may be wrong.
        self.book = store
        self.director, self.agenda, self.doors = Director(faults, seed), Agenda(), Doors()
        self.stream = Stream(self.director, self.agenda, clock, self.request_of, self._announce_report)
        self.assets: dict[str, Decimal] = {}
        self._prices: dict[str, float] = {}
        self._pending: dict[str, list[Filled]] = {}
        self._port: Port | None = None
        self._answers = self._deaf = False

    def announce(self, port: Port) -> None:
        """Record every fault that strikes from now on, as an event of the Provider."""
        self._port = port

    def request_of(self, order_id: str) -> OrderRequest | None:
        order = self.book.order(order_id)
        return None if order is None else order.request

    def price_of(self, instrument: str) -> tuple[int, Decimal]:
        """Now (ms UTC) and the last price seen, quote units. Raises KeyError before the first."""
        return self._clock.now(), exact(self._prices[instrument])

    def happen(
        self,
        reports: Sequence[Report],
        submitted: Sequence[OrderRequest] = (),
        *,
        told: bool = True,
        bent: bool = True,
    ) -> None:
        """Make it true, and let it be heard; unless it is `bent` the engine knows it already."""
        self.book.record(reports, submitted)
        if bent:
            self.settle()
        if told and not self._deaf:
            self.stream.utter(reports, answers=self._answers)

    def settle(self) -> None:
        """The engine holds what the store says."""
        self.engine.recount(self.book.fills(), self.book.fundings())

    def mute(self, order_id: str) -> None:
        self.stream.mute(order_id, None)

    def retell(self) -> None:
        self.stream.retell()

    def shut(self, how: Shut) -> None:
        spread = max(0, how.ms_max - how.ms) if how.ms is not None else 0
        ms = None if how.ms is None else how.ms + self.director.upto(spread)
        self.doors.shut(how, self._clock.now(), ms)

    def halt_symbol(self, instrument: str, ms: int | None, shape: Shape) -> None:
        until = None if ms is None else self._clock.now() + ms
        self.doors.halt(instrument, shape, until)

    def _say(self, reports: Sequence[Report], submitted: Sequence[OrderRequest] = ()) -> None:
        if reports:
            sent = {request.id: request for request in submitted}
            happened = [bent for report in reports for bent in self._bend(report, sent)]
            bent = happened != list(reports)
            self.happen(self._counted(happened) if bent else happened, submitted, bent=bent)

    def _counted(self, reports: list[Report]) -> list[Report]:
        """The running totals of what is really filled, for slices may have been cut again or put off; and no
        slice after the end of its order."""
        totals: dict[str, Decimal] = {}
        ended: set[str] = set()
        counted: list[Report] = []
        for report in reports:
            order_id = order_of(report)
            if order_id in ended:
                continue
            if isinstance(report, Filled):
                order = self.book.order(order_id)
                before = totals.get(order_id, ZERO if order is None else order.filled)
                totals[order_id] = before + report.fill.quantity
                counted.append(report._replace(filled=totals[order_id]))
                continue
            if not isinstance(report, Accepted):
                ended.add(order_id)
                self._pending.pop(order_id, None)
            counted.append(report)
        return counted

    def _bend(self, report: Report, sent: dict[str, OrderRequest]) -> list[Report]:
        """What becomes of one report, by what strikes before it is true."""
        order_id = order_of(report)
        request = sent.get(order_id) or self.request_of(order_id)
        bent: list[Report] = [report]
        for struck in self.director.strikes(At.HAPPEN, request, self._clock.now(), kind_of(report)):
            self.note(struck, request)
            if isinstance(struck.do, Soon) and request is not None:
                self._later(struck.do, request)
            elif isinstance(struck.do, Bend):
                bent = [one for each in bent for one in self._turn(struck.do, each)]
        return bent

    def _turn(self, how: Bend, report: Report) -> Sequence[Report]:
        if not isinstance(report, Filled):
            return [report]
        rules = self.engine.instruments[report.fill.instrument]
        match how:
            case Pieces(most, every_ms):
                made = pieces(report, 2 + self.director.upto(max(0, most - 2)), rules)
                return self._spread(made, every_ms) if every_ms else made
            case Short(share):
                return short(report, share, rules)
            case Absurd(factor):
                return [absurd(report, factor, rules)]
            case FeeIn(asset, per_quote):
                self.assets[asset] = self.assets.get(asset, ZERO) - report.fill.fee * per_quote
                return [fee_of(report, ZERO)]
            case FeeTimes(factor):
                return [fee_of(report, report.fill.fee * factor)]

    def _spread(self, made: list[Filled], every_ms: int) -> list[Filled]:
        """The first slice now; each of the others by the clock, unless the order is cancelled before."""
        first, *others = made
        order_id, now = first.fill.order_id, self._clock.now()
        self._pending.setdefault(order_id, []).extend(others)

        def next_slice() -> None:
            if waiting := self._pending.get(order_id):
                self.happen(self._counted([self._at_now(waiting.pop(0))]))

        for nth in range(1, len(others) + 1):
            self.agenda.add(now + nth * every_ms, next_slice)
        return [first]

    def _at_now(self, filled: Filled) -> Filled:
        """A slice at the price of its moment."""
        ts, price = self.price_of(filled.fill.instrument)
        fee = part_of(filled.fill.fee, price, filled.fill.price)
        return filled._replace(fill=replace(filled.fill, ts=ts, price=price, fee=fee))

    def _later(self, soon: Soon, request: OrderRequest) -> None:
        self.agenda.add(self._clock.now() + soon.ms, lambda: act(self, soon.act, request), evil=True)

    def note(self, struck: Struck, request: OrderRequest | None) -> None:
        """Record that a fault strikes; of one that goes on and on, the first time."""
        if self._port is not None and struck.told:
            injected = FaultInjected(
                instrument="" if request is None else request.instrument,
                order_id="" if request is None else request.id,
                fault=struck.fault.id,
                name=struck.fault.name,
                step=type(struck.do).__name__,
            )
            self._port.emit(injected)

    def _announce_report(self, struck: Struck, report: Report) -> None:
        self.note(struck, self.request_of(order_of(report)))
