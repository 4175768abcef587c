"""`barfinex advisor report` on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from barfinex.cli.inputs import output
from barfinex.studio.figures import words

WIDTH = 41
"""Characters from a probability of 0 to one of 1."""
SHOWN_MAX = 20

CALIBRATION = (
    ("Brier score", "brier", "{:.4f}", "0 is perfect; lower is better"),
    ("  miscalibration", "brier.miscalibration", "{:.4f}", "what honest probabilities would save"),
    ("  discrimination", "brier.discrimination", "{:.4f}", "what telling good from bad gains"),
    ("  uncertainty", "brier.uncertainty", "{:.4f}", "of the outcomes themselves"),
    ("skill", "bss", "{:+.4f}", "Brier against the base rate; above 0 is better"),
    ("log-loss", "log_loss", "{:.4f}", "nats"),
    ("ECE", "ece", "{:.4f}", "mean distance of said from won"),
    ("  noise floor", "ece_floor", "{:.4f}", "what honest probabilities would show"),
    ("  excess", "ece_excess", "{:.4f}", "what is left over it"),
    ("  worst regime", "ece_regime_worst", "{:.4f}", "of those with 200 outcomes"),
    ("slope", "slope", "{:+.3f}", "1 if honest; below: overconfident"),
    ("intercept", "intercept", "{:+.3f}", "0 if honest; below: too hopeful"),
    ("Spiegelhalter z", "spiegelhalter", "{:+.2f}", "beyond 1.96: not honest, at 95 %"),
    ("sharpness", "sharpness", "{:.4f}", "standard deviation of what was said"),
    ("lower bound held", "lcb_coverage", "{:.1%}", "of outcomes, in bins of like bounds"),
)


def show(report: dict[str, Any]) -> None:
    """Every section, the most asked for first."""
    _decisions(report)
    _calibration(report["calibration"])
    _strategies(report["strategies"])
    _alarms(report["drift"])
    _models(report["models"])
    _ledger("why not: what was stopped, and what it would have made", report["why_not"])
    if report["observed"]["codes"]:
        _ledger("observed: what the gates would have stopped if they might", report["observed"])
    _worth(report)


def _title(text: str) -> None:
    output.print(f"\n{text}", style="bold", markup=False)


def _plain(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at else "left", no_wrap=True)
    return table


def _decisions(report: dict[str, Any]) -> None:
    one = report["decisions"]
    if not one["decided"]:
        output.print("no decision has been made yet", style="yellow")
        return
    _title(f"decisions  {report['from']} to {report['to']}".replace("T", " "))
    output.print(
        f"{one['decided']:,} decided: {one['approved']:,} approved, {one['declined']:,} declined; "
        f"{one['outcomes']:,} outcomes known, {one['waiting']:,} waited for"
    )


def _calibration(one: dict[str, Any]) -> None:
    _title(f"calibration of {one['outcomes']:,} outcomes")
    if one["said"]:
        output.print(one["said"], style="yellow")
    report = one["report"]
    if report is None:
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, key, shape, meaning in CALIBRATION:
        table.add_row(name, _figure(report, key, shape), f"[dim]{meaning}[/dim]")
    output.print(table)
    if not report["slope"] >= 0.0:
        output.print("inverted: the more was said, the less was won", style="red")
    if report["regime_worst"]:
        output.print(f"worst regime: {words(report['regime_worst'])}", style="dim")
    _reliability(report["bins"])


def _figure(report: dict[str, Any], key: str, shape: str) -> str:
    value = report["brier"].get(key.removeprefix("brier.")) if key.startswith("brier.") else report[key]
    value = value["score"] if isinstance(value, dict) else value
    return "unknown" if value is None else shape.format(value)


def _reliability(bins: Sequence[dict[str, Any]]) -> None:
    """A line a bin: the interval of the win rate, and where it should have been."""
    scale = f"{'0':<{WIDTH // 2}}½{'1':>{WIDTH // 2}}"
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("said", "won", "90 % within", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(scale, no_wrap=True)
    for one in bins:
        within = f"{one['low']:.2f} to {one['high']:.2f}"
        table.add_row(f"{one['said']:.3f}", f"{one['won']:.3f}", within, f"{one['n']:,}", _line(one))
    output.print(table)
    output.print("● won, in its interval   ┊ said: inside the interval it is honest", style="dim")


def _line(one: dict[str, Any]) -> str:
    said, won, low, high = (round(one[key] * (WIDTH - 1)) for key in ("said", "won", "low", "high"))
    cells = ["─" if low <= at <= high else " " for at in range(WIDTH)]
    cells[said], cells[won] = "┊", "●"
    held = one["low"] <= one["said"] <= one["high"]
    return f"[{'green' if held else 'red'}]{''.join(cells)}[/]"


def _strategies(strategies: dict[str, Any]) -> None:
    _title("strategies")
    if not strategies:
        output.print("no strategy has been decided on yet", style="yellow")
        return
    table = _plain(
        "strategy", "phase", "outcomes", "effective", "size at most", "expected R", "e-value", "state"
    )
    for name, one in strategies.items():
        trial = one["probation"]
        state = "on probation" if trial["on"] else "in good standing"
        state += f", {one['alarms']} drift alarms" if one["alarms"] else ""
        counts = (f"{one['labels']:,}", f"{one['n_eff']:,.1f}", f"{one['size_cap']:.0%}")
        told = (f"{trial['expected_r']:+.3f}", f"{trial['e_value']:.3g}", state)
        table.add_row(name, one["phase"], *counts, *told)
    output.print(table)
    rungs = list(dict.fromkeys(rung for one in strategies.values() for rung in one["ladder"]))
    ladders = _plain("ladder", *rungs, "regret, nats", "R out of its 90 % range")
    for name, one in strategies.items():
        weights = [f"{one['ladder'].get(rung, 0.0):.1%}" for rung in rungs]
        ladders.add_row(name, *weights, f"{one['regret']:+.2f}", _missed(one["range"]))
    output.print(ladders)
    _regimes(strategies)


def _missed(told: dict[str, int]) -> str:
    return f"{told['missed'] / told['outcomes']:.1%} of {told['outcomes']:,}" if told["outcomes"] else "–"


def _alarms(alarms: Sequence[dict[str, Any]]) -> None:
    for one in alarms[-SHOWN_MAX:]:
        figures = f"{one['statistic']:,.4g} of {one['threshold']:,.4g}"
        at = one["at"].replace("T", " ")
        output.print(f"{at}  drift of {one['kind']} of {one['about']}: {figures}", style="yellow")


def _regimes(strategies: dict[str, Any]) -> None:
    table = _plain("expected", "regime", "R", "80 % within", "effective", "tilt")
    for name, strategy in strategies.items():
        for regime, one in strategy["regimes"].items():
            within = f"{one['lcb']:+.3f} to {one['ucb']:+.3f}"
            tilt = f"x {one['tilt']:g}" if one["evidence"] == "sufficient" else "too few to lean"
            mean = f"{one['expected_r']:+.3f}"
            table.add_row(name, words(regime), mean, within, f"{one['n_eff']:,.1f}", tilt)
    if table.row_count:
        output.print(table)


def _models(one: dict[str, Any]) -> None:
    _title("models")
    if one["said"]:
        output.print(one["said"], style="yellow")
    else:
        output.print(f"champion {one['champion']}, learned from outcomes up to {one['trained_on']}")
    output.print(f"{one['trainings']:,} trained, {one['validations']:,} of them judged by the gates")
    if one["other"]:
        role = "the former champion" if one["stage"] == "watch" else "the challenger"
        evidence = f"evidence {one['evidence']:.3g}, doubt {one['doubt']:.3g}"
        output.print(f"{one['stage']}: {role} {one['other']}, {one['stage_labels']:,} outcomes, {evidence}")
    elif one["rest"]:
        output.print(f"no challenger for {one['rest']:,} outcomes more", style="dim")
    if one["gates"] is None:
        output.print("no challenger has come to the gates: with few outcomes a refitted model serves at once")
        return
    last = one["gates"]
    verdict = "passed" if last["passed"] else "failed"
    output.print(f"last at the gates: {last['model']} {verdict}, trial {last['trials']:,}")
    table = _plain("gate", "value", "limit", "")
    for gate in last["gates"]:
        mark = "[green]pass[/]" if gate["passed"] else "[red]FAIL[/]"
        table.add_row(words(gate["gate"]), f"{gate['value']:.4g}", gate["limit"], mark)
    output.print(table)


def _ledger(title: str, ledger: dict[str, Any]) -> None:
    _title(title)
    if not ledger["codes"]:
        output.print("nothing was stopped", style="dim")
        return
    table = _plain("", "stopped", "known", "mean R", "95 % within", "R saved", "95 % within", "")
    for one in ledger["codes"]:
        table.add_row(f"{one['by']} {one['name']}", *_gate(one))
    table.add_row()
    for one in ledger["stages"]:
        table.add_row(f"stage {one['name']}", *_gate(one))
    table.add_row()
    table.add_row("all", *_gate(ledger["all"]))
    output.print(table)
    output.print("a signal counts once a code and once a stage; R saved above 0: stopping paid", style="dim")


def _gate(one: dict[str, Any]) -> list[str]:
    counts = [f"{one['refused']:,}", f"{one['settled']:,}"]
    if not one["settled"]:
        return [*counts, "", "no outcome yet", "", "", ""]
    saved = f"{one['saved_low']:+,.1f} to {one['saved_high']:+,.1f}"
    mean = f"{one['lower']:+.2f} to {one['upper']:+.2f}"
    tone = "green" if one["r_saved"] > 0 else "red"
    proof = "proven" if one["proven"] else "may be luck"
    return [*counts, f"{one['mean_r']:+.3f}", mean, f"[{tone}]{one['r_saved']:+,.2f}[/]", saved, proof]


def _worth(report: dict[str, Any]) -> None:
    worth, used = report["worth"], report["efficiency"]
    _title("value chain, in R of one flat size")
    if worth["taken"]:
        parts = ("signals", "selection", "sizing", "llm", "inspector", "realised")
        output.print("  ".join(f"{name} {worth[name]:+.2f}" for name in parts))
        taken = f"{worth['taken']:,} of {worth['seen']:,} signals taken, {worth['flat']:.3%} of equity each"
        output.print(taken, style="dim")
    else:
        none = f"none of {worth['seen']:,} signals with an outcome was taken"
        output.print(none if worth["seen"] else "no outcome is known yet", style="yellow")
    _title("capital")
    output.print(
        f"{used['trades']:,} trades: {used['realised_r']:+.2f} R of {used['expected_r']:+.2f} R expected, "
        f"{used['costs_r']:.2f} R of costs"
    )
    ratios = (
        ("R per hour at work", "r_per_capital_hour", "{:+.3f}"),
        ("in use", "utilisation", "{:.2%}"),
        ("captured of the expected", "ev_capture", "{:.1%}"),
        ("costs of all moves", "cost_share", "{:.1%}"),
    )
    said = [f"{name} {shape.format(used[key])}" for name, key, shape in ratios if used[key] is not None]
    output.print("  ".join(said) or "too few trades for ratios", style="dim")
    shares = report["allocation"]
    if shares is None:
        output.print("no allocation has been recommended yet", style="dim")
        return
    listed = ", ".join(f"{name} {weight:.1%}" for name, weight in shares["weights"])
    limits = f" ({', '.join(shares['constraints'])})" if shares["constraints"] else ""
    output.print(f"latest allocation, {words(shares['method'])}: {listed}{limits}", markup=False)
