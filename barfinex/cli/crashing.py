"""`barfinex drill crash`: kill -9 at every point of the order path, restart, and judge."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from barfinex.cli.inputs import JsonOption, answer, errors, output
from barfinex.domain.errors import BadInput
from barfinex.runtime.drills.crash import Drill, DrillBroken, drill, report
from barfinex.runtime.drills.settings import busy


def crash(
    sample: Annotated[
        int | None, typer.Option(min=1, help="Try so many points once; default: all, three times each.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample and of the market.")] = 0,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Crashes at a time.")] = 2,
    keep: Annotated[Path | None, typer.Option(help="Folder for what failed; default: none is kept.")] = None,
    json: JsonOption = False,
) -> None:
    """Kill a run at every point of the order path, start it again and judge; exit 1 on any failure."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep or Path(scratch)
        if keep is not None and keep.exists() and any(keep.iterdir()):
            raise BadInput(str(keep), "is not empty", "Name a new folder with --keep.")
        with Progress(console=errors, disable=not errors.is_terminal, transient=True) as bar:
            task = bar.add_task("rehearsing", total=None)
            try:
                done = drill(
                    busy(seed),
                    "paper",
                    folder,
                    sample=sample,
                    seed=seed,
                    workers=workers,
                    progress=lambda n, of: bar.update(task, completed=n, total=of, description="crashing"),
                )
            except DrillBroken as broken:
                raise BadInput("the drill", f"could not be carried out: {broken}", "Try again.") from broken
    if json:
        answer(report(done))
    else:
        output.print(_matrix(done))
        _say(done)
    if not done.passed:
        raise typer.Exit(1)


def _matrix(done: Drill) -> Table:
    table = Table("point", "tried", "reached", "safe", title="kill -9, restart, verdict")
    for point in sorted({trial.point for trial in done.trials}):
        trials = [trial for trial in done.trials if trial.point == point]
        reached, bad = sum(t.reached for t in trials), sum(bool(t.faults) for t in trials)
        style = "red" if bad else "yellow" if not reached else "green"
        table.add_row(point, str(len(trials)), str(reached), "no" if bad else "yes", style=style)
    return table


def _say(done: Drill) -> None:
    for trial in done.failed:
        for fault in trial.faults:
            output.print(f"{trial.point} ({trial.turn}): {fault}", style="red", markup=False)
    for point in done.missed:
        output.print(f"{point}: no trial came to it", style="yellow", markup=False)
    verdict = "every crash was safe" if done.passed else "NOT safe"
    reached = sum(trial.reached for trial in done.trials)
    output.print(
        f"{verdict}: {len(done.points)} points, {len(done.trials)} trials, {reached} crashes",
        style="green" if done.passed else "bold red",
    )
