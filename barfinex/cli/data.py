"""`barfinex data`: what candle files and the store hold, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import track
from rich.table import Table

from barfinex.cli.inputs import ConfigOption, JsonOption, answer, configuration, errors, output
from barfinex.cli.storing import StoreOption, opened
from barfinex.domain.errors import BadInput
from barfinex.provider.store.scan import Kept
from barfinex.provider.store.scan import scan as scan_store
from barfinex.provider.venues.history import Report, load

Files = Annotated[list[Path], typer.Argument(help="Candle files, Parquet or CSV.")]
INFO = ("file", "instrument", "timeframe", "rows", "candles", "start", "end", "sha256")

app = typer.Typer(no_args_is_help=True)


@app.command()
def info(files: Files, json: JsonOption = False) -> None:
    """Show rows, instrument, timeframe, range and source hash; exit 2 when a file cannot be used."""
    reports, faults = _read(files)
    whole = [asdict(report) for report in reports]
    _tell(reports, [{key: report[key] for key in INFO} for report in whole], faults, _info, json=json)
    if faults:
        raise typer.Exit(2)


@app.command()
def scan(
    files: Annotated[list[Path] | None, typer.Argument(help="Candle files; without any, the store.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when rows had to be left out.")] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Look for gaps, empty candles, outliers and rows that cannot be believed; nothing is repaired."""
    if not files:
        _scan_store(config, store, strict=strict, json=json)
        return
    reports, faults = _read(files)
    _tell(reports, [asdict(report) for report in reports], faults, _scan, json=json)
    if faults:
        raise typer.Exit(2)
    if strict and any(report.quarantined for report in reports):
        raise typer.Exit(1)


def _scan_store(config: Path | None, root: Path | None, *, strict: bool, json: bool) -> None:
    settings = configuration(config)
    shelves = [root] if root else sorted(path.parent for path in settings.shelves.glob("*/hot.db"))
    found: dict[str, list[Kept]] = {}
    for shelf in shelves:
        with opened(settings, shelf) as kept:
            series = scan_store(kept)
        if series:
            found[shelf.name] = series
    if json:
        answer({"series": [{"shelf": name, **asdict(one)} for name, each in found.items() for one in each]})
    elif not found:
        output.print("the store is empty: fill it by `barfinex data import` or `data fetch`")
    else:
        for name, each in found.items():
            output.print(f"{name}:", markup=False)
            output.print(_kept(each))
    if strict and any(one.gap_candles for each in found.values() for one in each):
        raise typer.Exit(1)


def _kept(found: list[Kept]) -> Table:
    right = ("candles", "gaps", "missing", "longest", "stale", "seams", "outliers", "score")
    table = Table("instrument", "step", "from", "to", box=None)
    for header in right:
        table.add_column(header, justify="right")
    table.add_column("not final")
    table.add_column("incidents")
    for one in found:
        unsure = {name: count for name, count in one.provenance.items() if name != "final"}
        counts = (
            one.candles,
            len(one.gaps),
            one.gap_candles,
            one.longest_gap,
            len(one.stale),
            one.seams,
            one.outliers,
        )
        table.add_row(
            one.instrument,
            one.timeframe,
            _day(one.start),
            _day(one.end),
            *(f"{count:,}" for count in counts),
            f"{one.score:.4f}",
            *(
                ", ".join(f"{name} {count:,}" for name, count in each.items())
                for each in (unsure, one.incidents)
            ),
        )
    return table


def _read(files: list[Path]) -> tuple[list[Report], list[BadInput]]:
    """Every file is looked at, so that one bad file does not hide what is wrong with the next."""
    reports, faults = [], []
    quiet = len(files) == 1 or not errors.is_terminal
    for path in track(files, "reading", console=errors, transient=True, disable=quiet):
        try:
            reports.append(load(path).report)
        except BadInput as fault:
            faults.append(fault)
    return reports, faults


def _tell(
    reports: list[Report],
    rows: list[dict[str, Any]],
    faults: list[BadInput],
    table: Callable[[list[Report]], Table],
    *,
    json: bool,
) -> None:
    if json:
        answer({"files": rows, "errors": [str(fault) for fault in faults]})
    elif reports:
        output.print(table(reports))
        for report in reports:
            for remark in _remarks(report):
                output.print(f"{report.file}: {remark}", style="yellow", soft_wrap=True)
    for fault in faults:
        errors.print(f"error: {fault}", style="red", soft_wrap=True, markup=False)


def _info(reports: list[Report]) -> Table:
    table = Table("file", "instrument", "timeframe", "rows", "from", "to", "sha256", box=None)
    for one in reports:
        name = Path(one.file).name
        table.add_row(
            name,
            one.instrument,
            one.timeframe,
            f"{one.rows:,}",
            _day(one.start),
            _day(one.end),
            one.sha256[:12],
        )
    return table


def _scan(reports: list[Report]) -> Table:
    """What fits a narrow terminal; which rows were left out and why follows below the table."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("file", overflow="fold")
    headers = (
        "rows",
        "step",
        "gaps",
        "missing",
        "long-\nest",
        "closed",
        "empty",
        "in a\nrow",
        "left\nout",
        "out-\nliers",
        "score",
    )
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)
    for one in reports:
        left_out = one.rows - one.candles
        volume = (one.zero_volume, one.longest_zero_volume)
        gaps = (len(one.gaps), one.gap_candles, one.longest_gap, one.closed_runs)
        counts = (*gaps, *volume, left_out, one.outliers)
        cells = ("-" if count is None else f"{count:,}" for count in counts)
        table.add_row(Path(one.file).stem, f"{one.rows:,}", one.timeframe, *cells, f"{one.score:.3f}")
    return table


def _remarks(report: Report) -> list[str]:
    left_out = [
        f"{count} rows left out: {defect} (row {', '.join(map(str, report.examples[defect]))}"
        f"{', …' if count > len(report.examples[defect]) else ''})"
        for defect, count in report.quarantined.items()
    ]
    stuck, odd = sum(count for _, count in report.stale), []
    if stuck:
        runs = f"{stuck:,} candles in {len(report.stale):,} runs"
        odd.append(f"{runs} repeat the one before: a feed was stuck")
    if report.seams:
        odd.append(f"{report.seams:,} candles open far from the close before: is it joined of two?")
    return [*left_out, *odd, *report.notes]


def _day(ts: int) -> str:
    return str(np.datetime64(ts, "ms"))[:16].replace("T", " ")
