"""How honest and useful the Advisor was, as one page that opens offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from barfinex.studio.figures import words
from barfinex.studio.report import DOWN, INK, QUIET, UP

BLUE = "#2b6cb0"
COLOURS = ("#2b6cb0", "#dd8452", "#55a868", "#8172b3", "#c44e52", "#64b5cd", "#937860")
LADDERS_MAX = 6
POINTS_MAX = 5_000
FACTS = (
    ("Brier", "brier", ".4f"), ("skill", "bss", "+.4f"), ("log-loss, nats", "log_loss", ".4f"),
    ("ECE", "ece", ".4f"), ("ECE of noise alone", "ece_floor", ".4f"), ("ECE in excess", "ece_excess", ".4f"),
    ("ECE of the worst regime", "ece_regime_worst", ".4f"), ("slope", "slope", "+.3f"),
    ("intercept", "intercept", "+.3f"), ("Spiegelhalter z", "spiegelhalter", "+.2f"),
    ("sharpness", "sharpness", ".4f"), ("lower bound held", "lcb_coverage", ".1%"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Courses:
    """What changes over time (ms UTC): the weights of each strategy's rungs, and the R of each outcome by the
    regime its signal came in."""

    ladders: Mapping[str, Sequence[tuple[int, Mapping[str, float]]]]
    outcomes: Mapping[str, Sequence[tuple[int, float]]]


def write(told: Mapping[str, Any], courses: Courses, place: Path) -> None:
    """Write the page of a report, with all it needs in it. What there is too little for is a sentence."""
    import plotly.io

    sections = [
        (_reliability(told["calibration"]), told["calibration"]["said"]),
        (_ladders(courses.ladders), "no ladder has been told of yet"),
        (_gates(told["why_not"], "What each code saved"), "of nothing that was stopped the outcome is known"),
        (_gates(told["observed"], "What each code would have saved"), ""),
        (_shadow(courses.outcomes), "no outcome is known yet"),
    ]
    parts, needs = list[str](), True
    for figure, said in sections:
        if figure is None:
            parts.append(f"<p class=said>{escape(said)}</p>" if said else "")
            continue
        script = "inline" if needs else False
        options = {"displaylogo": False}
        parts.append(plotly.io.to_html(figure, full_html=False, include_plotlyjs=script, config=options))
        needs = False
    place.write_text(_page(told, parts), encoding="utf-8")


def _layout(title: str, height: int, **more: Any) -> dict[str, Any]:
    margin = {"l": 60, "r": 20, "t": 50, "b": 50}
    plain = {"template": "plotly_white", "margin": margin, "font": {"color": INK}, "height": height}
    return {**plain, "title": {"text": title, "x": 0.01}, **more}


def _reliability(calibration: Mapping[str, Any]) -> Any:
    """Win rate against what was said, in ten bins of equal mass, with intervals of 90 %."""
    from plotly import graph_objects as go

    if calibration["report"] is None:
        return None
    bins = calibration["report"]["bins"]
    said, won = ([one[name] for one in bins] for name in ("said", "won"))
    error = {
        "type": "data",
        "symmetric": False,
        "array": [one["high"] - one["won"] for one in bins],
        "arrayminus": [one["won"] - one["low"] for one in bins],
        "color": QUIET,
    }
    honest = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="honest", line={"dash": "dash", "color": QUIET}
    )
    seen = go.Scatter(
        x=said,
        y=won,
        error_y=error,
        mode="lines+markers",
        name="seen",
        line={"color": BLUE},
        marker={"size": 9},
        hovertext=[f"{one['n']:,} outcomes" for one in bins],
    )
    title = f"Reliability over {calibration['outcomes']:,} outcomes: said against won, 90 % intervals"
    figure = go.Figure([honest, seen], _layout(title, 480))
    figure.update_xaxes(title="probability said", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title="share that won", range=[0, 1], tickformat=".0%")
    return figure


def _ladders(by_name: Mapping[str, Sequence[tuple[int, Mapping[str, float]]]]) -> Any:
    """The weight of each rung over time, of the strategies that told most."""
    from plotly import graph_objects as go
    from plotly.subplots import make_subplots

    names = sorted(by_name, key=lambda name: -len(by_name[name]))[:LADDERS_MAX]
    if not names:
        return None
    figure = make_subplots(len(names), 1, subplot_titles=names, vertical_spacing=0.3 / (len(names) + 1))
    for row, name in enumerate(names, 1):
        told = by_name[name]
        times = np.array([at for at, _ in told], np.int64).astype("datetime64[ms]")
        for number, rung in enumerate(dict.fromkeys(rung for _, weights in told for rung in weights)):
            shares = [weights.get(rung, 0.0) for _, weights in told]
            line = {"width": 0.5, "color": COLOURS[number % len(COLOURS)]}
            group = {"stackgroup": "one", "legendgroup": rung, "showlegend": row == 1}
            figure.add_trace(go.Scatter(x=times, y=shares, name=rung, line=line, **group), row, 1)
    figure.update_layout(_layout("Weights of the ladder's rungs", 160 + 220 * len(names)))
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    return figure


def _gates(ledger: Mapping[str, Any], title: str) -> Any:
    from plotly import graph_objects as go

    known = [one for one in ledger["codes"] if one["settled"]]
    if not known:
        return None
    mean = [-one["mean_r"] for one in known]
    error = {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, -one["lower"] - value) for one, value in zip(known, mean, strict=True)],
        "arrayminus": [max(0.0, value + one["upper"]) for one, value in zip(known, mean, strict=True)],
        "color": QUIET,
    }
    bars = go.Bar(
        x=mean,
        y=[one["name"] for one in known],
        error_x=error,
        orientation="h",
        marker_color=[UP if value > 0 else DOWN for value in mean],
        hovertext=[
            f"{one['refused']:,} stopped, {one['settled']:,} known, {one['r_saved']:+.2f} R in all"
            for one in known
        ],
    )
    shown = f"{title}, R a signal, 95 % intervals (above 0: stopping paid)"
    figure = go.Figure(bars, _layout(shown, 160 + 34 * len(known)))
    figure.update_xaxes(title="R saved a signal")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def _shadow(outcomes: Mapping[str, Sequence[tuple[int, float]]]) -> Any:
    """Running sums of R, by the regime that each signal was decided in, whether it was traded or not."""
    from plotly import graph_objects as go

    if not outcomes:
        return None
    figure = go.Figure(layout=_layout("What all signals came to, traded or in the shadow, by regime", 440))
    for number, (regime, own) in enumerate(outcomes.items()):
        thin = slice(None, None, max(1, len(own) // POINTS_MAX))
        times = np.array([at for at, _ in own], np.int64).astype("datetime64[ms]")[thin]
        sums = list(accumulate(r_net for _, r_net in own))[thin]
        name = f"{words(regime)} ({len(own):,})"
        line = {"color": COLOURS[number % len(COLOURS)], "shape": "hv"}
        figure.add_trace(go.Scatter(x=times, y=sums, name=name, mode="lines", line=line))
    figure.update_yaxes(title="R, net", zeroline=True)
    return figure


def _page(told: Mapping[str, Any], parts: Sequence[str]) -> str:
    title = escape(f"Barfinex Advisor: {told['journal']}")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: {INK}; max-width: 1180px; margin: 2rem auto; }}
body {{ padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; overflow-wrap: anywhere; }} .said {{ color: {QUIET}; font-style: italic; }}
.facts {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: .3rem 2rem; }}
.facts div {{ display: flex; justify-content: space-between; border-bottom: 1px solid #e4e7eb; }}
.facts span:first-child {{ color: {QUIET}; padding-right: 1rem; }}
</style></head><body>
<h1>{title}</h1>
<div class="facts">{"".join(_fact(name, text) for name, text in _facts(told))}</div>
{"".join(parts)}
</body></html>
"""


def _facts(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    one, models, report = told["decisions"], told["models"], told["calibration"]["report"]
    facts = [
        ("from", told["from"].replace("T", " ")),
        ("to", told["to"].replace("T", " ")),
        ("decided", f"{one['decided']:,}"),
        ("approved", f"{one['approved']:,}"),
        ("outcomes known", f"{one['outcomes']:,}"),
        ("champion", models["champion"] or "none"),
    ]
    for name, strategy in told["strategies"].items():
        facts.append((name, f"{strategy['phase']}, {strategy['n_eff']:,.1f} effective"))
    for name, key, shape in FACTS if report else ():
        value = report[key]["score"] if key == "brier" else report[key]
        facts.append((name, "unknown" if value is None else format(value, shape)))
    return facts


def _fact(name: str, text: str) -> str:
    return f"<div><span>{escape(name)}</span><span>{escape(text)}</span></div>"
