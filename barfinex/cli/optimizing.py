"""`barfinex optimize`: search a strategy's parameters, walk-forward, on all cores; it can be resumed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from barfinex.cli.inputs import (
    ConfigOption,
    JsonOption,
    StrategyOption,
    answer,
    candle_files,
    configuration,
    errors,
    inputs_of,
    output,
)
from barfinex.cli.strategies import runnable
from barfinex.domain.errors import BadInput
from barfinex.runtime.research.trial import METRICS
from barfinex.runtime.research.walking import Plan, concluded

POLL_S = 0.2
Worker = tuple["subprocess.Popen[bytes]", IO[bytes]]


def optimize(
    data: Annotated[list[Path], typer.Option("--data", help="Candle file, Parquet or CSV; may be repeated.")],
    trials: Annotated[int, typer.Option(min=2, help="Trials of each fold.")] = 50,
    folds: Annotated[int, typer.Option(min=1, help="Walk-forward folds.")] = 3,
    metric: Annotated[str, typer.Option(help="What is maximised: sharpe, net_pnl or calmar.")] = "sharpe",
    study: Annotated[Path | None, typer.Option(help="File of the trials; an old one is resumed.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    timeframe: Annotated[str | None, typer.Option(help="Build candles up to this timeframe.")] = None,
    strategy: StrategyOption = None,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 1,
    config: ConfigOption = None,
    worker: Annotated[int | None, typer.Option(hidden=True)] = None,
    json: JsonOption = False,
) -> None:
    """Search the parameters a strategy declares with param(), each fold on what precedes it.

    The best of a fold is tried once on the time right after. Kill it when you like: the same command goes on.
    """
    if metric not in METRICS:
        raise BadInput(f"--metric {metric}", "is no metric", f"Give one of {', '.join(METRICS)}.")
    settings = configuration(config, strategy)
    inputs = inputs_of(candle_files(data, None, timeframe), timeframe)
    named = "-".join(settings.strategies.names) or "all"
    plan = Plan(
        settings,
        inputs,
        folds,
        trials,
        metric,
        study or settings.run.data_dir / "studies" / f"{named}.log",
        seed,
    )
    if worker is not None:
        parent = os.getppid()
        plan.work(worker, lambda: os.getppid() == parent)
        return
    runnable(settings, [one for source in inputs for one in source.series], timeframe)
    plan.parameters()
    _search(plan, workers or os.cpu_count() or 1, show=not json)
    found = concluded(plan)
    if json:
        answer(found)
    else:
        _show(found)


def _search(plan: Plan, workers: int, *, show: bool) -> None:
    studies = [plan.study(number) for number in range(plan.folds)]
    given_up = sum(one.recover() for one in studies)
    begun = sum(len(one.complete) for one in studies)
    if begun and show:
        errors.print(f"resumed: {begun} trials are done, {given_up} were cut off", style="dim")
    running = [_start(number) for number in range(workers)]
    columns = (TextColumn("searching"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(
            *columns, console=errors, transient=True, disable=not show or not errors.is_terminal
        ) as bar:
            task = bar.add_task("", total=plan.trials * plan.folds)
            while alive := [process for process, _ in running if process.poll() is None]:
                bar.update(task, completed=sum(len(one.complete) for one in studies))
                with suppress(subprocess.TimeoutExpired):
                    alive[0].wait(POLL_S)
    finally:
        for process, _ in running:
            process.terminate()
            process.wait()
    _refuse_failure(running)


def _start(number: int) -> Worker:
    said = TemporaryFile()  # noqa: SIM115 - closed when it is forgotten, after it was read
    command = [sys.executable, "-m", "barfinex", *sys.argv[1:], "--worker", str(number)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BARFINEX_")}
    environ = {**kept, "OMP_NUM_THREADS": "1"}  # A search needs no key of an exchange.
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environ), said  # noqa: S603


def _refuse_failure(running: Sequence[Worker]) -> None:
    for process, said in running:
        if process.returncode:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise BadInput("optimize", f"a worker ended: {last[0]}", "The same command goes on from there.")


def _show(found: dict[str, Any]) -> None:
    table = Table("tested on", "parameters", "trials", box=None)
    for header in (found["metric"], "trades", "sharpe", "net pnl", "max drawdown"):
        table.add_column(header if header == found["metric"] else f"{header},\nafter", justify="right")
    for row in found["folds"]:
        after = row["outside"]
        table.add_row(
            row["tested"],
            ", ".join(f"{name}={value:g}" for name, value in row["params"].items()),
            str(row["trials"]),
            f"{row['value']:.2f}",
            str(after["trades"]),
            _figure(after["sharpe"]),
            f"{after['net_pnl']:,.2f}",
            f"{after['max_drawdown']:.2%}",
        )
    output.print(table)
    outside, last = found["outside"], found["folds"][-1]
    together = f"{outside['gained']:+.2%} in {outside['days']} days, Sharpe {_figure(outside['sharpe'])}"
    output.print(f"all tests together: {together}")
    output.print(f"trials of all folds: {found['trials']}")
    output.print(
        f"deflated Sharpe: {_figure(found['deflated_sharpe'])}, the probability of any skill behind it"
    )
    output.print(f"probability of overfitting: {_figure(found['overfitting_probability'])}")
    given = " ".join(f"--param {name}={value!r}" for name, value in last["params"].items())
    since, until = last["searched"].split("..")
    output.print(f"the newest again: barfinex backtest … {given} --from {since} --to {until}", style="dim")
    output.print(f"its run id: {last['inside']['run_id']}", style="dim")


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
