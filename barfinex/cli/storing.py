"""`barfinex data import` and `export`: files into the candle store, and out of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from barfinex.cli.exchanges import VenueOption, with_exchange
from barfinex.cli.inputs import ConfigOption, JsonOption, answer, configuration, errors, folder, output
from barfinex.clock import SystemClock
from barfinex.config import Config
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider.store.candles import FIRST, LAST, CandleStore
from barfinex.provider.store.hot import StoreTrouble
from barfinex.provider.venues.history import load

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of one exchange's candles.")]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Timeframe = Annotated[str, typer.Option("--timeframe", help="Length of the candles, e.g. 1m.")]
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
From = Annotated[
    datetime | None, typer.Option("--from", metavar="DAY", formats=FORMATS, help="First day or minute, UTC.")
]
To = Annotated[
    datetime | None,
    typer.Option("--to", metavar="DAY", formats=FORMATS, help="Day or minute it ends before, UTC."),
]


def import_(
    files: Annotated[list[Path], typer.Argument(help="Candle files, Parquet or CSV.")],
    instrument: Annotated[list[str] | None, typer.Option("--instrument", help="Name per file.")] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    dry_run: DryOption = False,
    json: JsonOption = False,
) -> None:
    """Keep the candles of files; what differs from what is kept becomes a new version beside it."""
    if instrument and len(instrument) != len(files):
        raise BadInput(
            "--instrument", f"names {len(instrument)} for {len(files)} files", "Give one per file."
        )
    settings, now = configuration(config), SystemClock().now()
    rows: list[dict[str, Any]] = []
    faults: list[BadInput] = []
    with bar("importing", len(files), json=json) as told:
        for number, path in enumerate(files):
            try:
                loaded = load(path, instrument[number] if instrument else None)
            except BadInput as fault:  # One bad file does not keep the next one out.
                faults.append(fault)
                continue
            try:
                with opened(settings, store) as kept:
                    put = kept.put(loaded.series.block(), now, dry=dry_run)
            except StoreTrouble as trouble:
                raise BadInput("the candle store", f"keeps nothing: {trouble}", "See its disk.") from trouble
            about = {"file": str(path), "instrument": loaded.series.instrument}
            left_out = loaded.report.rows - loaded.report.candles
            rows.append(
                {**about, "timeframe": loaded.series.timeframe, **put._asdict(), "left_out": left_out}
            )
            told(1)
    say({"imported": rows, "dry_run": dry_run, "errors": [str(one) for one in faults]}, rows, json=json)
    for one in faults:
        errors.print(f"error: {one}", style="red", soft_wrap=True, markup=False)
    if faults:
        raise typer.Exit(2)


def export(
    instrument: Annotated[str, typer.Argument(help="Instrument, e.g. BTC-USDT.")],
    out: Annotated[Path, typer.Option("--out", help="New file, .parquet or .csv.")],
    timeframe: Timeframe = "1m",
    since: From = None,
    until: To = None,
    venue: VenueOption = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", metavar="DAY", formats=FORMATS, help="As it was known then, UTC."),
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write candles of the store to a file that `backtest --data` reads."""
    timeframe_ms(timeframe)
    if out.suffix not in (".parquet", ".csv"):
        raise BadInput(f"--out {out}", "is neither .parquet nor .csv", "Name it so.")
    if out.exists():
        raise BadInput(f"--out {out}", "exists already", "Name a new file, or move this one away.")
    settings = with_exchange(configuration(config), venue, None)
    shelf = store or settings.shelf()
    if not (shelf / "hot.db").exists():
        raise BadInput(
            str(shelf), "holds no candles", "Name the exchange by --venue, or a folder by --store."
        )
    with opened(settings, shelf) as kept:
        moment = None if as_of is None else ms_of(as_of, LAST)
        series = kept.get(instrument, timeframe, ms_of(since, FIRST), ms_of(until, LAST), moment)
    if not len(series.ts):
        raise BadInput(f"{instrument} {timeframe}", "has no candles there", "See `barfinex data scan`.")
    folder(out.parent)
    _write(series, out)
    row = {"file": str(out), "instrument": instrument, "timeframe": timeframe, "candles": len(series.ts)}
    say(row, [row], json=json)


@contextmanager
def opened(config: Config, root: Path | None) -> Iterator[CandleStore]:
    """The shelf of the store that the command names, or of the configured exchange."""
    kept = CandleStore(root or config.shelf(), config.store.hot_days)
    try:
        yield kept
    finally:
        kept.close()


@contextmanager
def bar(what: str, total: int, *, json: bool) -> Iterator[Callable[[int], None]]:
    """Progress on stderr, where somebody is looking."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=json or not errors.is_terminal) as shown:
        task = shown.add_task("", total=total)
        yield lambda count: shown.advance(task, count)


def _write(series: Series, out: Path) -> None:
    """Columns as `backtest --data` reads them."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    columns = {name: getattr(series, name) for name in ("ts", "open", "high", "low", "close", "volume")}
    table = pa.table(columns)
    if out.suffix == ".csv":
        csv.write_csv(table, out)
    else:
        parquet.write_table(table, out, compression="zstd")


def ms_of(moment: datetime | None, otherwise: int) -> int:
    """A time of the command line in ms UTC."""
    return otherwise if moment is None else int(moment.replace(tzinfo=UTC).timestamp() * 1_000)


def say(report: dict[str, Any], rows: Sequence[dict[str, Any]], *, json: bool) -> None:
    """The report as one object, or a line a row."""
    if json:
        answer(report)
        return
    for row in rows:
        words = ", ".join(
            f"{name} {value:,}" if isinstance(value, int) else str(value) for name, value in row.items()
        )
        output.print(words, soft_wrap=True, markup=False)
    sys.stdout.flush()
