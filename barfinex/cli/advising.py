"""`barfinex advisor`: how honest and how useful its decisions were, and one of them made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer
from rich.table import Table

from barfinex.audit.reader import OWN_S, Reader
from barfinex.cli.advising_figures import courses_of, figures_of
from barfinex.cli.advising_tables import show
from barfinex.cli.inputs import (
    DEFAULT_JOURNAL,
    JournalOption,
    JsonOption,
    StrategyOption,
    answer,
    configuration,
    errors,
    inputs_again,
    output,
    writable,
)
from barfinex.cli.strategies import strategies_of
from barfinex.config import Config
from barfinex.domain.errors import BadInput
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.base import Event
from barfinex.events.kernel import RunStarted
from barfinex.runtime.advising import config_of, recollect
from barfinex.runtime.redeciding import Recorded, differences, from_files, from_rows, recorded
from barfinex.studio.advice import write

LATEST = """select json_extract(body, '$.decision_id') as decision_id from events
where type = 'advisor.decision_responded' order by seq desc limit 1"""

advisor = typer.Typer(no_args_is_help=True)


@advisor.command()
def report(
    journal: JournalOption = None,
    run: Annotated[str, typer.Option(help="As it stood at the end of this run; default: the last.")] = "last",
    strategy: StrategyOption = None,
    html: Annotated[Path | None, typer.Option(help="One HTML page with plots; it opens offline.")] = None,
    json: JsonOption = False,
) -> None:
    """How honest its probabilities were, what it has learned, and what each of its gates was worth."""
    place = journal or DEFAULT_JOURNAL
    if html is not None:
        writable(html, "--html")
    with Reader(place) as reader:
        found = recollect(reader, run, frozenset(strategy or ()))
    told = {"journal": str(place), "run": run, **figures_of(found)}
    if html is not None:
        write(told, courses_of(found), html)
        errors.print(f"report: {html}", style="dim", soft_wrap=True)
    if json:
        answer(told)
    else:
        show(told)


@advisor.command()
def replay(
    decision: Annotated[str, typer.Argument(help="A decision's id, dec-…, or last.")],
    journal: JournalOption = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Candle files of the run, if they were moved.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="TOML file whose \\[advisor] is tried instead of the run's."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a decision again by today's code; exit 1 when any of its events differs by a byte."""
    place = journal or DEFAULT_JOURNAL
    with Reader(place) as reader:
        found = recorded(reader, _latest(reader) if decision == "last" else decision)
        settings = config_of(reader, found.first)
        if config is not None:
            settings = settings.model_copy(update={"advisor": configuration(config).advisor})
        said = _again(settings, reader, found, data)
    apart = differences(found.said, said)
    names = ("seq", "wire_type", "field", "recorded", "replayed")
    told = {
        "decision": found.id,
        "events": len(found.said),
        "identical": not apart,
        "recorded": _verdict([one.event for one in found.said]),
        "replayed": _verdict(said),
        "differences": [{name: getattr(one, name) for name in names} for one in apart],
    }
    if json:
        answer(told)
    else:
        _show(told)
    if apart:
        raise typer.Exit(1)


def _latest(reader: Reader) -> str:
    rows = reader.query(LATEST, OWN_S)
    if not rows:
        raise BadInput(str(reader.path), "holds no decision", "Name another journal with --journal.")
    return str(rows[0]["decision_id"])


def _again(config: Config, reader: Reader, found: Recorded, data: Sequence[Path] | None) -> list[Event]:
    started = reader.at(found.first)
    assert isinstance(started.event, RunStarted), "a run begins with RunStarted"
    if not started.event.data:
        return anyio.run(from_rows, config, reader, found)
    notes = reader.notes(started.run_id)
    timeframe, given = notes.get("timeframe"), notes.get("given")
    loaded = strategies_of(config, None, tuple(started.event.strategies), timeframe=timeframe, given=given)
    inputs = inputs_again(notes, data, reader.path)
    return anyio.run(from_files, config, inputs, loaded, reader, found)


def _verdict(said: Sequence[Event]) -> str:
    """How a decision ended, in a sentence."""
    last = next((one for one in reversed(said) if isinstance(one, DecisionResponded)), None)
    if last is None:
        return "the signal did not come again" if not said else "it did not come to an end"
    what = f"{last.strategy} {last.direction} {last.instrument}"
    chance = f"probability {last.p_final:.3f}, at least {last.lcb:.3f}"
    if last.approved:
        return f"{what}: approved, {chance}, size {last.size:.3%}"
    return f"{what}: declined at {last.stage}, {last.code} {last.value} (limit {last.limit}), {chance}"


def _show(told: dict[str, Any]) -> None:
    output.print(f"recorded  {told['recorded']}", markup=False)
    if told["identical"]:
        output.print(f"identical ({told['events']} events)", style="green")
        return
    output.print(f"replayed  {told['replayed']}", markup=False)
    output.print(f"{len(told['differences'])} of {told['events']} events differ", style="bold red")
    table = Table("row", "event", "field", "recorded", "replayed")
    for one in told["differences"]:
        row = str(one["seq"] or "")
        table.add_row(row, one["wire_type"], one["field"], one["recorded"], one["replayed"])
    output.print(table)
