"""A run over history as one page that opens offline: equity, trades on candles, conditions, months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from barfinex.domain.candles import Floats, Ints, Series
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Direction

CANDLES_MAX = 3_000  # Shown of each instrument; more are put together.
CHARTS_MAX = 6
UP, DOWN, INK, QUIET = "#1a9850", "#d73027", "#1f2933", "#7b8794"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows. `summary` are names and texts; `times` (ms UTC) and `equity` (quote units) are the
    curve; `conditions` are rows of strategy, condition, trades, wins and net_pnl of its entries."""

    title: str
    summary: Mapping[str, str]
    times: Ints
    equity: Floats
    series: Sequence[Series]
    trades: Sequence[RoundTrip]
    conditions: Sequence[Mapping[str, Any]]


def write(told: Told, place: Path) -> None:
    """Write the page, with all it needs in it."""
    import plotly.io

    figures = [_curve(told), *_charts(told)]
    if told.conditions:
        figures.append(_conditions(told.conditions))
    parts = [
        plotly.io.to_html(
            figure,
            full_html=False,
            include_plotlyjs="inline" if not number else False,
            config={"displaylogo": False, "scrollZoom": True},
        )
        for number, figure in enumerate(figures)
    ]
    place.write_text(_page(told, parts), encoding="utf-8")


def _dates(ts: Ints) -> Any:
    return ts.astype("datetime64[ms]")


def _layout(title: str, height: int, **more: Any) -> dict[str, Any]:
    margin = {"l": 60, "r": 20, "t": 50, "b": 40}
    plain = {"template": "plotly_white", "hovermode": "x unified", "margin": margin, "font": {"color": INK}}
    return {**plain, "title": {"text": title, "x": 0.01}, "height": height, **more}


def _curve(told: Told) -> Any:
    from plotly import graph_objects as go
    from plotly.subplots import make_subplots

    thin = slice(None, None, max(1, len(told.times) // 5_000))
    times, equity = _dates(told.times)[thin], told.equity[thin]
    fall = (told.equity / np.maximum.accumulate(told.equity) - 1.0)[thin]
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.04)
    figure.add_trace(
        go.Scatter(x=times, y=equity, name="equity", line={"color": "#2b6cb0", "width": 1.5}), 1, 1
    )
    filled = {"fill": "tozeroy", "line": {"color": DOWN, "width": 1}}
    figure.add_trace(go.Scatter(x=times, y=100 * fall, name="drawdown, %", **filled), 2, 1)
    figure.update_layout(_layout("Equity and drawdown", 460, showlegend=False))
    figure.update_yaxes(tickformat=",.2f", row=1, col=1)
    figure.update_yaxes(ticksuffix=" %", row=2, col=1)
    return figure


def _charts(told: Told) -> list[Any]:
    """Candles of the instruments that traded most, with entries and exits."""
    finest: dict[str, Series] = {}
    for one in told.series:
        if one.instrument not in finest or one.step_ms < finest[one.instrument].step_ms:
            finest[one.instrument] = one
    traded = {name: [trade for trade in told.trades if trade.instrument == name] for name in finest}
    order = sorted(finest, key=lambda name: -len(traded[name]))
    return [_chart(finest[name], traded[name]) for name in order[:CHARTS_MAX]]


def _chart(series: Series, trades: Sequence[RoundTrip]) -> Any:
    from plotly import graph_objects as go

    first = np.arange(0, len(series.ts), max(1, -(-len(series.ts) // CANDLES_MAX)))
    last = np.append(first[1:], len(series.ts)) - 1
    figure = go.Figure(
        go.Candlestick(
            x=_dates(series.ts[first]),
            open=series.open[first],
            high=np.maximum.reduceat(series.high, first),
            low=np.minimum.reduceat(series.low, first),
            close=series.close[last],
            name=series.instrument,
            increasing_line_color=UP,
            decreasing_line_color=DOWN,
        )
    )
    for label, ts, price in (("entries", "entry_ts", "entry_price"), ("exits", "exit_ts", "exit_price")):
        figure.add_trace(
            go.Scatter(
                x=_dates(np.array([getattr(one, ts) for one in trades], np.int64)),
                y=[float(getattr(one, price)) for one in trades],
                mode="markers",
                name=label,
                text=[f"{one.strategy} {one.direction}: {one.net_pnl:+.2f}, {one.reason}" for one in trades],
                marker={
                    "symbol": [_mark(label, one) for one in trades],
                    "size": 8,
                    "color": [UP if one.net_pnl > 0 else DOWN for one in trades],
                    "line": {"width": 1, "color": INK},
                },
            )
        )
    shown = f"{series.instrument}, {len(trades)} trades"
    layout = _layout(shown, 520, hovermode="closest")
    figure.update_layout(layout)
    figure.update_xaxes(rangeslider_visible=False)
    return figure


def _mark(label: str, trade: RoundTrip) -> str:
    if label == "exits":
        return "x-thin"
    return "triangle-up" if trade.direction is Direction.LONG else "triangle-down"


def _conditions(rows: Sequence[Mapping[str, Any]]) -> Any:
    from plotly import graph_objects as go

    names = [f"{row['strategy']}: {row['condition']}" for row in rows]
    worth = [row["net_pnl"] for row in rows]
    hover = [f"{row['trades']} trades, {row['wins']} won" for row in rows]
    bars = go.Bar(
        x=worth,
        y=names,
        orientation="h",
        hovertext=hover,
        marker_color=[UP if one > 0 else DOWN for one in worth],
    )
    figure = go.Figure(bars)
    height = 140 + 26 * len(rows)
    title = "Net result of the entries each condition took part in"
    figure.update_layout(_layout(title, height, hovermode="closest"))
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def months(times: Ints, equity: Floats) -> dict[int, dict[int, float]]:
    """Fraction gained by year and month (1 to 12), UTC; the first month from the first value on."""
    month = (times - 1).astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    ends = np.flatnonzero(np.append(month[1:] != month[:-1], True))
    before = np.concatenate(([equity[0]], equity[ends[:-1]]))
    found: dict[int, dict[int, float]] = {}
    for at, gained in zip(month[ends].tolist(), (equity[ends] / before - 1.0).tolist(), strict=True):
        found.setdefault(1970 + at // 12, {})[at % 12 + 1] = gained
    return found


def _page(told: Told, parts: Sequence[str]) -> str:
    title = escape(told.title)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: {INK}; max-width: 1180px; margin: 2rem auto; }}
body {{ padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
td, th {{ padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #e4e7eb; font-weight: normal; }}
td:first-child, th:first-child {{ text-align: left; color: {QUIET}; }}
.facts {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); }}
.facts {{ gap: .3rem 2rem; }}
.facts div {{ display: flex; justify-content: space-between; border-bottom: 1px solid #e4e7eb; }}
.facts span:first-child {{ color: {QUIET}; padding-right: 1rem; white-space: nowrap; }}
.facts span {{ overflow-wrap: anywhere; text-align: right; }}
</style></head><body>
<h1>{title}</h1>
<div class="facts">{"".join(_fact(name, text) for name, text in told.summary.items())}</div>
{parts[0]}
<h2>Months</h2>
{_month_table(told)}
{"".join(parts[1:])}
</body></html>
"""


def _fact(name: str, text: str) -> str:
    return f"<div><span>{escape(name)}</span><span>{escape(text)}</span></div>"


def _month_table(told: Told) -> str:
    rows = []
    for year, gained in months(told.times, told.equity).items():
        whole = float(np.prod([1.0 + one for one in gained.values()]) - 1.0)
        cells = [_gain(gained.get(month)) for month in range(1, 13)]
        rows.append(f"<tr><th>{year}</th>{''.join(cells)}{_gain(whole)}</tr>")
    head = "".join(f"<th>{name}</th>" for name in ("", *MONTHS, "year"))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _gain(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    return f'<td style="color:{UP if value >= 0 else DOWN}">{value:+.2%}</td>'
