"""`barfinex drill risk`: trip every control once, on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from barfinex.audit.reader import Reader
from barfinex.cli.inputs import JournalOption, JsonOption, answer, configuration, folder, output
from barfinex.runtime.drills.risk import Trial, drill, last_drilled, last_fired, record


def risk(
    journal: JournalOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Journal of drills to add to; default drills.db beside the journal.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Bring every control to its limit and past it, kill and flatten once; exit 1 on any failure."""
    place = journal or configuration(None).run.data_dir / "barfinex.db"
    fired: dict[str, int] = {}
    if journal is not None or place.exists():
        with Reader(place) as reader:
            fired = last_fired(reader)
    drills = out or place.parent / "drills.db"
    before = last_drilled(drills)
    trials = drill()
    folder(drills.parent)
    record(trials, drills)
    passed = all(trial.ok for trial in trials)
    if json:
        answer({"passed": passed, "controls": _report(trials, fired, before), "drills": str(drills)})
    else:
        output.print(_matrix(trials, fired, before))
        _say(trials, passed)
    if not passed:
        raise typer.Exit(1)


def _report(
    trials: Sequence[Trial], fired: Mapping[str, int], before: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    return {
        trial.control: {
            "ok": trial.ok,
            "wired": trial.wired,
            "passes_at_limit": trial.passes,
            "trips": trial.trips,
            "flat_ms": trial.flat_ms,
            "fault": trial.fault,
            "last_fired": fired.get(trial.control),
            "last_drilled": before.get(trial.control),
        }
        for trial in trials
    }


def _matrix(trials: Sequence[Trial], fired: Mapping[str, int], before: Mapping[str, int]) -> Table:
    columns = ("control", "wired", "at its limit", "past it", "last fired", "last drilled")
    table = Table(*columns, title="every control tried")
    for trial in trials:
        table.add_row(
            trial.control,
            "yes" if trial.wired else "NO",
            "passes" if trial.passes else "REFUSES",
            "trips" if trial.trips else "PASSES",
            _when(fired.get(trial.control)),
            _when(before.get(trial.control)),
            style="green" if trial.ok else "red",
        )
    return table


def _when(at: int | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _say(trials: Sequence[Trial], passed: bool) -> None:
    for trial in trials:
        if not trial.ok:
            output.print(f"{trial.control}: {trial.fault}", style="red", markup=False)
    flat = ", ".join(str(trial.flat_ms) for trial in trials if trial.flat_ms is not None)
    ok = sum(trial.ok for trial in trials)
    output.print(
        f"{ok} of {len(trials)} controls work; flat {flat} ms of market time after the kill",
        style="green" if passed else "bold red",
    )
