"""The Inspector as a module: every intent gets its verdict here, every position its protection."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, get_args

from barfinex.bus.port import Port
from barfinex.config import GovernorConfig, InspectorConfig, SizingConfig
from barfinex.domain.calendar import DAY_MS
from barfinex.domain.candles import Candles
from barfinex.domain.ids import kin
from barfinex.domain.instrument import Instrument
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.money import ZERO
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.signal import SignalKind
from barfinex.domain.verdict import Breach, Check
from barfinex.events.advisor import IntentProposed
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import (
    CancelRequested,
    DayOpened,
    EquityMarked,
    FillUnexplained,
    IntentApproved,
    IntentRefused,
    PositionOpened,
    ProtectionApproved,
    TradeClosed,
)
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import (
    BookSampled,
    CandlesClosed,
    ExternalCashFound,
    ExternalFillFound,
    ExternalOrderEnded,
    ExternalOrderFound,
    ExternalPositionFound,
    FeedRecovered,
    FeedStalled,
    FundingSettled,
    MarketQualityScored,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
)
from barfinex.inspector.approvals import approve
from barfinex.inspector.book import RiskBook
from barfinex.inspector.closing import market_exits, unsold
from barfinex.inspector.governing import GOVERNED, RESTRICTIONS, Governing
from barfinex.inspector.governor import Governor
from barfinex.inspector.incidents import Incidents
from barfinex.inspector.ladder import Facilities
from barfinex.inspector.policies import EXIT_POLICIES, POLICIES, Policy, judge
from barfinex.inspector.proposal import Proposal, finite
from barfinex.inspector.protection import Protection
from barfinex.inspector.ratchet import Ratchet
from barfinex.inspector.recalls import Recalls
from barfinex.inspector.reminders import Reminders
from barfinex.inspector.sizing import size

_Order = OrderAccepted | OrderRejected | OrderFilled | OrderCancelled | OrderExpired
_ORDER = get_args(_Order)  # To `isinstance` a tuple is much faster than a union.


class InspectorModule:
    """`fold` takes in what it consumes and, after a restart, what it published itself (`restores`)."""

    name = "inspector"
    consumes: ClassVar[tuple[type[Event], ...]] = (
        CandlesClosed,
        BookSampled,
        MarketQualityScored,
        FeedStalled,
        FeedRecovered,
        IntentProposed,
        OrderAccepted,
        OrderRejected,
        OrderFilled,
        OrderCancelled,
        OrderExpired,
        OrderUnconfirmed,
        ExternalOrderFound,
        ExternalOrderEnded,
        ExternalFillFound,
        ExternalPositionFound,
        ExternalCashFound,
        FundingSettled,
        AlertFired,
        *GOVERNED,
    )
    restores: ClassVar[tuple[type[Event], ...]] = (
        IntentApproved,
        IntentRefused,
        ProtectionApproved,
        CancelRequested,
        PositionOpened,
        TradeClosed,
        EquityMarked,
        DayOpened,
        OrderSubmitted,
        *RESTRICTIONS,
    )

    def __init__(
        self,
        limits: InspectorConfig,
        sizing: SizingConfig,
        instruments: dict[str, Instrument],
        cash: Decimal,
        can: Facilities | None = None,
        policies: tuple[Policy, ...] = POLICIES,
        governor: GovernorConfig | None = None,
    ) -> None:
        can, governed = can or Facilities(), governor or GovernorConfig()
        lots = {symbol: instrument.lot for symbol, instrument in instruments.items()}
        self._sizing, self._instruments = sizing, instruments
        self._policies = policies
        self.book = RiskBook(cash, lots, oco=can.oco)
        self.book.account.futures = {name: one.linear for name, one in instruments.items() if one.linear}
        self.book.trading.configure({one.symbol: one.venue for one in instruments.values()}, governed)
        self.recalls = Recalls(self.book, Reminders(), by_itself=can.oco)
        self.governor = Governor(self.book, governed, self.recalls)
        self.ratchet = Ratchet(self.book, limits, governed)
        self.protection = Protection(
            self.book, self.governor, instruments, limits.approval_ttl_ms, self.recalls, can
        )
        self.incidents = Incidents(self.book, self.governor, governed.fill_collar)
        self.governing = Governing(self.book, self.governor, self.ratchet, self.protection)

    @property
    def _limits(self) -> InspectorConfig:
        return self.ratchet.limits()

    def fold(self, envelope: Envelope) -> None:
        self.book.fold(envelope.event, envelope.known_at)

    def quiet(self, candles: Candles) -> int:
        self.book.account.show(candles)
        return self.protection.quiet(candles)

    async def recover(self, port: Port) -> None:
        """Once per start, when the account is reconciled: whatever the last run left undone is done now."""
        self.governor.tend(port)
        self.protection.recover(port)
        self.incidents.recover(port)
        self.governing.close_all(port)

    async def handle(self, event: Event, port: Port) -> None:
        if isinstance(event, _ORDER):
            self._hear(event, port)
            return
        self.book.fold(event, port.now)
        match event:
            case CandlesClosed():
                self.protection.on_close(event.candles, port)
            case IntentProposed(intent=intent) if intent.kind is SignalKind.ENTRY:
                self.governor.watch(self._limits, port)
                self._judge_entry(intent, port)
            case IntentProposed(intent=intent):
                self._judge_exit(intent, port)
            case AlertFired(name=name):
                self.protection.alarm(name, port)
                self.governor.ring(name, port)
                self.incidents.ring(name, port)
            case ExternalFillFound():
                self._look_after(event.instrument, port)
                self.incidents.foreign(event, port)
            case FundingSettled():
                self.governor.watch(self._limits, port)
            case _:
                self.governing.handle(event, port)

    def _look_after(self, instrument: str, port: Port) -> None:
        """Somebody else has traded here: it may have closed what is ours."""
        for position in [one for one in self.book.positions.values() if one.instrument == instrument]:
            self.protection.tend(position, port)

    def _hear(self, event: _Order, port: Port) -> None:
        """What the venue says of an order: take it in, then bring its position to where it should be."""
        known = self.book.position_of(event.order_id)
        self.book.fold(event, port.now)
        if known is None and isinstance(event, OrderFilled):
            known = self.book.late(event.order_id)
            if known is None:
                self._wonder(event, port)
        if known is None:
            self.protection.ended(event.order_id, port)
            return
        order, position = known
        if isinstance(event, OrderRejected):
            self.incidents.rejected(event, order.request, port)
        if isinstance(event, OrderAccepted):
            self.protection.accepted(position, event.order_id, port)
            return
        self.protection.tend(position, port)
        self.protection.ended(event.order_id, port)
        self.governing.follow(position, port)
        if isinstance(event, OrderFilled):
            self.incidents.filled(event, port)
            self.governor.watch(self._limits, port)

    def _wonder(self, event: OrderFilled, port: Port) -> None:
        """A fill that nothing here explains is told each time, and halts."""
        fill = event.fill
        unexplained = FillUnexplained(instrument=fill.instrument, order_id=fill.order_id, fill_id=fill.id)
        self.book.record(unexplained, port)
        self.governor.stop(f"fill {fill.id} belongs to no open position", port)

    def _judge_entry(self, intent: ExecutionIntent, port: Port) -> None:
        """Size, check, reserve: without an await between, so no two intents can pass on the same room."""
        book, now, symbol = self.book, port.now, intent.instrument
        self._begin_day(now, port)
        instrument, price = self._instruments.get(symbol), finite(intent.price)
        lot = None if instrument is None else instrument.lot
        most = self._limits.position_notional_max
        equity = book.account.equity
        quantity = size(self._sizing, intent.bracket, price, equity, lot, most, intent.size)
        proposal = Proposal(intent, instrument, quantity, price, book.account.marks.at(symbol, now), now)
        checks, breaches = judge(self._policies, proposal, book, self._limits)
        if breaches:
            self._refuse(proposal, checks, breaches, port)
            return
        order = OrderRequest(
            id=f"{kin('ord', intent.id)}-e",
            instrument=symbol,
            side=Side.opening(intent.direction),
            type=OrderType.MARKET,
            quantity=quantity,
            purpose=Purpose.ENTRY,
            trade_id=intent.trade_id,
            strategy=intent.strategy,
            intent_id=intent.id,
        )
        self._approve(order, checks, port)

    def _begin_day(self, now: int, port: Port) -> None:
        """What a day began with is written down: old candles are not kept, so nobody could tell later."""
        account, day = self.book.account, now // DAY_MS
        equity = account.equity if account.evening is None else account.evening
        if day > account.counters.day and equity is not None:
            self.book.record(DayOpened(day=day * DAY_MS, equity=equity), port)

    def _judge_exit(self, intent: ExecutionIntent, port: Port) -> None:
        """Neither limits nor a halt keep a position from being left."""
        position = self.book.positions.get(intent.trade_id)
        rest = ZERO if position is None else position.left - self.book.exiting(position)
        quantity = rest if position is None else unsold(position, rest)
        proposal = Proposal(intent, None, quantity, None, None, port.now)
        checks, breaches = judge(EXIT_POLICIES, proposal, self.book, self._limits)
        if breaches or position is None:
            self._refuse(proposal, checks, breaches, port)
            return
        reason = intent.reason or Purpose.EXIT.value
        first, *others = market_exits(position, rest, reason, intent.id)
        self._approve(first, checks, port)
        if others:
            self.protection.approve(position, reason, tuple(others), port)
        self.protection.tend(position, port)

    def _approve(self, order: OrderRequest, checks: tuple[Check, ...], port: Port) -> None:
        approval = approve(order, port.now, self._limits.approval_ttl_ms)
        approved = IntentApproved(
            instrument=order.instrument, intent_id=order.intent_id, checks=checks, approval=approval
        )
        self.book.record(approved, port)

    def _refuse(
        self, proposal: Proposal, checks: tuple[Check, ...], breaches: tuple[Breach, ...], port: Port
    ) -> None:
        intent = proposal.intent
        refused = IntentRefused(
            instrument=intent.instrument,
            intent_id=intent.id,
            signal_id=intent.signal_id,
            strategy=intent.strategy,
            quantity=proposal.quantity,
            checks=checks,
            breaches=breaches,
        )
        self.book.record(refused, port)
