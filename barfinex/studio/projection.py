"""One fold from events to what is shown: the terminal, and whatever else shows a run, render this."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from msgspec.structs import replace

from barfinex.domain.candles import Candles
from barfinex.domain.money import ZERO, exact
from barfinex.domain.order import Order, OrderState, Side
from barfinex.domain.position import Portfolio
from barfinex.domain.trading import Level
from barfinex.events import advisor, inspector, kernel, provider
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.studio.figures import gain, price, words
from barfinex.studio.outside import Outside
from barfinex.studio.state import Decision, Halt, Holding, Mark, OrderLine, RunState, Tally
from barfinex.studio.tail import limit_words

CANDLES_KEPT = 400
DECISIONS_KEPT = 100
ORDERS_KEPT = 60
MARKS_KEPT = 400
EQUITY_KEPT = 400
Row = list[float]


class Projection:
    """Folds envelopes of a journal, from its beginning on, into the present state.

    It never refuses: a person must see a run even when something in it is odd. Every collection is bounded;
    the oldest entries go first.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.now = 0
        self.run_id = ""
        self.run = RunState()
        self.start_cash: Decimal | None = None
        self.portfolio: Portfolio | None = None
        self.prices: dict[str, float] = {}
        self.candles: dict[str, deque[Row]] = {}
        self.timeframes: dict[str, str] = {}
        self.marks: dict[str, deque[Mark]] = {}
        self.holdings: dict[str, Holding] = {}
        self.decisions: dict[str, Decision] = {}
        self.orders: dict[str, OrderLine] = {}
        self.tally = Tally()
        self.strategies: dict[str, Tally] = {}
        self.refusals: Counter[str] = Counter()
        self.outside = Outside()
        self.peak = ZERO
        self.drawdown = ZERO
        self.equities: deque[float] = deque(maxlen=EQUITY_KEPT)

    @classmethod
    def consumes(cls) -> tuple[type[Event], ...]:
        """The events that change anything here."""
        return tuple(cls._FOLDS)

    def apply(self, envelope: Envelope) -> None:
        """Take the next envelope in; one that was seen before changes nothing."""
        if envelope.seq:
            if envelope.seq <= self.seq:
                return
            self.seq = envelope.seq
        self.now, self.run_id = max(self.now, envelope.known_at), envelope.run_id
        fold = self._FOLDS.get(type(envelope.event))
        if fold is not None:
            fold(self, envelope.event)

    @property
    def equity(self) -> Decimal | None:
        """Cash and holdings at the last prices; None while the start or a price is unknown."""
        if self.portfolio is None:
            return None
        held = {p.instrument for p in self.portfolio.positions.values() if not p.is_flat}
        if held - self.prices.keys():
            return None
        return self.portfolio.equity({name: exact(self.prices[name]) for name in held})

    @property
    def exposure(self) -> float:
        """Sum of the absolute value of all holdings at the last prices, in quote units."""
        return sum(float(h.quantity) * self.mark_of(h) for h in self.holdings.values())

    def mark_of(self, holding: Holding) -> float:
        return self.prices.get(holding.instrument, float(holding.entry_price))

    def _run_started(self, event: kernel.RunStarted) -> None:
        limits = {name: str(value) for name, value in event.config.get("inspector", {}).items()}
        self.run = RunState(self.run_id, event.mode, self.now, halt=self.run.halt, limits=limits)
        if self.portfolio is None:
            cash = event.config.get("venue", {}).get("cash")
            if cash is not None:
                self.start_cash = self.peak = Decimal(str(cash))
                self.portfolio = Portfolio(self.start_cash)

    def _run_ended(self, event: kernel.RunEnded) -> None:
        self.run.ended = event.reason

    def _module(self, event: Any) -> None:
        self.run.modules[event.module] = _MODULE_STATES[type(event)]

    def _candles(self, event: provider.CandlesClosed) -> None:
        block = event.candles
        finest = self.timeframes.setdefault(block.instrument, block.timeframe)
        self.prices[block.instrument] = block.last_close
        if block.timeframe != finest:
            return
        rows = self.candles.setdefault(block.instrument, deque(maxlen=CANDLES_KEPT))
        first = max(block.start, block.stop - CANDLES_KEPT)
        rows.extend(
            row for row in Candles(block.series, first, block.stop).rows() if not rows or row[0] > rows[-1][0]
        )
        equity = self.equity
        if equity is not None:
            self.equities.append(float(equity))

    def _signal(self, event: SignalDetected) -> None:
        _remember(self.decisions, _hash(event.signal.id), Decision(event.signal, self.now), DECISIONS_KEPT)

    def _calibrated(self, event: advisor.ConvictionCalibrated) -> None:
        decision = self.decisions.get(_hash(event.decision_id))
        if decision is not None:
            decision.conviction = event.calibrated

    def _declined(self, event: advisor.SignalDeclined) -> None:
        self._settle(
            event.signal_id, "declined", f"{event.stage}, {limit_words(event.code, event.value, event.limit)}"
        )
        self.refusals[words(event.code)] += 1

    def _refused(self, event: inspector.IntentRefused) -> None:
        found = "; ".join(limit_words(b.code, b.value, b.limit) for b in event.breaches)
        self._settle(event.signal_id, "refused", found)
        self.refusals.update(words(breach.code) for breach in event.breaches)

    def _approved(self, event: inspector.IntentApproved) -> None:
        self._settle(event.intent_id, "approved", f"{len(event.checks)}/{len(event.checks)} policies")

    def _settle(self, key: str, outcome: str, reason: str) -> None:
        decision = self.decisions.get(_hash(key))
        if decision is not None:
            decision.outcome, decision.reason = outcome, reason

    def _submitted(self, event: provider.OrderSubmitted) -> None:
        order = OrderLine(Order(event.request), self.now)
        _remember(
            self.orders, event.request.id, order, ORDERS_KEPT, lambda each: not each.order.state.is_open
        )

    def _order_changed(self, event: Any) -> None:
        line = self.orders.get(event.order_id)
        if line is not None:
            # What the event says stands, even where the table of transitions would not lead there.
            line.order, line.changed_at = replace(line.order, state=_STATES[type(event)]), self.now

    def _filled(self, event: provider.OrderFilled) -> None:
        fill = event.fill
        if self.portfolio is not None:
            self.portfolio.apply(fill)
        self.prices.setdefault(event.instrument, float(fill.price))
        line = self.orders.get(event.order_id)
        opens = line is not None and line.order.request.purpose.opens
        mark = Mark(fill.ts, float(fill.price), fill.side is Side.BUY, opens)
        self.marks.setdefault(event.instrument, deque(maxlen=MARKS_KEPT)).append(mark)
        if line is None:
            return
        state = OrderState.FILLED if event.filled == event.quantity else OrderState.PARTIALLY_FILLED
        line.order = replace(line.order, state=state, filled=event.filled)
        line.price, line.changed_at = fill.price, self.now
        holding = self.holdings.get(line.order.request.trade_id)
        if holding is not None:
            _resize(holding, fill.quantity, fill.price, opens)

    def _found(self, event: Event) -> None:
        self.outside.take(event, self.portfolio)
        if isinstance(event, provider.ExternalFillFound):
            self.prices.setdefault(event.instrument, float(event.fill.price))

    def _opened(self, event: inspector.PositionOpened) -> None:
        cost = event.quantity * event.entry_price
        self.holdings[event.trade_id] = Holding(
            event.trade_id,
            event.strategy,
            event.instrument,
            event.direction,
            event.quantity,
            cost,
            event.entry_ts,
            event.stop,
            event.target,
        )
        self._settle(event.trade_id, "entered", f"at {price(event.entry_price)}")

    def _protected(self, event: inspector.ProtectionPlaced) -> None:
        holding = self.holdings.get(event.trade_id)
        if holding is None:
            return
        holding.is_protected = True
        line = self.orders.get(event.order_id)
        trigger = None if line is None else line.order.request.trigger
        if trigger is not None and (trigger - holding.stop) * holding.direction.sign > 0:
            holding.stop = trigger  # It follows the price.

    def _closed(self, event: inspector.TradeClosed) -> None:
        trade = event.trade
        self.holdings.pop(trade.id, None)
        self.tally.add(trade.net_pnl, event.r_net, event.unprotected_ms_worst)
        self.strategies.setdefault(trade.strategy, Tally()).add(trade.net_pnl, event.r_net)
        won = "won" if trade.net_pnl > 0 else "lost"
        self._settle(trade.id, won, f"{gain(trade.net_pnl)} ({event.r_net:+.2f} R) by {words(trade.reason)}")

    def _marked(self, event: inspector.EquityMarked) -> None:
        self.peak, self.drawdown = event.peak, event.drawdown

    def _halted(self, event: inspector.TradingHalted) -> None:
        if event.scope.level is Level.GLOBAL:
            self.run.halt = Halt(event.way, event.reason, self.now)

    def _resumed(self, event: inspector.TradingResumed) -> None:
        if event.scope.level is Level.GLOBAL and event.cause is None:
            self.run.halt = None

    _FOLDS: ClassVar[dict[type[Event], Callable[[Projection, Any], None]]] = {
        kernel.RunStarted: _run_started,
        kernel.RunEnded: _run_ended,
        kernel.ModuleStarted: _module,
        kernel.ModuleFailed: _module,
        kernel.ModuleStoodDown: _module,
        provider.CandlesClosed: _candles,
        provider.MarketQualityScored: lambda state, event: state.run.rate(event.instrument, event.score),
        provider.OrderSubmitted: _submitted,
        provider.OrderAccepted: _order_changed,
        provider.OrderRejected: _order_changed,
        provider.OrderUnconfirmed: _order_changed,
        provider.OrderCancelled: _order_changed,
        provider.OrderExpired: _order_changed,
        provider.OrderFilled: _filled,
        **dict.fromkeys(Outside.consumes(), _found),
        SignalDetected: _signal,
        advisor.ConvictionCalibrated: _calibrated,
        advisor.SignalDeclined: _declined,
        inspector.IntentApproved: _approved,
        inspector.IntentRefused: _refused,
        inspector.PositionOpened: _opened,
        inspector.ProtectionPlaced: _protected,
        inspector.TradeClosed: _closed,
        inspector.EquityMarked: _marked,
        inspector.TradingHalted: _halted,
        inspector.TradingResumed: _resumed,
    }


_MODULE_STATES: dict[type[Event], str] = {
    kernel.ModuleStarted: "running",
    kernel.ModuleFailed: "failed",
    kernel.ModuleStoodDown: "stood down",
}
_STATES: dict[type[Event], OrderState] = {
    provider.OrderAccepted: OrderState.ACCEPTED,
    provider.OrderRejected: OrderState.REJECTED,
    provider.OrderUnconfirmed: OrderState.UNKNOWN,
    provider.OrderCancelled: OrderState.CANCELLED,
    provider.OrderExpired: OrderState.EXPIRED,
}


def _resize(holding: Holding, quantity: Decimal, paid: Decimal, opens: bool) -> None:
    """Another part of the entry adds at its price; a part of the exit leaves at the average."""
    if opens:
        holding.cost += quantity * paid
        holding.quantity += quantity
    elif quantity < holding.quantity:
        holding.cost -= holding.entry_price * quantity
        holding.quantity -= quantity


def _hash(identity: str) -> str:
    """What a signal, its decision, its intent and its trade have in common."""
    return identity.split("-", 1)[-1]


def _remember(
    kept: dict[str, Any], key: str, value: Any, limit: int, may_go: Callable[[Any], bool] = bool
) -> None:
    """Add an entry; beyond the limit the oldest one that may go is forgotten, whatever it is if none may."""
    kept[key] = value
    if len(kept) > limit:
        oldest = next((name for name, each in kept.items() if may_go(each)), next(iter(kept)))
        del kept[oldest]
