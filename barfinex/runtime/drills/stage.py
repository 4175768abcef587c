"""A small world around the real Inspector, in lockstep: a clock, a told market, a venue that obeys."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import anyio
from msgspec.structs import replace

from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.port import Port
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.config import GovernorConfig, InspectorConfig, SizingConfig
from barfinex.domain.candles import series_of
from barfinex.domain.ids import kin
from barfinex.domain.instrument import Instrument
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.order import Fill, OrderRequest
from barfinex.domain.signal import Bracket, Direction, SignalKind
from barfinex.events.advisor import IntentProposed
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import CancelRequested, IntentApproved, IntentRefused, ProtectionApproved
from barfinex.events.provider import (
    BookSampled,
    CandlesClosed,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderSubmitted,
)
from barfinex.events.studio import HaltRequested
from barfinex.inspector.module import InspectorModule
from barfinex.inspector.policies import POLICIES, Policy
from barfinex.runtime.kernel import attach

BTC, ETH = "BTC-USDT", "ETH-USDT"
NOON, MINUTE = 1_700_000_040_000, 60_000  # 22:14 UTC on a Tuesday
CASH = Decimal(100_000)


class Hand:
    """In the Provider's place: every permitted order is at the venue at once, and fills when told."""

    name = "provider"
    consumes: ClassVar[tuple[type[Event], ...]] = (IntentApproved, ProtectionApproved, CancelRequested)

    def __init__(self) -> None:
        self.open: dict[str, OrderRequest] = {}

    def fold(self, _envelope: Envelope) -> None:
        """Nothing of a drill is restored."""

    async def handle(self, event: Event, port: Port) -> None:
        if isinstance(event, CancelRequested):
            self.end(event.order_id, port)
            return
        assert isinstance(event, IntentApproved | ProtectionApproved)
        given = (event.approval,) if isinstance(event, IntentApproved) else event.approvals
        for approval in given:
            order = approval.order
            self.open[order.id] = order
            sent = OrderSubmitted(instrument=order.instrument, approval_id=approval.id, request=order)
            port.emit(sent)
            port.emit(OrderAccepted(instrument=order.instrument, order_id=order.id))

    def end(self, order_id: str, port: Port) -> None:
        order = self.open.pop(order_id, None)
        if order is not None:
            port.emit(OrderCancelled(instrument=order.instrument, order_id=order_id, reason="requested"))


class Stage:
    """One Inspector under given limits; the policies are an argument, so that a drill can go without one."""

    def __init__(
        self,
        limits: InspectorConfig,
        instrument: Mapping[str, Any] | None = None,
        units: Decimal = Decimal(10),
        policies: tuple[Policy, ...] = POLICIES,
    ) -> None:
        self.clock, self.journal, self.hand = VirtualClock(NOON), HashJournal(keep=True), Hand()
        self._transport = LockstepTransport()
        self._bus = Bus(self._transport, self.journal, self.clock, "drill", arriving=True)
        known = {name: Instrument(name, **(instrument or {})) for name in (BTC, ETH)}
        sizing = SizingConfig(method="units", units=units)
        alone = GovernorConfig(reduce_at=Decimal(1))  # Each control is tried alone, up to its very limit.
        self.inspector = InspectorModule(limits, sizing, known, CASH, policies=policies, governor=alone)
        self._port = attach(self._bus, self._transport, (self.hand, self.inspector))["provider"]
        self._fills = 0

    def say(self, event: Event) -> list[Event]:
        """Publish, let everybody answer; all that was said meanwhile, in order."""
        before = len(self.journal.envelopes)
        self._bus.publish(event, event.publisher)
        anyio.run(self._transport.settle)
        return [envelope.event for envelope in self.journal.envelopes[before:]]

    def wait(self, ms: int) -> None:
        self.clock.move(self.clock.now() + ms)

    def price(self, price: float = 100.0, *instruments: str) -> None:
        """Seventy one-minute candles at one price have closed by now."""
        for instrument in instruments or (BTC, ETH):
            self.candles([price] * 70, instrument)

    def candles(self, closes: list[float], instrument: str = BTC) -> None:
        first = self.clock.now() - len(closes) * MINUTE
        rows = [[first + n * MINUTE, close, close, close, close, 1.0] for n, close in enumerate(closes)]
        self.say(CandlesClosed(candles=series_of(instrument, "1m", rows).block()))

    def book(self, bid: float, ask: float, quantity: float = 50.0) -> None:
        """The top of the first instrument's order book."""
        self.say(BookSampled(instrument=BTC, bids=((bid, quantity),), asks=((ask, quantity),)))

    def propose(self, wish: ExecutionIntent) -> IntentApproved | IntentRefused:
        """The Inspector's verdict."""
        proposed = IntentProposed(
            instrument=wish.instrument, decision_id=kin("dec", wish.id), authority="gate", intent=wish
        )
        return next(e for e in self.say(proposed) if isinstance(e, IntentApproved | IntentRefused))

    def fill(self, order_id: str, price: float) -> list[Event]:
        """All of an order executes; the others of its group are gone."""
        order, at = self.hand.open.pop(order_id), Decimal(str(price))
        self._fills += 1
        fill = Fill(
            f"f{self._fills}",
            order_id,
            order.instrument,
            order.side,
            order.quantity,
            at,
            Decimal(0),
            self.clock.now(),
        )
        filled = OrderFilled(
            instrument=order.instrument,
            order_id=order_id,
            fill=fill,
            filled=order.quantity,
            quantity=order.quantity,
        )
        said = self.say(filled)
        for other in [one.id for one in self.hand.open.values() if order.oco and one.oco == order.oco]:
            self.hand.end(other, self._port)
            anyio.run(self._transport.settle)
        return said

    def enter(self, name: str, **changes: Any) -> str:
        """A position is opened and protected; the id of its entry without the leg's letter."""
        wish = intent(name, **changes)
        verdict = self.propose(wish)
        assert isinstance(verdict, IntentApproved), "the stage could not be set"
        self.fill(f"{kin('ord', wish.id)}-e", wish.price)
        return kin("ord", wish.id)

    def trade(self, name: str, *, wins: bool) -> None:
        """A round trip that ends at its target, forty ahead, or at its stop, twenty behind."""
        order = self.enter(name)
        self.fill(f"{order}-{'t' if wins else 's'}", 104.0 if wins else 98.0)

    def leave(self, name: str) -> IntentApproved | IntentRefused:
        """The strategy wants out."""
        wish = replace(
            intent(name, kind=SignalKind.EXIT, bracket=None), id=f"int-{name}-out", signal_id="out"
        )
        return self.propose(wish)

    def halt(self) -> list[Event]:
        return self.say(HaltRequested(way="command", reason="drill"))


def intent(name: str, **changes: Any) -> ExecutionIntent:
    """A long entry at 100 with a stop of 2 % and a target of 4 %."""
    made = ExecutionIntent(
        id=f"int-{name}",
        signal_id=f"sig-{name}",
        trade_id=f"trd-{name}",
        strategy="drill",
        instrument=BTC,
        kind=SignalKind.ENTRY,
        direction=Direction.LONG,
        price=100.0,
        bracket=Bracket(0.02, 0.04),
        conviction=None,
        expires_at=NOON + 7 * 86_400_000,
    )
    return replace(made, **changes)
