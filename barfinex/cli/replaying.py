"""`barfinex replay`: run a journal's inputs again and compare event by event."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import anyio
import typer
from rich.table import Table

from barfinex.audit.reader import Reader
from barfinex.cli.inputs import (
    DEFAULT_JOURNAL,
    JournalOption,
    JsonOption,
    answer,
    inputs_again,
    output,
)
from barfinex.cli.strategies import strategies_of
from barfinex.events.kernel import RunStarted
from barfinex.runtime.advising import config_of
from barfinex.runtime.rerun import rerun_history, rerun_modules


def replay(
    run: Annotated[str, typer.Argument(help="A run id, or `last`.")] = "last",
    journal: JournalOption = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Candle files of the run, if they were moved.")
    ] = None,
    strategies: Annotated[Path | None, typer.Option(help="Folder of strategies, if not the run's.")] = None,
    json: JsonOption = False,
) -> None:
    """Run a journal's inputs again through today's code; exit 1 when any event differs."""
    place = journal or DEFAULT_JOURNAL
    with Reader(place) as reader:
        first, last = reader.span(run)
        config = config_of(reader, first)
        started = reader.at(first).event
        assert isinstance(started, RunStarted), "a run begins with RunStarted"
        notes = reader.notes(reader.at(first).run_id)
        timeframe = notes.get("timeframe")
        named, given = tuple(started.strategies), notes.get("given")
        loaded = strategies_of(config, strategies, named, timeframe=timeframe, given=given)
        if started.data:
            inputs = inputs_again(notes, data, place)
            comparison = anyio.run(rerun_history, config, inputs, loaded, reader, first, last, started.mode)
        else:
            comparison = anyio.run(rerun_modules, config, loaded, reader, first, last)
    known = {one.strategy.name: one.source_hash for one in loaded.strategies}
    changed = [name for name, source_hash in started.strategies.items() if known.get(name) != source_hash]
    report: dict[str, Any] = {"run": run, "changed_strategies": changed, **comparison.report()}
    if json:
        answer(report)
    else:
        _show(report)
    if not comparison.is_equal or not comparison.compared:
        raise typer.Exit(1)


def _show(report: dict[str, Any]) -> None:
    if report["changed_strategies"]:
        output.print(f"changed since the run: {', '.join(report['changed_strategies'])}", style="yellow")
    if not report["compared"]:
        output.print("nothing to compare: no module was given anything in this run", style="yellow")
        return
    if not report["differing"]:
        output.print(f"equal: {report['compared']:,} events came out as they were recorded", style="green")
        return
    output.print(f"{report['differing']:,} of {report['compared']:,} events differ", style="bold red")
    table = Table("row", "event", "field", "recorded", "replayed")
    for one in report["differences"]:
        table.add_row(str(one["seq"]), one["wire_type"], one["field"], one["recorded"], one["replayed"])
    output.print(table)
