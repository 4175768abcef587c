"""The tables on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from barfinex.domain.signal import SignalKind
from barfinex.studio.figures import (
    ACCENT,
    GREEN,
    QUIET,
    RED,
    WARN,
    at_second,
    gain,
    money,
    percent,
    price,
    printable,
    quantity,
    span,
    tone,
    words,
)
from barfinex.studio.projection import Projection
from barfinex.studio.state import Decision, Holding

POOR, FAIR = 0.4, 0.7
"""Scores of market data below which it is hardly, or only just, fit to trade on."""
OUTCOMES = {
    "pending": QUIET,
    "declined": WARN,
    "refused": WARN,
    "approved": GREEN,
    "entered": "bold",
    "won": GREEN,
    "lost": RED,
}


def positions(state: Projection) -> RenderableType:
    """Open positions, the oldest first."""
    if not state.holdings and not state.outside.held:
        return Text("flat", style=QUIET)
    table = _table(
        "instrument",
        "strategy",
        "side",
        ">quantity",
        ">entry",
        ">stop",
        ">target",
        ">last",
        ">open",
        ">R",
        ">age",
    )
    for held in state.holdings.values():
        table.add_row(*_position(held, state.mark_of(held), state.now))
    for name, held_by_others in state.outside.held.items():
        side = Text("long", style=GREEN) if held_by_others > 0 else Text("short", style=RED)
        last = state.prices.get(name)
        unknown = ("–",) * 3
        table.add_row(
            name,
            Text("external", style=WARN),
            side,
            quantity(abs(held_by_others)),
            *unknown,
            "–" if last is None else price(last),
        )
    return table


def _position(held: Holding, mark: float, now: int) -> tuple[Text | str, ...]:
    result = held.open_pnl(mark)
    risk_taken = float(held.quantity) * abs(float(held.entry_price) - float(held.stop))
    stop = Text(price(held.stop), style="" if held.is_protected else f"bold {RED}")
    if not held.is_protected:
        stop.append(" !")
    return (
        held.instrument,
        held.strategy,
        Text(held.direction, style=GREEN if held.direction.sign > 0 else RED),
        quantity(held.quantity),
        price(held.entry_price),
        stop,
        price(held.target) if held.target is not None else "–",
        price(mark),
        Text(gain(result), style=tone(result)),
        Text(f"{result / risk_taken:+.2f}" if risk_taken else "–", style=tone(result)),
        span(now - held.entry_ts),
    )


def decisions(state: Projection) -> RenderableType:
    """Signals with what became of them, the newest first."""
    if not state.decisions:
        return Text("no signal yet", style=QUIET)
    table = _table("time", "instrument", "strategy", "side", ">conv", "outcome", "why")
    for decision in reversed(list(state.decisions.values())[-40:]):
        table.add_row(*_decision(decision))
    return table


def _decision(decision: Decision) -> tuple[Text | str, ...]:
    signal = decision.signal
    leaves = signal.kind is SignalKind.EXIT
    side = Text(
        "exit" if leaves else signal.direction,
        style="" if leaves else GREEN if signal.direction.sign > 0 else RED,
    )
    return (
        Text(at_second(decision.known_at), style=QUIET),
        signal.instrument,
        signal.strategy,
        side,
        "" if decision.conviction is None else f"{decision.conviction:.2f}",
        Text(decision.outcome, style=OUTCOMES.get(decision.outcome, "")),
        Text(printable(decision.reason), style=QUIET),
    )


def orders(state: Projection) -> RenderableType:
    """Orders: the open ones first, each group with the newest first."""
    if not state.orders:
        return Text("no order yet", style=QUIET)
    table = _table("instrument", "order", ">price", "state")
    lines = sorted(
        state.orders.values(), key=lambda line: (line.order.state.is_open, line.changed_at), reverse=True
    )
    for line in lines[:40]:
        request, is_open = line.order.request, line.order.state.is_open
        at = line.price or request.trigger or request.price
        table.add_row(
            request.instrument,
            f"{request.side} {quantity(request.quantity)} {request.purpose}",
            "market" if at is None else price(at),
            Text(words(line.order.state), style="bold" if is_open else QUIET),
        )
    return table


def risk(state: Projection) -> RenderableType:
    """How much of each limit is used, and what was turned down most."""
    equity = float(state.equity or 0)
    peak = max(float(state.peak), equity)
    gauges = Table.grid(padding=(0, 1), expand=True)
    for ratio in (None, 1, None):
        gauges.add_column(ratio=ratio, no_wrap=True)
    _gauge(
        gauges,
        "drawdown",
        (peak - equity) / peak if peak > 0 and equity else 0.0,
        _limit(state, "drawdown_max"),
    )
    exposure = state.exposure / equity if equity > 0 else 0.0
    _gauge(gauges, "exposure", exposure, _limit(state, "gross_exposure_max"))
    used, most = len(state.holdings), _limit(state, "open_positions_max")
    gauges.add_row(
        "positions", Gauge(used / most if most else 0.0), f"{used} of {most:.0f}" if most else f"{used}"
    )
    facts = Table.grid(padding=(0, 1), expand=True)
    facts.add_column(style=QUIET, no_wrap=True)
    facts.add_column(ratio=1)
    facts.add_row("peak", money(peak) if peak else "–")
    facts.add_row("equity", Sparkline(state.equities))
    facts.add_row("by strategy", _strategies(state))
    if state.run.qualities:
        facts.add_row("data", _qualities(state))
    facts.add_row(
        "turned down", ", ".join(f"{why} {n}" for why, n in state.refusals.most_common(4)) or "nothing"
    )
    if state.outside.standing:
        found = Text("; ".join(map(printable, state.outside.standing[:4])), style=RED)
        facts.add_row("books differ", found)
    return Group(gauges, "", facts)


def _qualities(state: Projection) -> Text:
    """The score of each instrument's market data, the worst first."""
    text = Text()
    for name, score in sorted(state.run.qualities.items(), key=lambda each: each[1])[:4]:
        style = RED if score < POOR else WARN if score < FAIR else ""
        text.append(f"{', ' if text else ''}{printable(name)} ").append(f"{score:.2f}", style=style)
    return text


def _strategies(state: Projection) -> Text:
    parts = [
        Text(f"{name} ").append(gain(tally.net), style=tone(tally.net))
        for name, tally in sorted(state.strategies.items())
    ]
    return Text("  ").join(parts) if parts else Text("–")


def _gauge(table: Table, name: str, used: float, limit: float | None) -> None:
    share = used / limit if limit else 0.0
    table.add_row(name, Gauge(share), f"{percent(used)} of {percent(limit, 0)}" if limit else percent(used))


class Gauge:
    """A share of a limit as a line: green, yellow from a half, red from four fifths."""

    def __init__(self, share: float) -> None:
        self._share = share

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        full = min(width, max(0, round(self._share * width)))
        style = RED if self._share > 0.8 else WARN if self._share > 0.5 else GREEN
        yield Text("━" * full, style=style, end="").append("─" * (width - full), style=QUIET)


def _limit(state: Projection, name: str) -> float | None:
    text = state.run.limits.get(name)
    return None if text is None else float(text)


class Sparkline:
    """The latest values as a line of bars, as many as there is room for."""

    def __init__(self, values: Iterable[float]) -> None:
        self._values = list(values)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self._values[-options.max_width :]
        if len(shown) < 2:
            yield Text("–")
            return
        low, high = min(shown), max(shown)
        levels = (round((value - low) / ((high - low) or 1.0) * 7) for value in shown)
        yield Text("".join("▁▂▃▄▅▆▇█"[level] for level in levels), style=ACCENT)


def _table(*names: str) -> Table:
    """A table without frames; a name that begins with > is of a column of figures."""
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 1, 0, 0), header_style=QUIET)
    for name in names:
        table.add_column(
            name.lstrip(">"),
            justify="right" if name.startswith(">") else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if name == "why" else None,
        )
    return table
