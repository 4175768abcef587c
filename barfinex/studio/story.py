"""A decision told from its candle to its outcome: what `trace` prints and Studio shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rich.text import Text
from rich.tree import Tree

from barfinex.events import advisor, advisor_learning, inspector, provider
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected

HIDDEN = {"instrument", "decision_id", "strategy"}


def clock_text(ms: int) -> str:
    """UTC, to the millisecond."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def tell(envelopes: Sequence[Envelope]) -> Tree:
    """The whole chain as a tree, one branch an event, in the order in which it happened."""
    root = Tree(Text(_title(envelopes), style="bold"))
    for envelope in envelopes:
        if isinstance(envelope.event, SignalDetected):
            _candle(root, envelope.event)
        branch = root.add(_headline(envelope))
        for line in _details(envelope.event):
            branch.add(Text(line, style="dim"))
    return root


def _title(envelopes: Sequence[Envelope]) -> str:
    for envelope in reversed(envelopes):
        if isinstance(envelope.event, inspector.TradeClosed):
            trade = envelope.event.trade
            what = f"{trade.strategy} {trade.direction} {trade.instrument}"
            return f"{trade.id}: {what}, {trade.net_pnl:+.2f} by {trade.reason}"
    for envelope in envelopes:
        if isinstance(envelope.event, SignalDetected):
            signal = envelope.event.signal
            return f"{signal.id}: {signal.strategy} {signal.direction} {signal.instrument}"
    return "decision"


def _candle(root: Tree, event: SignalDetected) -> None:
    signal = event.signal
    candle = f"candle {signal.timeframe} {clock_text(signal.candle_ts)}"
    rests = "" if signal.rests_on == "final" else f"  rests on {signal.rests_on} candles"
    root.add(Text(f"{candle}  close {signal.price:g}  hash {signal.candle_hash}{rests}", style="cyan"))


def _headline(envelope: Envelope) -> Text:
    took = f"  {envelope.took_us} µs" if envelope.took_us else ""
    line = Text(f"#{envelope.seq:<6} {clock_text(envelope.known_at)}  ", style="dim")
    line.append(envelope.event.wire_type, style="bold")
    line.append(f"  {summary(envelope.event)}")
    line.append(took, style="green")
    return line


def summary(event: Event) -> str:
    """What an event comes to, on one line; empty where its name says it all."""
    for kind, say in _SUMMARIES.items():
        if isinstance(event, kind):
            return say(event)
    return ""


def _details(event: Event) -> list[str]:
    if isinstance(event, SignalDetected):
        return [
            f"{c.id}: value {c.value:g} x weight {c.weight:g} = {c.contribution:g}"
            for c in event.signal.conditions
        ]
    if isinstance(event, inspector.IntentApproved | inspector.IntentRefused):
        return [
            f"{'pass' if c.passed else 'BREACH'}  {c.policy}: {c.value} (limit {c.limit})"
            for c in event.checks
        ]
    if event.publisher == "advisor" and not isinstance(event, advisor.IntentProposed):
        fields = event.plain(without=HIDDEN)
        return [f"{name} = {value}" for name, value in fields.items()]
    if isinstance(event, inspector.ProtectionApproved):
        return [
            f"{order.purpose} {order.side} {order.quantity} at {order.trigger or 'market'}"
            for order in (permit.order for permit in event.approvals)
        ]
    return []


_SUMMARIES: dict[type[Event], Callable[..., str]] = {
    SignalDetected: lambda e: (
        f"{e.signal.kind} {e.signal.direction} {e.signal.instrument} by {e.signal.strategy}: "
        f"score {e.signal.score:g} of {e.signal.threshold:g}"
    ),
    advisor.SignalDeclined: lambda e: f"declined at {e.stage}: {e.code} {e.value} (limit {e.limit})",
    advisor.GateObserved: lambda e: f"would decline at {e.stage}: {e.code} {e.value} (limit {e.limit})",
    advisor_learning.OutcomeLabelled: lambda e: (
        f"{'traded' if e.source == 'traded' else 'in the shadow'}: {'won' if e.won else 'lost'} "
        f"{e.r_net:+.2f} R by {e.barrier}"
        + (f" at {clock_text(e.touched_at)}" if e.touched_at else "")
        + f", said to win with {e.probability:.3f}"
    ),
    advisor.IntentProposed: lambda e: (
        f"{e.intent.kind} {e.intent.direction} at about {e.intent.price:g}, authority {e.authority}"
    ),
    inspector.IntentApproved: lambda e: (
        f"{e.approval.order.side} {e.approval.order.quantity} {e.instrument}, "
        f"{len(e.checks)} policies passed, approval {e.approval.id} bound to {e.approval.order_hash[:12]}"
    ),
    inspector.IntentRefused: lambda e: ", ".join(f"{b.code} {b.value} (limit {b.limit})" for b in e.breaches),
    inspector.ProtectionApproved: lambda e: e.reason,
    inspector.ProtectionPlaced: lambda e: f"{e.order_id} at the venue, unprotected for {e.unprotected_ms} ms",
    inspector.PositionOpened: lambda e: (
        f"{e.direction} {e.quantity} at {e.entry_price}, stop {e.stop}, target {e.target or 'none'}"
    ),
    inspector.TradeClosed: lambda e: (
        f"{e.trade.net_pnl:+.4f} net ({e.r_net:+.2f} R) by {e.trade.reason} at {e.trade.exit_price}"
        + (f", without a stop for {e.unprotected_ms} ms" if e.unprotected_ms else "")
    ),
    inspector.EquityMarked: lambda e: f"equity {e.equity:.2f}, drawdown {float(e.drawdown):.2%}",
    inspector.CancelRequested: lambda e: f"{e.order_id}: {e.reason}",
    provider.OrderSubmitted: lambda e: (
        f"{e.request.id}: {e.request.type} {e.request.side} {e.request.quantity} {e.request.instrument}"
    ),
    provider.OrderFilled: lambda e: f"{e.order_id}: {e.fill.quantity} at {e.fill.price}, fee {e.fill.fee}",
    provider.OrderRejected: lambda e: f"{e.order_id}: {e.code} {e.reason}",
    provider.OrderAccepted: lambda e: e.order_id,
    provider.OrderCancelled: lambda e: f"{e.order_id}: {e.reason}",
    provider.OrderExpired: lambda e: f"{e.order_id}: {e.reason}",
}
