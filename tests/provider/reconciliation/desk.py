"""A desk and the exchange it trades at: both know the same, until a test plants a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.structs import replace

from barfinex.clock import VirtualClock
from barfinex.domain.mismatch import MismatchKind
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState, OrderType, Purpose, Side
from barfinex.domain.verdict import Approved
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import AccountReconciled, MismatchFound, OrderSubmitted
from barfinex.provider.absence import AT_ONCE
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Rules
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.reconciliation.snapshot import Scope
from barfinex.provider.venues.base import Filled, OutcomeUnknown, is_conditional
from tests.factories import BTC, START, approved, fill, order_request
from tests.fakes import FakeJournal, FakePort, FakeVenue

T = TypeVar("T")
CASH = Decimal(100_000)
RULES = Rules(proof=AT_ONCE)
ENTRY = order_request("ord-1-e", quantity=Decimal(2))
STOP = order_request(
    "ord-1-s",
    side=Side.SELL,
    type=OrderType.STOP,
    purpose=Purpose.STOP,
    quantity=Decimal(2),
    trigger=Decimal(95),
    reduce_only=True,
    oco="oco-1",
)
LIMIT = order_request("ord-2-e", type=OrderType.LIMIT, price=Decimal(90), trade_id="trd-2")
THEIRS = order_request("manual-1", type=OrderType.LIMIT, price=Decimal(80), quantity=Decimal(3))


class Exchange(FakeVenue):
    """An account of its own. `deaf` names the questions that it answers with its `error`; `meanwhile` is what
    happens after each question, before its answer arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, Order] = {}
        self.made: list[Fill] = []
        self.held: dict[str, Decimal] = {}
        self.owned: dict[str, Decimal] = {"cash": CASH}
        self.deaf: set[str] = set()
        self.asked: list[str] = []
        self.error: Exception = OutcomeUnknown("timed out")
        self.meanwhile: Callable[[str], None] = lambda _: None

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        await super().submit(approved)
        for permit in approved:
            self.put(permit.order)

    def put(self, request: OrderRequest, state: OrderState = OrderState.ACCEPTED) -> None:
        self.orders[request.id] = Order(request, state)

    def become(self, order_id: str, **changes: Any) -> None:
        self.orders[order_id] = replace(self.orders[order_id], **changes)

    def trade(self, made: Fill, *, tell: bool = False) -> None:
        """A trade moves position and cash; one of a known order moves that too."""
        self.made.append(made)
        change = made.quantity * made.side.sign
        self.held[made.instrument] = self.held.get(made.instrument, ZERO) + change
        self.owned["cash"] -= change * made.price + made.fee
        order = self.orders.get(made.order_id)
        if order is not None:
            total = order.filled + made.quantity
            done = total == order.request.quantity
            state = OrderState.FILLED if done else OrderState.PARTIALLY_FILLED
            self.become(made.order_id, state=state, filled=total)
            if tell:
                self.say(Filled(made, total, order.request.quantity))

    def working(self) -> list[Order]:
        return [order for order in self.orders.values() if order.state.is_open]

    async def order(self, order_id: str) -> Order | None:
        return self._answer("orders", self.orders.get(order_id))

    async def open_orders(self) -> Sequence[Order]:
        found = [order for order in self.working() if not is_conditional(order.request)]
        return self._answer("open_orders", found)

    async def conditional_orders(self) -> Sequence[Order]:
        found = [order for order in self.working() if is_conditional(order.request)]
        return self._answer("conditional_orders", found)

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        return self._answer("fills", [each for each in self.made if each.ts >= since])

    async def positions(self) -> Mapping[str, Decimal]:
        return self._answer("positions", dict(self.held))

    async def balances(self) -> Mapping[str, Decimal]:
        return self._answer("balances", dict(self.owned))

    def _answer(self, query: str, answer: T) -> T:
        self.asked.append(query)
        if query in self.deaf:
            raise self.error
        self.meanwhile(query)
        return answer


class Desk:
    """A gateway, its ledger and its journal; `again()` is the same desk after a restart."""

    def __init__(self, exchange: Exchange, rules: Rules = RULES, rows: Sequence[Envelope] = ()) -> None:
        self.exchange, self.rules = exchange, rules
        self.journal, self.ledger = FakeJournal(), AccountLedger(CASH)
        self.clock = VirtualClock(START)
        self.port = FakePort(self.journal, self.clock)
        self.gateway = OrderGateway(exchange, self.journal, ledger=self.ledger)
        for row in rows:
            self.journal.rows.append(row)
            self.gateway.fold(row)
        self.gateway.start(self.port)
        self.reconciler = Reconciler(exchange, self.gateway, self.ledger, rules)

    def again(self, rows: Sequence[Envelope] | None = None) -> Desk:
        fresh = Desk(self.exchange, self.rules, self.journal.rows if rows is None else rows)
        fresh.clock.move(self.clock.now())
        return fresh

    async def send(self, *requests: OrderRequest) -> None:
        await self.gateway.send([approved(request) for request in requests], self.port)

    def submit_unheard(self, request: OrderRequest) -> None:
        """What the journal knows of an order when the process dies between its row and the answer."""
        event = OrderSubmitted(instrument=BTC, approval_id=f"apr-{request.id}", request=request)
        self.gateway.fold(self.port.emit(event))

    async def start(self) -> list[Event]:
        before = len(self.journal.rows)
        await self.reconciler.start(self.port)
        return self.journal.events()[before:]

    async def check(self, scope: Scope = Scope.ACCOUNT, after_ms: int = 0) -> list[Event]:
        self.clock.move(self.clock.now() + after_ms)
        before = len(self.journal.rows)
        await self.reconciler.check(scope, self.port)
        return self.journal.events()[before:]

    def state(self) -> tuple[Any, ...]:
        """All that is believed."""
        ledger = self.ledger
        orders = {name: (order.state, order.filled) for name, order in self.gateway.orders.items()}
        return orders, ledger.held(), ledger.owned(), ledger.external, set(ledger.told), set(ledger.fills)


async def desk(rules: Rules = RULES) -> Desk:
    """Two bought and covered by a stop, and a limit order that rests; the exchange agrees in everything."""
    made = Desk(Exchange(), rules)
    await made.send(ENTRY)
    made.exchange.trade(fill(id="f-1", quantity=Decimal(2), fee=Decimal("0.2")), tell=True)
    await made.send(STOP)
    await made.send(LIMIT)
    return made


def kinds(events: Sequence[Event]) -> list[MismatchKind]:
    return [event.kind for event in events if isinstance(event, MismatchFound)]


def facts(events: Sequence[Event]) -> list[str]:
    """The names of the repairs."""
    return [type(e).__name__ for e in events if not isinstance(e, MismatchFound | AccountReconciled)]
