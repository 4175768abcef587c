"""The whole screen as one renderable: a pure function of the projection and of how the person looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.align import Align
from rich.box import ROUNDED
from rich.console import RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from barfinex.domain.instrument import timeframe_ms
from barfinex.studio.client import Link
from barfinex.studio.figures import (
    ACCENT,
    GREEN,
    QUIET,
    RED,
    WARN,
    gain,
    money,
    on_day,
    percent,
    price,
    printable,
    span,
    tone,
)
from barfinex.studio.projection import Projection
from barfinex.studio.terminal.chart import Chart, Level
from barfinex.studio.terminal.panels import decisions, orders, positions, risk

KEYS = "q quit   tab next instrument   H halt entries"
WIDE = 132


@dataclass(slots=True)
class View:
    """How a person looks at the run: `chosen` counts instruments, `note` is shown in the footer."""

    link: Link
    log: Sequence[Text] = ()
    chosen: int = 0
    note: str = ""
    now_s: float = field(default=0.0)


def render(state: Projection, view: View, width: int, height: int) -> RenderableType:
    """Everything, in so many columns and lines; a narrow screen has no orders."""
    held = len(state.holdings)
    log_height = max(6, height // 5)
    screen = Layout()
    screen.split_column(
        Layout(_header(state, view), size=1),
        Layout(_account(state, width), size=3),
        Layout(name="market", ratio=3),
        Layout(_framed(positions(state), f"positions {held or ''}".rstrip()), size=min(max(held, 1), 8) + 3),
        Layout(name="flow", ratio=2),
        Layout(_log(view, log_height), size=log_height),
        Layout(_footer(view), size=1),
    )
    screen["market"].split_row(
        Layout(_chart(state, view), ratio=5), Layout(_framed(risk(state), "risk"), ratio=3)
    )
    screen["flow"].split_row(
        Layout(_framed(decisions(state), "decisions"), ratio=5),
        Layout(_framed(orders(state), "orders"), ratio=3, visible=width >= WIDE),
    )
    return screen


def instrument_of(state: Projection, view: View) -> str | None:
    """The instrument shown."""
    names = sorted(state.candles)
    return names[view.chosen % len(names)] if names else None


def _header(state: Projection, view: View) -> RenderableType:
    run = state.run
    line = Table.grid(expand=True)
    line.add_column(no_wrap=True)
    line.add_column(justify="right", no_wrap=True)
    left = Text(" BARFINEX ", style=f"bold black on {ACCENT}")
    left.append(f"  {run.mode or 'no run'}", style="bold").append(f"  {run.run_id}   ", style=QUIET)
    left.append_text(_standing(state))
    right = _connection(state, view)
    right.append(f"   event {state.seq:,}", style=QUIET)
    right.append(f"   {on_day(state.now)} UTC " if state.now else "", style="bold")
    line.add_row(left, right)
    return line


def _standing(state: Projection) -> Text:
    run = state.run
    if run.ended is not None:
        return Text(f" ENDED  {printable(run.ended)} ", style="bold black on yellow")
    if run.halt is not None:
        return Text(f" HALTED  by {run.halt.way}: {printable(run.halt.reason)} ", style="bold white on red")
    ill = [f"{name} {how}" for name, how in run.modules.items() if how != "running"]
    if ill:
        return Text(f" DEGRADED  {', '.join(ill)} ", style="bold black on yellow")
    return Text("● trading", style=f"bold {GREEN}") if run.run_id else Text("waiting", style=QUIET)


def _connection(state: Projection, view: View) -> Text:
    link = view.link
    if link.is_up:
        return Text("connected", style=GREEN)
    if state.run.ended is not None:
        return Text("no run", style=QUIET)
    away = span(int(max(0.0, view.now_s - link.since_s) * 1000))
    return Text(
        f" DISCONNECTED {away}: {printable(link.trouble) or 'connecting'} ", style="bold white on red"
    )


def _account(state: Projection, width: int) -> RenderableType:
    tally = state.tally
    equity, start = state.equity, state.start_cash
    unrealised = sum(h.open_pnl(state.mark_of(h)) for h in state.holdings.values())
    cells: list[tuple[str, str, str]] = []
    if equity is not None and start:
        change = equity - start
        cells += [
            ("equity", money(equity), "bold"),
            ("profit", f"{gain(change)}  {percent(change / start)}", tone(change)),
        ]
    cells += [
        ("open", gain(unrealised), tone(unrealised)),
        ("trades", f"{tally.trades}", ""),
        ("won", percent(tally.wins / tally.trades, 0) if tally.trades else "–", ""),
        ("closed", gain(tally.net), tone(tally.net)),
        ("average", f"{tally.r_net / tally.trades:+.2f} R" if tally.trades else "–", ""),
        ("unprotected", f"{tally.bare_ms} ms" if tally.trades else "–", ""),
    ]
    while sum(len(name) + len(figure) + 3 for name, figure, _ in cells) > width - 4:
        cells.pop()
    strip = Table.grid(expand=True, padding=(0, 1))
    texts = []
    for name, figure, style in cells:
        strip.add_column(justify="center", no_wrap=True)
        texts.append(Text(f"{name} ", style=QUIET).append(figure, style=style or "default"))
    strip.add_row(*texts)
    return Panel(strip, box=ROUNDED, border_style=QUIET)


def _chart(state: Projection, view: View) -> RenderableType:
    name = instrument_of(state, view)
    if name is None:
        return _framed(Align.center(Text("waiting for candles", style=QUIET), vertical="middle"), "chart")
    timeframe = state.timeframes[name]
    levels = []
    for held in (each for each in state.holdings.values() if each.instrument == name):
        levels.append(Level(float(held.stop), "stop", RED))
        if held.target is not None:
            levels.append(Level(float(held.target), "target", GREEN))
    chart = Chart(
        tuple(state.candles[name]), tuple(state.marks.get(name, ())), levels, timeframe_ms(timeframe)
    )
    title = f"{name}  {timeframe}  {price(state.prices[name])}"
    return _framed(chart, title)


def _log(view: View, height: int) -> RenderableType:
    lines = list(view.log)[-(height - 2) :]
    return _framed(Text("\n", no_wrap=True, overflow="ellipsis").join(lines), "log")


def _footer(view: View) -> RenderableType:
    return Text(f" {view.note}", style=f"bold {WARN}") if view.note else Text(f" {KEYS}", style=QUIET)


def _framed(inside: RenderableType, title: str) -> Panel:
    return Panel(inside, title=f"[bold]{title}[/]", title_align="left", box=ROUNDED, border_style=QUIET)
