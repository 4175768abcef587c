"""`barfinex backtest`: candle files through the whole system."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import anyio
import orjson
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from barfinex.audit.journal import SqliteJournal
from barfinex.cli.inputs import (
    ConfigOption,
    JournalOption,
    JsonOption,
    StrategyOption,
    answer,
    candle_files,
    configuration,
    errors,
    folder,
    inputs_of,
    output,
    runnable,
)
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
    config: ConfigOption = None,
    journal: JournalOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for trades.csv, equity.csv and result.json.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Trade candle files as if they happened now, and report. Equal inputs give an equal journal hash."""
    settings = configuration(config, strategy)
    files = candle_files(data, instrument, timeframe)
    inputs = inputs_of(files, timeframe, funding or ())
    loaded = runnable(settings, [one for source in inputs for one in source.series], timeframe)
    if out is not None:
        folder(out)  # Before hours are spent on what could not be written.
    place = _journal_place(journal)
    with SqliteJournal(place, sync="batch") as book, _progress(inputs, show=not json) as tell:
        run = partial(run_history, settings, inputs, loaded, book, mode="backtest", block=block)
        outcome = anyio.run(partial(run, taps=[_warn], progress=tell))
        book.note(outcome.run_id, _notes(files, timeframe, funding or ()))
        head = book.head
    report = {**outcome.report(settings), "journal_hash": head, "journal": str(place)}
    report["data"] = [_defects(one) for one in inputs]
    if out is not None:
        _write(out, outcome, settings.venue.cash, report)
    if json:
        answer(report)
    else:
        _show(report)


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


def _defects(source: Input) -> dict[str, Any]:
    found = {"findings": source.findings, "quarantined": source.quarantined}
    rates = {} if source.rates is None else {"funding": source.rates.name}
    return {"file": source.name, "sha256": source.sha256, **found, **rates}


TRADE_COLUMNS = (
    "entry_ts", "exit_ts", "entry_price", "exit_price", "reason", "instrument", "strategy", "direction",
    "quantity", "fees", "funding", "net_pnl", "id",
)  # fmt: skip


def _write(out: Path, outcome: Outcome, cash: Any, report: dict[str, Any]) -> None:
    with (out / "trades.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*TRADE_COLUMNS, "r_net"])
        for trade, r_net in outcome.collector.trades:
            writer.writerow([*(getattr(trade, name) for name in TRADE_COLUMNS), r_net])
    times, equity = outcome.equity(cash)
    with (out / "equity.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ts", "equity"])
        writer.writerows(zip(times.tolist(), equity.tolist(), strict=True))
    (out / "result.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def _show(report: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for key in (
        "bars", "wall_s", "bars_per_s", "signals", "declined", "intents", "refused", "orders", "fills",
        "trades", "wins", "net_pnl", "fees", "funding", "max_drawdown", "sharpe", "exit_reasons",
        "unprotected_ms", "run_id", "journal_hash", "journal",
    ):  # fmt: skip
        table.add_row(key, f"{report[key]:,}" if isinstance(report[key], int) else str(report[key]))
    output.print(table)
    for halt in report["halts"]:
        at = datetime.fromtimestamp(halt["at"] / 1000, UTC)
        said = f"halted ({halt['scope']}) from {at:%Y-%m-%d %H:%M} on: {halt['reason']}"
        errors.print(said, style="yellow", markup=False)
    for source in report["data"]:
        for what, counts in (("found", source["findings"]), ("rows left out", source["quarantined"])):
            if counts:
                listed = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
                errors.print(f"{source['file']}: {what}: {listed}", style="yellow")
    output.print(f"explain a trade: barfinex trace --journal {report['journal']} first", style="dim")
