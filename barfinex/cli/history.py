"""`barfinex backtest`: candle files through the whole system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import anyio
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from barfinex.audit.journal import SqliteJournal
from barfinex.cli.inputs import (
    ConfigOption,
    JournalOption,
    JsonOption,
    ParamOption,
    SinceOption,
    StrategyOption,
    UntilOption,
    answer,
    candle_files,
    configuration,
    errors,
    folder,
    inputs_of,
    part_of,
    writable,
)
from barfinex.cli.reporting import FILES, defects, show, tell
from barfinex.cli.strategies import parameters_of, runnable
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.events.detector import StrategyDisabled
from barfinex.provider.venues.history import Loaded as LoadedFile
from barfinex.runtime.history import Input, Outcome, run_history


def backtest(
    data: Annotated[list[Path], typer.Option("--data", help="Candle file, Parquet or CSV; may be repeated.")],
    block: Annotated[
        int, typer.Option(min=0, help="Most candles to a block; 0: as many as pass quietly.")
    ] = 0,
    instrument: Annotated[
        list[str] | None, typer.Option("--instrument", help="Name per file, or a selection of instruments.")
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="Build candles up to this timeframe, e.g. 1h.")
    ] = None,
    funding: Annotated[
        list[Path] | None,
        typer.Option("--funding", help="Funding rates of a linear future (ts,rate); may be repeated."),
    ] = None,
    strategy: StrategyOption = None,
    param: ParamOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = None,
    journal: JournalOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for trades.csv, equity.csv and result.json.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--report", help="One HTML page with plots; it opens offline.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Trade candle files as if they happened now, and report. Equal inputs give an equal journal hash."""
    settings = configuration(config, strategy)
    files = candle_files(data, instrument, timeframe)
    inputs = part_of(inputs_of(files, timeframe, funding or ()), since, until)
    given = parameters_of(param or ())
    loaded = runnable(settings, [one for source in inputs for one in source.series], timeframe, given)
    if out is not None:  # Before hours are spent on what could not be written.
        for name in FILES:
            writable(out / name, "--out")
    if page is not None:
        writable(page, "--report")
    place = _journal_place(journal)
    notes = {**_notes(files, timeframe, funding or ()), "given": given, "from": since, "to": until}
    outcome, head = _run(settings, inputs, loaded, place, notes, block=block, show=not json)
    report = {**outcome.report(settings), "journal_hash": head, "journal": str(place)}
    report["data"] = [defects(one) for one in inputs]
    tell(report, outcome, settings.venue.cash, out, page)
    if json:
        answer(report)
    else:
        show(report)


def _run(
    settings: Config,
    inputs: Sequence[Input],
    loaded: Loaded,
    place: Path,
    notes: dict[str, Any],
    *,
    block: int,
    show: bool,
) -> tuple[Outcome, str]:
    """What the run came to, and the head of its journal."""
    with SqliteJournal(place, sync="batch") as book, _progress(inputs, show=show) as tell_progress:
        run = partial(run_history, settings, inputs, loaded, book, mode="backtest", block=block)
        outcome = anyio.run(partial(run, taps=[_warn], progress=tell_progress))
        book.note(outcome.run_id, notes)
        return outcome, book.head


def _journal_place(journal: Path | None) -> Path:
    """A new file: a run over history is a journal of its own, so that its hash stands for it."""
    if journal is None:
        with NamedTemporaryFile(
            prefix="backtest-", suffix=".db", dir=folder(Path("data/backtests")), delete=False
        ) as file:
            return Path(file.name)
    if journal.exists() and journal.stat().st_size:
        raise BadInput(
            str(journal), "exists already", "Name a new file with --journal, or move this one away."
        )
    folder(journal.parent)
    return journal


def _warn(envelope: Envelope) -> None:
    """A strategy that is left out is said aloud, also when the report is for a program."""
    if isinstance(envelope.event, StrategyDisabled):
        one = envelope.event
        errors.print(
            f"{one.strategy} is disabled: {one.reason}", style="yellow", soft_wrap=True, markup=False
        )


def _notes(files: Sequence[LoadedFile], timeframe: str | None, funding: Sequence[Path]) -> dict[str, Any]:
    """Where the run's inputs lie: outside the hash chain, since a moved file is the same file."""
    return {
        "data": [str(Path(file.report.file).resolve()) for file in files],
        "instruments": [file.series.instrument for file in files],
        "timeframe": timeframe,
        "funding": [str(path.resolve()) for path in funding],
    }


@contextmanager
def _progress(inputs: Sequence[Input], *, show: bool) -> Iterator[Callable[[int], None]]:
    if not (show and errors.is_terminal):
        yield lambda _: None
        return
    first = min(int(one.ts[0]) for source in inputs for one in source.series)
    last = max(int(one.ts[-1]) for source in inputs for one in source.series)
    columns = (
        TextColumn("replaying"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=max(1, last - first))
        shown = 0

        def tell(now: int) -> None:
            nonlocal shown
            share = (now - first) * 100 // max(1, last - first)
            if share != shown:
                shown = share
                bar.update(task, completed=now - first)

        yield tell
