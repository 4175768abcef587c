"""An Inspector fed by hand: after every event a new book, folded from the journal, must agree with it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.structs import replace

from barfinex.bus.port import Work
from barfinex.clock import VirtualClock
from barfinex.config import InspectorConfig, SizingConfig
from barfinex.domain.candles import Candles, series_of
from barfinex.domain.ids import kin
from barfinex.domain.instrument import Instrument
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.order import Fill, OrderRequest
from barfinex.domain.signal import Bracket, Direction, SignalKind
from barfinex.domain.verdict import Approved
from barfinex.events.advisor import IntentProposed
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import DayOpened, IntentApproved, ProtectionApproved
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import (
    CandlesClosed,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
)
from barfinex.inspector.book import RiskBook
from barfinex.inspector.ladder import Facilities
from barfinex.inspector.module import InspectorModule

E = TypeVar("E", bound=Event)
BTC, MINUTE, NOON = "BTC-USDT", 60_000, 1_700_000_040_000
D = Decimal


def intent(name: str = "1", **changes: Any) -> ExecutionIntent:
    """A long entry at 100 with a stop of 2 % and a target of 4 %."""
    made = ExecutionIntent(
        id=f"int-{name}",
        signal_id=f"sig-{name}",
        trade_id=f"trd-{name}",
        strategy="trend",
        instrument=BTC,
        kind=SignalKind.ENTRY,
        direction=Direction.LONG,
        price=100.0,
        bracket=Bracket(0.02, 0.04),
        conviction=None,
        expires_at=NOON + MINUTE,
    )
    return replace(made, **changes)


def leave(trade: str = "1", name: str = "9", reason: str = "cross") -> ExecutionIntent:
    """A strategy's wish to end a position."""
    made = intent(name, trade_id=f"trd-{trade}", kind=SignalKind.EXIT, bracket=None)
    return replace(made, reason=reason)


def candle(close: float, closes_at: int, instrument: str = BTC) -> Candles:
    """One-minute candles, everything at one price: equity looks at closes before the moment, and the breaker
    at what candles usually do."""
    starts = [closes_at - back * MINUTE for back in range(70, 0, -1)]
    return series_of(instrument, "1m", [[ts, *[close] * 4, 1.0] for ts in starts]).block()


def proposed(wish: ExecutionIntent) -> IntentProposed:
    return IntentProposed(
        instrument=wish.instrument, decision_id=kin("dec", wish.id), authority="gate", intent=wish
    )


def drive(work: Coroutine[Any, Any, None]) -> None:
    """Run a handler that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the Inspector waited between a check and its reservation")


def state(book: RiskBook, now: int) -> dict[str, Any]:
    """Everything a book knows at a moment, comparable."""
    account = {name: value for name, value in vars(book.account).items() if name not in ("marks", "tape")}
    account["mark"] = book.account.marks.at(BTC, now)
    account["tape"] = book.account.tape.closes(BTC, now, 70)
    return {**vars(book), "account": account, "books": vars(book.books), "_folds": None}


@dataclass
class Story:
    """The port, the journal and the venue of one Inspector.

    Its clock stands still unless a story moves it, so asking again within seconds is not held against it; and
    the opening of the day, which every first decision brings, is left out of what a step returns.
    """

    limits: InspectorConfig = field(default_factory=InspectorConfig)
    sizing: SizingConfig = field(default_factory=lambda: SizingConfig(method="units", units=D(10)))
    instrument: Instrument = field(default_factory=lambda: Instrument(BTC))
    also: tuple[Instrument, ...] = ()
    journal: list[Envelope] = field(default_factory=list)
    fills: int = 0
    can: Facilities = field(default_factory=Facilities)
    checks: bool = True

    def __post_init__(self) -> None:
        self.clock = VirtualClock(NOON)
        self.cause: Envelope | None = None
        self.module = self.fresh()
        self.sent: dict[str, Approved[OrderRequest]] = {}

    def fresh(self) -> InspectorModule:
        limits = self.limits.model_copy(update={"content_window_ms": 0})
        traded = {one.symbol: one for one in (self.instrument, *self.also)}
        return InspectorModule(limits, self.sizing, traded, D(100_000), self.can)

    @property
    def book(self) -> RiskBook:
        return self.module.book

    @property
    def now(self) -> int:
        return self.clock.now() if self.cause is None else self.cause.known_at

    def emit(
        self, event: Event, *, ts: int | None = None, cause: Envelope | None = None, took_us: int = 0
    ) -> Envelope:
        envelope = self._stamp(event)
        assert event.publisher == "inspector"
        if isinstance(event, IntentApproved):
            self.sent[event.approval.order.id] = event.approval
        if isinstance(event, ProtectionApproved):
            self.sent.update({approval.order.id: approval for approval in event.approvals})
        return envelope

    def _stamp(self, event: Event) -> Envelope:
        causation = 0 if self.cause is None else self.cause.seq
        now = self.clock.now()
        envelope = Envelope(len(self.journal) + 1, "run", event.publisher, now, now, 1, causation, event)
        self.journal.append(envelope)
        return envelope

    def spawn(self, work: Work) -> None:
        raise AssertionError("the Inspector starts no work of its own")

    def feed(self, event: Event) -> list[Event]:
        """Let the Inspector handle an event; what it published, in order."""
        return self.feed_late(event)

    def feed_late(self, *events: Event) -> list[Event]:
        """The same for events that were all published before the Inspector came to the first of them."""
        stamped = [self._stamp(event) for event in events]
        before = len(self.journal)
        for envelope in stamped:
            self.cause = envelope
            drive(self.module.handle(envelope.event, self))
        self.cause = None
        if self.checks:
            assert state(self.restored(self.journal).book, self.now) == state(self.book, self.now)
        said = [envelope.event for envelope in self.journal[before:]]
        return [event for event in said if not isinstance(event, DayOpened)]

    def restored(self, journal: list[Envelope]) -> InspectorModule:
        """A new instance that was shown a journal."""
        module = self.fresh()
        for envelope in journal:
            if isinstance(envelope.event, module.consumes + module.restores):
                module.fold(envelope)
        return module

    def after(self, ms: int) -> None:
        self.clock.move(self.clock.now() + ms)

    def ring(self, ms: int = 0) -> list[Event]:
        """Time passes, and the alerts that become due meanwhile fire, each at its time."""
        until, told = self.clock.now() + ms, []
        while (at := self.clock.next_alert()) is not None and at <= until:
            self.clock.move(max(at, self.clock.now()))
            for alert in self.clock.due(self.clock.now()):
                told += self.feed(AlertFired(name=alert.name, at=alert.at))
        self.clock.move(until)
        return told

    def price(self, close: float, instrument: str = BTC) -> list[Event]:
        """A candle closes now."""
        return self.feed(CandlesClosed(candles=candle(close, self.now, instrument)))

    def propose(self, wish: ExecutionIntent) -> list[Event]:
        return self.feed(proposed(wish))

    def submit(self, *order_ids: str) -> list[Event]:
        """The Provider sends orders and the venue accepts them."""
        for order_id in order_ids:
            permit = self.sent[order_id]
            sent = OrderSubmitted(instrument=BTC, approval_id=permit.id, request=permit.order)
            self.feed(sent)
        return [
            event
            for order_id in order_ids
            for event in self.feed(OrderAccepted(instrument=BTC, order_id=order_id))
        ]

    def fill(self, order_id: str, price: str, quantity: str | None = None, fee: str = "0") -> list[Event]:
        """A slice executes; without a quantity, all that remains."""
        order, known = self.sent[order_id].order, self.book.orders.get(order_id)
        filled = D(0) if known is None else known.filled
        amount = order.quantity - filled if quantity is None else D(quantity)
        return self.feed(self.slice(order_id, price, amount, filled + amount, fee))

    def slice(
        self, order_id: str, price: str, amount: Decimal | int, filled: Decimal | int, fee: str = "0"
    ) -> OrderFilled:
        """A fill as the Provider would publish it; `filled` is the order's running total."""
        order = self.sent[order_id].order
        self.fills += 1
        fill = Fill(f"f{self.fills}", order_id, BTC, order.side, D(amount), D(price), D(fee), self.now)
        return OrderFilled(
            instrument=BTC, order_id=order_id, fill=fill, filled=D(filled), quantity=order.quantity
        )

    def reject(self, order_id: str, code: str = "VENUE") -> list[Event]:
        return self.feed(OrderRejected(instrument=BTC, order_id=order_id, code=code, reason="no"))

    def cancel(self, order_id: str) -> list[Event]:
        return self.feed(OrderCancelled(instrument=BTC, order_id=order_id, reason="requested"))

    def expire(self, order_id: str) -> list[Event]:
        return self.feed(OrderExpired(instrument=BTC, order_id=order_id, reason="rule"))

    def enter(self, wish: ExecutionIntent | None = None, price: str = "100", fee: str = "0") -> list[Event]:
        """From a candle to a filled entry; what the fill led to."""
        wish = wish or intent()
        self.price(wish.price)
        self.propose(wish)
        order_id = f"{kin('ord', wish.id)}-e"
        self.submit(order_id)
        return self.fill(order_id, price, fee=fee)

    def hold(self, wish: ExecutionIntent | None = None) -> None:
        """Enter, and have the protection accepted."""
        wish = wish or intent()
        self.enter(wish)
        order = kin("ord", wish.id)
        self.submit(*[order_id for order_id in (f"{order}-s", f"{order}-t") if order_id in self.sent])


def only(events: list[Event], kind: type[E]) -> E:
    """The one event of this kind."""
    found = [event for event in events if isinstance(event, kind)]
    assert len(found) == 1, f"{len(found)} {kind.__name__} in {[type(event).__name__ for event in events]}"
    return found[0]


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]
