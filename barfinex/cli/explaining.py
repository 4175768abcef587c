"""`barfinex why-not`: why a strategy said nothing at a time, and by how much; or where it nearly did."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from barfinex.audit.reader import Reader
from barfinex.cli.inputs import (
    DEFAULT_JOURNAL,
    ConfigOption,
    JournalOption,
    JsonOption,
    answer,
    candle_files,
    configuration,
    inputs_again,
    inputs_of,
    output,
    time_of,
)
from barfinex.detector.beside import Beside, Others
from barfinex.detector.loader import load
from barfinex.detector.whynot import Answer, ask, nearest
from barfinex.domain.candles import Series, series_of
from barfinex.domain.errors import BadInput
from barfinex.domain.ids import kin
from barfinex.events.advisor import GateObserved, SignalDeclined
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.provider import CandlesClosed
from barfinex.events.provider_market import FlowMeasured
from barfinex.sdk.strategy import Strategy
from barfinex.studio.story import summary

SAID = "select * from v_signals where strategy = '{}' and instrument = '{}' and candle_ts = {}"


def why_not(
    strategy: Annotated[str, typer.Argument(help="The strategy's name.")],
    at: Annotated[
        str | None, typer.Option(help="A time, as 2025-01-31T12:00; default: the last candle.")
    ] = None,
    near: Annotated[int, typer.Option(min=0, help="The so many nearest misses instead.")] = 0,
    instrument: Annotated[
        str | None, typer.Option(help="Default: the first that there are candles of.")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Candle file; default: the journal's, or its run's.")
    ] = None,
    timeframe: Annotated[str | None, typer.Option(help="Build candles up to this timeframe.")] = None,
    config: ConfigOption = None,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Say why a strategy gave no signal at a candle: each condition, what it compares, what was missing."""
    settings = configuration(config)
    approved, folder = settings.strategies.approved, settings.run.strategies_dir
    [one] = load(folder, [strategy], timeframe=timeframe, approved=approved).strategies
    place = journal or DEFAULT_JOURNAL
    measured: list[FlowMeasured] = []
    if data:
        inputs = inputs_of(candle_files(data, None, timeframe), timeframe)
        there = [each for source in inputs for each in source.series]
    else:
        there, measured = _journaled(place)
    series = _chosen(there, one.strategy, instrument)
    beside = _beside(series, there, measured)
    if near:
        _near(one.strategy, series, near, beside, json=json)
        return
    index = len(series.ts) - 1 if at is None else series.after(time_of(at)) - 1
    if index < 0:
        raise BadInput(
            f"--at {at}", "is before the first candle", f"Candles begin at {_time(series.ts.item(0))}."
        )
    answers = ask(one.strategy, series, index, beside)
    said = [] if data and journal is None else _said(place, one.strategy.name, series, index)
    if json:
        answer({"signals": said, "rules": [{**asdict(each), "short": each.short} for each in answers]})
    else:
        _show(one.strategy, series, index, answers, said)


def _chosen(series: list[Series], strategy: Strategy, instrument: str | None) -> Series:
    fits = [
        one
        for one in series
        if instrument in (None, one.instrument) and strategy.timeframe in (None, one.timeframe)
        if not strategy.instruments or one.instrument in strategy.instruments
    ]
    if not fits:
        there = ", ".join(sorted({f"{one.instrument} {one.timeframe}" for one in series})) or "none"
        remedy = f"There are candles of {there}; name one with --instrument or --data."
        raise BadInput(f"strategy {strategy.name}", "has no candles to look at", remedy)
    return fits[0]


def _journaled(place: Path) -> tuple[list[Series], list[FlowMeasured]]:
    """The candles that the journal holds, and what book and trades did in them; of a run over history those
    of its files. Raises BadInput."""
    rows: dict[tuple[str, str], list[list[float]]] = {}
    measured: list[FlowMeasured] = []
    with Reader(place) as reader:
        notes = reader.notes(reader.at(reader.span("last")[0]).run_id)
        if notes.get("data"):
            return [one for source in inputs_again(notes, None, place) for one in source.series], []
        for envelope in reader.envelopes(types=(CandlesClosed, FlowMeasured)):
            event = envelope.event
            if isinstance(event, CandlesClosed):
                block = event.candles
                held = rows.setdefault(block.key, [])
                held += [row for row in block.rows() if not held or row[0] > held[-1][0]]
            elif isinstance(event, FlowMeasured):
                measured.append(event)
    return [series_of(*key, held, "journal") for key, held in rows.items()], measured


def _beside(series: Series, there: list[Series], measured: list[FlowMeasured]) -> Beside:
    """What is known beside its candles."""
    others = Others()
    for one in there:
        others.know(one)
    beside = Beside(others)
    for event in measured:
        if (event.instrument, event.timeframe) == (series.instrument, series.timeframe):
            beside.add(event)
    return beside


def _said(place: Path, name: str, series: Series, index: int) -> list[dict[str, Any]]:
    """Its signals at this candle, each with what the Advisor objected to and what became of it."""
    with Reader(place) as reader:
        said = reader.query(SAID.format(name, series.instrument, series.ts.item(index)))
        return [{**one, "decision": _decided(reader, one["id"])} for one in said]


def _decided(reader: Reader, signal_id: str) -> list[dict[str, Any]]:
    """In words and in figures; an outcome comes when its horizon has passed."""
    told = [one.event for one in reader.related(signal_id)]
    return [
        {"type": one.wire_type, "text": summary(one), **one.plain()}
        for one in told
        if isinstance(one, SignalDeclined | GateObserved | OutcomeLabelled)
        and one.decision_id == kin("dec", signal_id)
    ]


def _near(strategy: Strategy, series: Series, count: int, beside: Beside, *, json: bool) -> None:
    found = nearest(strategy, series, strategy.warmup, count, beside)
    if json:
        rows = [{"ts": series.ts.item(at), "rule": rule, "score": score} for at, rule, score in found]
        answer({"threshold": strategy.threshold, "misses": rows})
        return
    table = Table("candle", "rule", "score", "short", box=None, title=f"nearest misses of {strategy.name}")
    for at, rule, score in found:
        table.add_row(_time(series.ts.item(at)), rule, f"{score:.3f}", f"{strategy.threshold - score:.3f}")
    output.print(table)


def _show(
    strategy: Strategy, series: Series, index: int, answers: list[Answer], said: list[dict[str, Any]]
) -> None:
    where = f"{series.instrument} {series.timeframe}, candle of {_time(series.ts.item(index))}"
    output.print(f"{strategy.name} on {where}", style="bold", markup=False)
    for one in said:
        output.print(
            f"it did signal: {one['kind']} {one['direction']}, score {one['score']:g}", style="green"
        )
        for event in one["decision"]:
            output.print(f"  {event['text']}", style="yellow", markup=False)
    for each in answers:
        verdict = f"{each.short:.3f} short of {each.threshold:g}" if each.short > 1e-9 else "reached"
        output.print(f"{each.rule}: score {each.score:.3f}, {verdict}", markup=False)
        for why in each.conditions:
            output.print(f"  {_line(why.id, why.value, why.weight, why.text, why.sides)}", markup=False)
        if each.hindered:
            output.print(f"  no signal by itself: {each.hindered}", style="yellow", markup=False)


def _line(name: str, value: float, weight: float, text: str, sides: tuple[float, float] | None) -> str:
    compared = "" if sides is None else f": {sides[0]:.6g} and {sides[1]:.6g}, {_apart(*sides)}"
    return f"{value:.2f} x {weight:g}  {name}  {text}{compared}"


def _apart(left: float, right: float) -> str:
    if not np.isfinite(left - right):
        return "unknown as yet"
    return f"{left - right:+.4g} apart"


def _time(ts: int) -> str:
    return str(np.datetime64(ts, "ms"))[:19].replace("T", " ")
