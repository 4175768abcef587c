"""RiskBook: all that the Inspector knows, folded from events and from nothing else.

The Inspector's own events are folded like those of others, when it publishes them. So a new book that is
shown the journal knows what the lost one knew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from barfinex.bus.port import Port
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.money import ZERO, exact
from barfinex.domain.order import OrderRequest, Purpose
from barfinex.domain.position import Portfolio
from barfinex.domain.signal import SignalKind
from barfinex.domain.trading import Latch, Scope
from barfinex.events.advisor import IntentProposed
from barfinex.events.base import Event
from barfinex.events.inspector import (
    CancelRequested,
    DayOpened,
    EquityMarked,
    IntentApproved,
    IntentRefused,
    PositionOpened,
    ProtectionApproved,
    TradeClosed,
    TradingResumed,
)
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import (
    CandlesClosed,
    FundingSettled,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
)
from barfinex.inspector.account import Account
from barfinex.inspector.aims import missed
from barfinex.inspector.books import Books
from barfinex.inspector.counters import RUNAWAY
from barfinex.inspector.ended import Ended
from barfinex.inspector.external import NOBODY, External
from barfinex.inspector.funding import share_out
from barfinex.inspector.judged import Judged
from barfinex.inspector.ladder import NO_STOP_HELPS
from barfinex.inspector.managed import STOPS_LOST_MAX, InFlight, ManagedPosition, watch
from barfinex.inspector.switches import Switches


class RiskBook:
    """The account, the orders under way, the positions managed, and whether trading is allowed.

    Args:
        cash: at the start, in quote units.
        lots: the least quantity of each instrument; None or left out: any quantity.
        oco: whether the venue itself cancels the other orders of a group.
    """

    def __init__(
        self, cash: Decimal, lots: Mapping[str, Decimal | None] | None = None, *, oco: bool = True
    ) -> None:
        self._lots, self.oco = lots or {}, oco
        self.account = Account(cash)
        self.books = Books()
        self.pending: dict[str, ExecutionIntent] = {}
        self.judged = Judged()
        self.orders: dict[str, InFlight] = {}
        self.opening: dict[str, InFlight] = {}
        self.positions: dict[str, ManagedPosition] = {}
        self.ended = Ended()
        self.trading = Switches(missed=self._missed)
        self.bare_ms_worst = 0
        self._folds: dict[type[Event], Callable[[Any, int], object]] = {
            CandlesClosed: self._show,
            DayOpened: lambda event, _now: self.account.counters.begin(event.day, event.equity),
            IntentProposed: self._proposed,
            IntentApproved: self._approved,
            IntentRefused: self._refused,
            OrderSubmitted: self._submitted,
            OrderUnconfirmed: self._unconfirmed,
            OrderAccepted: self._accepted,
            OrderFilled: self._filled,
            FundingSettled: lambda event, now: share_out(event, self.account, self.positions.values(), now),
            OrderRejected: self._rejected,
            OrderCancelled: self._cancelled,
            OrderExpired: lambda event, now: self._end(event.order_id, now),
            RunStarted: self._started,
            PositionOpened: self._opened,
            ProtectionApproved: self._covered,
            CancelRequested: self._recalled,
            TradeClosed: self._closed,
            EquityMarked: lambda event, _now: self.account.believe(event.peak),
            TradingResumed: self._resumed,
            **self.books.folds(),
            **self.trading.folds(),
            **External(self.account, self.opening, self.positions).folds,
        }

    @property
    def halt(self) -> Latch | None:
        """Why the whole account is halted, if it is."""
        return self.trading.halt()

    @property
    def portfolio(self) -> Portfolio:
        return self.account.portfolio

    def fold(self, event: Event, now: int) -> None:
        """Take an event in; `now` is when it could be known, ms UTC."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event, now)

    def record(self, event: Event, port: Port) -> None:
        """Publish an event of our own and take it in."""
        self.fold(event, port.emit(event).known_at)

    def position_of(self, order_id: str) -> tuple[InFlight, ManagedPosition] | None:
        """The open order of this id and the open position it belongs to."""
        order = self.orders.get(order_id)
        position = None if order is None else self.positions.get(order.request.trade_id)
        return None if order is None or position is None else (order, position)

    def late(self, order_id: str) -> tuple[InFlight, ManagedPosition] | None:
        """An order that has ended, and the position that a late fill of it belongs to."""
        return self.ended.of(order_id, self.positions)

    def entries(self) -> list[InFlight]:
        """Entries of ours that are approved and may still fill, UNKNOWN ones included: the reservations."""
        return [order for order in self.opening.values() if order.request.strategy != NOBODY]

    def _missed(self, scope: Scope) -> str:
        return missed(scope, self.trading, self.entries(), self.positions.values())

    def exiting(self, position: ManagedPosition) -> Decimal:
        """How much of the position is already being sold at market, base units."""
        return sum((self.orders[order_id].remaining for order_id in position.exits), ZERO)

    def _proposed(self, event: IntentProposed, now: int) -> None:
        self.pending[event.intent.id] = event.intent
        self.account.value(now)

    def _settle(self, intent_id: str) -> ExecutionIntent:
        intent = self.pending.pop(intent_id)
        self.judged.add(intent.signal_id)
        return intent

    def _refused(self, event: IntentRefused, _now: int) -> None:
        """A runaway strategy is locked by the refusal itself, so a new book knows of it."""
        intent = self._settle(event.intent_id)
        if any(breach.code == RUNAWAY for breach in event.breaches):
            self.account.counters.run_away(intent)

    def _approved(self, event: IntentApproved, now: int) -> None:
        order = event.approval.order
        intent = self._settle(event.intent_id)
        price = exact(intent.price) if order.purpose.opens else ZERO
        self._reserve(order, price)
        if order.purpose.opens:
            self.trading.entered(order.strategy, order.instrument, now)
        if intent.kind is SignalKind.EXIT:
            self.positions[order.trade_id].leave(order)
            return
        self.account.counters.approve(order, price, now)
        self.positions[order.trade_id] = ManagedPosition.begun_by(intent, order.id, self.oco)

    def _reserve(self, request: OrderRequest, price: Decimal) -> None:
        order = self.orders[request.id] = InFlight(request, price)
        if request.purpose.opens:
            self.opening[request.id] = order

    def _submitted(self, event: OrderSubmitted, _now: int) -> None:
        if event.request.id in self.orders:
            self.orders[event.request.id].sent = True

    def _unconfirmed(self, event: OrderUnconfirmed, _now: int) -> None:
        if event.order_id in self.orders:
            self.orders[event.order_id].unknown = True

    def _show(self, event: CandlesClosed, _now: int) -> None:
        candles = event.candles
        self.account.show(candles)
        if candles.series.step_ms == self.account.steps[candles.instrument]:
            watch(self.positions.values(), candles)

    def _accepted(self, event: OrderAccepted, now: int) -> None:
        order = self.orders.get(event.order_id)
        if order is None:
            return
        order.accepted, order.unknown = True, False
        position = self.positions.get(order.request.trade_id)
        if position is not None:
            position.accept(event.order_id, now)

    def _filled(self, event: OrderFilled, now: int) -> None:
        fill = event.fill
        if not self.account.fill(fill, now):
            return  # Told again.
        late = None if fill.order_id in self.orders else self.late(fill.order_id)
        order = late[0] if late else self.orders.get(fill.order_id)
        if order is None:
            return
        if not order.filled and order.request.purpose.opens:
            self.account.counters.open(fill.ts)
        order.filled += fill.quantity  # The venue's running total may count a fill that is yet to be heard.
        order.unknown = False
        if late:
            self.positions[late[1].id] = late[1]
        position = self.positions.get(order.request.trade_id)
        if position is not None:
            position.fill(fill, order.request, now, self._lots.get(fill.instrument))
            position.gauge(now)
        if order.remaining <= 0:
            self._end(fill.order_id, now)

    def _rejected(self, event: OrderRejected, now: int) -> None:
        known = self.position_of(event.order_id)
        balked = known[1].balked if known else 0
        self._end(event.order_id, now)
        if known and known[0].request.purpose is Purpose.EXIT:
            known[1].balked = balked + 1  # A venue that refuses is not asked for ever.
        if known and known[0].request.purpose is Purpose.STOP and event.code in NO_STOP_HELPS:
            known[1].lost = max(known[1].lost, STOPS_LOST_MAX + 1)

    def _cancelled(self, event: OrderCancelled, now: int) -> None:
        """A venue cancels the stop of a pair whose target it has triggered: then the target covers."""
        known = self.position_of(event.order_id) if self.oco else None
        guard = known and known[1].guard_of(event.order_id)
        is_last = guard and guard.leg == guard.stop == event.order_id and not guard.coming and not guard.exit
        if guard and is_last and guard.target in self.orders:
            guard.hand_over(now)
        self._end(event.order_id, now)

    def _end(self, order_id: str, now: int) -> None:
        order = self.orders.pop(order_id, None)
        self.opening.pop(order_id, None)
        self.trading.end(order_id)
        position = None if order is None else self.positions.get(order.request.trade_id)
        if order is None or position is None:
            return
        position.release(order, now)
        position.gauge(now)
        self.ended.add(order, position)
        if order_id == position.entry and not position.quantity:
            del self.positions[position.id]

    def _started(self, event: RunStarted, now: int) -> None:
        """A new run: what the last one had not judged or not sent never will be, nor may what it wanted to
        take back have reached the venue; and the time to protect what is bare begins anew."""
        self.trading.start(event, now)
        self.pending.clear()
        for order in self.orders.values():
            order.recalled = False
        for position in self.positions.values():
            position.recalled = False
            position.bare_known = position.bare_known and now
        for order_id in [order_id for order_id, order in self.orders.items() if not order.sent]:
            self._end(order_id, now)

    def _opened(self, event: PositionOpened, _now: int) -> None:
        self.positions[event.trade_id].announced = True

    def _covered(self, event: ProtectionApproved, _now: int) -> None:
        position = self.positions[event.trade_id]
        for approval in event.approvals:
            self._reserve(approval.order, ZERO)
            position.cover(approval.order)

    def _recalled(self, event: CancelRequested, _now: int) -> None:
        order = self.orders.get(event.order_id)
        if order is None:
            return
        order.recalled = True
        position = self.positions.get(order.request.trade_id)
        if position and position.entry == event.order_id:
            position.recalled = True

    def _closed(self, event: TradeClosed, _now: int) -> None:
        del self.positions[event.trade.id]
        self.bare_ms_worst = max(self.bare_ms_worst, event.unprotected_ms_worst)
        self.account.close(event.trade)

    def _resumed(self, event: TradingResumed, _now: int) -> None:
        self.trading.resume(event)
        if event.cause is None:
            covers = partial(self.trading.reaches, event.scope)
            self.account.resume(covers, is_whole=event.scope == Scope())
