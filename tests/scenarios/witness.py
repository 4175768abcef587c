"""A tap that asserts the invariants after every event of a whole-system story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from barfinex.domain.order import Purpose
from barfinex.domain.trading import Level, Scope
from barfinex.events.base import Envelope, Event
from barfinex.events.catalog import CATALOG
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import (
    IntentApproved,
    ProtectionApproved,
    TradeClosed,
    TradingHalted,
    TradingResumed,
)
from barfinex.events.provider import (
    CandlesClosed,
    ExternalFillFound,
    FundingSettled,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
)
from tests.scenarios.shield import Shield


class Witness:
    """Folds the stream by itself, in its own words, and fails at the first event that breaks an invariant."""

    def __init__(self, cash: Decimal) -> None:
        self.cash = self.start_cash = cash
        self.held: dict[str, Decimal] = defaultdict(Decimal)
        self.spent: dict[str, Decimal] = defaultdict(Decimal)
        self.approved: dict[str, tuple[str, int]] = {}
        self.submitted: set[str] = set()
        self.working: dict[str, OrderSubmitted] = {}
        self.shield = Shield()
        self.open: dict[str, Decimal] = {}
        self.trades: dict[str, str] = {}
        self.halts: set[Scope] = set()
        self.seen = 0
        self.seq = 0
        self.closed: list[TradeClosed] = []
        self._hears: dict[type[Event], Callable[[Any, Envelope], None]] = {
            CandlesClosed: self._candles,
            SignalDetected: self._signal,
            IntentApproved: self._intent,
            ProtectionApproved: self._protection,
            OrderSubmitted: self._submit,
            OrderFilled: self._fill,
            OrderCancelled: self._end,
            OrderExpired: self._end,
            OrderRejected: self._end,
            TradingHalted: lambda event, _envelope: self.halts.add(event.scope),
            TradingResumed: lambda event, _envelope: self.halts.discard(event.scope),
            TradeClosed: self._close,
            FundingSettled: self._fund,
            ExternalFillFound: self._taken,
        }

    def tap(self, envelope: Envelope) -> None:
        event = envelope.event
        self.seen += 1
        assert CATALOG[event.wire_type] is type(event)
        assert event.publisher == envelope.source, "I6"
        if envelope.seq:
            assert envelope.seq == self.seq + 1, "I7: rows are numbered without a gap"
            assert envelope.causation < envelope.seq
            self.seq = envelope.seq
        hear = self._hears.get(type(event))
        if hear is not None:
            hear(event, envelope)
        self.shield.see(event, envelope.known_at, halted=bool(self.halts))

    def _candles(self, event: CandlesClosed, envelope: Envelope) -> None:
        assert event.candles.known_at <= envelope.known_at, "I17"

    def _signal(self, event: SignalDetected, envelope: Envelope) -> None:
        assert event.signal.candle_ts <= envelope.known_at, "I17"

    def _intent(self, event: IntentApproved, _envelope: Envelope) -> None:
        assert all(check.passed for check in event.checks), "I4"
        self._permit(event.approval.id, event.approval.order_hash, event.approval.expires_at)
        order = event.approval.order
        if order.purpose is Purpose.ENTRY:
            around = {
                Scope(),
                Scope(Level.INSTRUMENT, order.instrument),
                Scope(Level.STRATEGY, order.strategy),
            }
            assert not self.halts & around, "I13: no entry passes a halt"

    def _protection(self, event: ProtectionApproved, _envelope: Envelope) -> None:
        for approval in event.approvals:
            self._permit(approval.id, approval.order_hash, approval.expires_at)
            assert approval.order.reduce_only

    def _end(self, event: OrderCancelled, _envelope: Envelope) -> None:
        self.working.pop(event.order_id, None)

    def _permit(self, approval_id: str, order_hash: str, expires_at: int) -> None:
        assert approval_id not in self.approved, "I3: an approval is given once"
        self.approved[approval_id] = (order_hash, expires_at)

    def _submit(self, event: OrderSubmitted, envelope: Envelope) -> None:
        order_hash, expires_at = self.approved.pop(event.approval_id)  # I1, I3: known, and never again
        assert event.request.fingerprint() == order_hash, "I1: bound to the exact order"
        assert envelope.known_at <= expires_at, "I3: not after it expired"
        assert event.request.id not in self.submitted, "I15: one submission an order"
        self.submitted.add(event.request.id)
        self.working[event.request.id] = event

    def _fill(self, event: OrderFilled, envelope: Envelope) -> None:
        fill, order = event.fill, self.working[event.order_id].request
        for amount in (fill.quantity, fill.price):
            assert amount.is_finite()
            assert amount > 0
        assert fill.ts <= envelope.known_at
        change = fill.quantity * fill.side.sign
        self.held[fill.instrument] += change
        self.spent[fill.instrument] += change * fill.price + fill.fee
        self.cash -= change * fill.price + fill.fee
        assert self.start_cash - sum(self.spent.values()) == self.cash, "I16: cash is conserved"
        if order.purpose is Purpose.ENTRY:
            self.trades[order.trade_id] = fill.instrument
            self.open[order.trade_id] = self.open.get(order.trade_id, Decimal(0)) + fill.quantity
        else:
            self.open[order.trade_id] -= fill.quantity
            assert self.open[order.trade_id] >= 0, "an exit never sells more than the trade holds"
        if event.filled == event.quantity:
            self.working.pop(event.order_id)

    def _fund(self, event: FundingSettled, envelope: Envelope) -> None:
        assert event.at <= envelope.known_at
        assert event.quantity == self.held[event.instrument], "I16: funding is of what is held"
        self.cash += event.amount
        self.spent[event.instrument] -= event.amount

    def _taken(self, event: ExternalFillFound, _envelope: Envelope) -> None:
        """The venue closes all that is held of an instrument."""
        fill = event.fill
        change = fill.quantity * fill.side.sign
        self.held[fill.instrument] += change
        assert self.held[fill.instrument] == 0
        self.spent[fill.instrument] += change * fill.price + fill.fee
        self.cash -= change * fill.price + fill.fee
        for trade_id in [name for name, instrument in self.trades.items() if instrument == fill.instrument]:
            self.open[trade_id] = Decimal(0)

    def _close(self, event: TradeClosed, _envelope: Envelope) -> None:
        assert self.open.pop(event.trade.id) == 0, "I16: a closed trade is flat"
        self.trades.pop(event.trade.id, None)
        self.closed.append(event)

    def end(self) -> None:
        """When everything is flat, the closed trades explain every cent."""
        if not any(self.held.values()):
            earned = sum((one.trade.net_pnl for one in self.closed), Decimal(0))
            assert earned == self.cash - self.start_cash, "I16"
