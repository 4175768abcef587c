"""One event, one line: time, module, instrument, what happened, and the figures that matter."""

from __future__ import annotations

from collections.abc import Callable
from queue import Full, Queue
from threading import Thread
from typing import Any

from rich.console import Console
from rich.text import Text

from barfinex.domain.order import OrderRequest
from barfinex.domain.signal import SignalKind
from barfinex.events import advisor, detector, inspector, kernel, provider, provider_market
from barfinex.events.base import Envelope, Event
from barfinex.studio.differences import DIFFERENCES, Said
from barfinex.studio.figures import (
    ACCENT,
    GREEN,
    QUIET,
    RED,
    WARN,
    at_milli,
    gain,
    money,
    percent,
    price,
    printable,
    quantity,
    words,
)
from barfinex.studio.restrictions import RESTRICTIONS

LINES_MAX = 10_000
INSTRUMENT_WIDTH = 10
WHAT_WIDTH = 12
DETAILS: frozenset[type[Event]] = frozenset(
    {
        provider.CandlesClosed,
        provider.TradePrinted,
        provider.BookChanged,
        provider.BookSampled,
        provider_market.FlowMeasured,
        provider.FundingFixed,
        provider.OrderSubmitted,
        provider.OrderAccepted,
        provider.OrderCancelled,
        advisor.ContextGathered,
        advisor.QualityGraded,
        advisor.EvidenceWeighed,
        advisor.ConvictionScored,
        advisor.ConvictionCalibrated,
        advisor.SynthesisCompleted,
        advisor.ExecutionValidated,
        advisor.IntentProposed,
        advisor.GateObserved,
        inspector.ProtectionApproved,
        inspector.CancelRequested,
        kernel.AlertFired,
        kernel.InboxConflated,
    }
)


def is_detail(envelope: Envelope) -> bool:
    """Whether a line is left out unless everything is asked for."""
    return type(envelope.event) in DETAILS


def line(envelope: Envelope) -> Text:
    """The line of any event; one that has no words of its own shows its name and fields."""
    event = envelope.event
    what, figures, style = _SAY.get(type(event), _anything)(event)
    quiet = QUIET if is_detail(envelope) else ""
    text = Text(no_wrap=True, overflow="ellipsis", style=quiet)
    text.append(f"{at_milli(envelope.known_at)}  ", style=QUIET)
    text.append(f"{envelope.source:<9}  ", style=quiet or ACCENT)
    text.append(f"{printable(event.subject or ''):<{INSTRUMENT_WIDTH}}  ")
    text.append(f"{what:<{WHAT_WIDTH}}  ", style=quiet or style)
    text.append(printable(figures))
    return text


class Printer:
    """A tap that prints the lines as they happen, from a thread of its own.

    A terminal that is not read must not hold up an order: past `LINES_MAX` waiting lines the rest is left out
    (the journal has them), and once nobody listens any more nothing is printed.
    """

    def __init__(self, console: Console, *, everything: bool = False) -> None:
        self._console, self._everything = console, everything
        self._lines: Queue[Envelope | None] = Queue(maxsize=LINES_MAX)
        self._thread = Thread(target=self._print, name="log", daemon=True)
        self._thread.start()

    def tap(self, envelope: Envelope) -> None:
        if self._everything or not is_detail(envelope):
            try:
                self._lines.put_nowait(envelope)
            except Full:
                pass  # Nobody reads; the journal has every row.

    def close(self, wait_s: float = 1.0) -> None:
        """Print what waits, if somebody reads it in time."""
        try:
            self._lines.put_nowait(None)
        except Full:
            return
        self._thread.join(wait_s)

    def _print(self) -> None:
        while (envelope := self._lines.get()) is not None:
            try:
                self._console.print(line(envelope), soft_wrap=True)
            except (OSError, SystemExit):  # The reader of a pipe has left: rich ends the process for that.
                return


def order_words(request: OrderRequest) -> str:
    """An order as it is spoken: buy 0.5 at market, sell 0.5 stop 59,000.00."""
    if request.trigger is not None:
        where = f"{words(request.type)} {price(request.trigger)}"
        if request.price is not None:
            where += f" limit {price(request.price)}"
    else:
        where = "at market" if request.price is None else f"limit {price(request.price)}"
    return f"{request.side} {quantity(request.quantity)} {where}"


def limit_words(name: str, value: str, limit: str) -> str:
    """What was found against what is allowed."""
    against = f" (limit {short(limit)})" if limit not in ("", "none") else ""
    return f"{words(name)}: {short(value)}{against}"


def short(value: str) -> str:
    """A recorded figure at a readable length; text stays as it is."""
    try:
        number = float(value)
    except ValueError:
        return value
    return f"{number:,.0f}" if abs(number) >= 1e6 else f"{number:,.6g}"


def _signal(event: detector.SignalDetected) -> Said:
    signal = event.signal
    if signal.kind is SignalKind.EXIT:
        why = words(signal.conditions[0].id) if signal.conditions else "its rule"
        return "exit signal", f"{signal.strategy} leaves its {signal.direction}: {why}", WARN
    score = f"score {signal.score:.2f} of {signal.threshold:.2f}"
    return "signal", f"{signal.strategy} {signal.direction} at {price(signal.price)}, {score}", "bold"


def _approved(event: inspector.IntentApproved) -> Said:
    order = event.approval.order
    passed = f"{sum(check.passed for check in event.checks)}/{len(event.checks)} policies"
    return "approved", f"{order.strategy} {order_words(order)}, {passed}", GREEN


def _refused(event: inspector.IntentRefused) -> Said:
    found = "; ".join(limit_words(b.code, b.value, b.limit) for b in event.breaches)
    return "refused", f"{event.strategy}: {found}", WARN


def _opened(event: inspector.PositionOpened) -> Said:
    bounds = f"stop {price(event.stop)}, target {price(event.target) if event.target else 'none'}"
    size = f"{quantity(event.quantity)} at {price(event.entry_price)}"
    return "opened", f"{event.strategy} {event.direction} {size}, {bounds}", "bold"


def _closed(event: inspector.TradeClosed) -> Said:
    trade = event.trade
    figures = (
        f"{trade.strategy} {trade.direction} {gain(trade.net_pnl)} net ({event.r_net:+.2f} R) "
        f"by {words(trade.reason)} at {price(trade.exit_price)}"
    )
    return "closed", figures, f"bold {GREEN if trade.net_pnl > 0 else RED}"


def _candles(event: provider.CandlesClosed) -> Said:
    block = event.candles
    count = f"{len(block)} candles, " if len(block) > 1 else ""
    return f"candle {block.timeframe}", f"{count}close {price(block.last_close)}", QUIET


def _filled(event: provider.OrderFilled) -> Said:
    fill = event.fill
    part = (
        "" if event.filled == event.quantity else f" ({quantity(event.filled)} of {quantity(event.quantity)})"
    )
    return (
        "filled",
        f"{fill.side} {quantity(fill.quantity)} at {price(fill.price)}{part}, fee {money(fill.fee)}",
        "",
    )


def _anything(event: Event) -> Said:
    fields = event.plain(without={"instrument", "decision_id", "strategy"})
    figures = ", ".join(f"{words(name)} {_brief(value)}" for name, value in fields.items())
    name = words(event.wire_type.split(".", 1)[1])
    return name if len(name) <= WHAT_WIDTH else name.split()[0][:WHAT_WIDTH], figures, ""


def _brief(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{', '.join(_brief(each) for each in value)}]"
    return str(value)


_SAY: dict[type[Event], Callable[[Any], Said]] = {
    detector.SignalDetected: _signal,
    detector.StrategyLoaded: lambda e: (
        "strategy", f"{e.strategy} on {', '.join(e.instruments) or 'every instrument'}", ""
    ),
    detector.StrategyDisabled: lambda e: ("disabled", f"{e.strategy}: {e.reason}", RED),
    detector.StrategyStaged: lambda e: ("staged", f"{e.strategy} {e.source_hash[:12]}, in the shadow", ""),
    detector.StrategySwitched: lambda e: ("switched", f"{e.strategy} {e.source_hash[:12]} speaks now", ""),
    detector.StrategyReverted: lambda e: ("reverted", f"{e.strategy}, back to the old one: {e.reason}", RED),
    detector.SignalUpdated: lambda e: ("updated", f"{e.strategy}, score {e.score:.2f} now", QUIET),
    detector.SignalInvalidated: lambda e: ("invalid", f"{e.strategy}: {e.reason}", WARN),
    advisor.SignalDeclined: lambda e: (
        "declined", f"{e.strategy} at {e.stage}, {limit_words(e.code, e.value, e.limit)}", WARN
    ),
    advisor.GateObserved: lambda e: (
        "observed", f"at {e.stage}, {limit_words(e.code, e.value, e.limit)}", ""
    ),
    advisor.IntentProposed: lambda e: (
        "proposed",
        f"{e.intent.strategy} {e.intent.kind} {e.intent.direction} near {price(e.intent.price)}",
        "",
    ),
    inspector.IntentApproved: _approved,
    inspector.IntentRefused: _refused,
    inspector.ProtectionApproved: lambda e: (
        "protection", f"{'; '.join(order_words(a.order) for a in e.approvals)} ({words(e.reason)})", ""
    ),
    inspector.ProtectionPlaced: lambda e: (
        "protected", f"stop at the venue {e.unprotected_ms:,} ms after the fill", ""
    ),
    inspector.PositionOpened: _opened,
    inspector.TradeClosed: _closed,
    inspector.FillUnexplained: lambda e: (
        "UNEXPLAINED", f"fill {e.fill_id} of {e.order_id} belongs to no open position", "bold red"
    ),
    inspector.EquityMarked: lambda e: (
        "equity", f"{money(e.equity)}, peak {money(e.peak)}, drawdown {percent(e.drawdown)}", ""
    ),
    provider.CandlesClosed: _candles,
    provider.TradePrinted: lambda e: ("trade", f"{e.side} {quantity(e.quantity)} at {price(e.price)}", ""),
    provider.OrderSubmitted: lambda e: ("sent", f"{order_words(e.request)}  {e.request.id}", ""),
    provider.OrderAccepted: lambda e: ("accepted", e.order_id, ""),
    provider.OrderFilled: _filled,
    provider.OrderRejected: lambda e: (
        "REJECTED", f"{e.order_id} by the venue: {words(e.code)}, {e.reason}", RED
    ),
    provider.OrderUnconfirmed: lambda e: ("UNKNOWN", f"{e.order_id}: {e.reason}", "bold red"),
    provider.OrderContradicted: lambda e: (
        "CONTRADICTED", f"{e.order_id} is {words(e.state)}, and the venue told {words(e.told)}", "bold red"
    ),
    provider.VenueThrottled: lambda e: ("throttled", f"by the venue: {words(e.code)}, {e.reason}", WARN),
    provider.ThrottleTripped: lambda e: (
        "throttled", f"{e.trips} entries found no room, the last of {e.strategy}", WARN
    ),
    provider.FundingSettled: lambda e: (
        "funding", f"{gain(e.amount)} on {quantity(e.quantity)} at {percent(e.rate, 4)}", ""
    ),
    provider.MarketQualityScored: lambda e: (
        "data", f"scored {e.score:.2f}: {', '.join(f'{k} {v:.2f}' for k, v in e.parts.items())}", ""
    ),
    provider.OrderExpired: lambda e: ("expired", f"{e.order_id}: {e.reason}", WARN),
    **DIFFERENCES,
    kernel.RunStarted: lambda e: (
        "run started",
        f"mode {e.mode}, version {e.version}, strategies {', '.join(e.strategies) or 'none'}",
        "bold",
    ),
    kernel.RunEnded: lambda e: ("run ended", e.reason, "bold"),
    kernel.ModuleStarted: lambda e: ("running", e.module, ""),
    kernel.ModuleFailed: lambda e: ("FAILED", f"{e.module}: {e.error} (restart {e.restarts})", "bold red"),
    kernel.ModuleStoodDown: lambda e: ("STOOD DOWN", f"{e.module}: {e.reason}", "bold red"),
    **RESTRICTIONS,
}  # fmt: skip
