"""What several commands take: a configuration, strategies, candle files; and how they answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from barfinex.config import Config, load
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import pair_of, timeframe_ms
from barfinex.provider.candles import resample
from barfinex.provider.venues.history import Loaded as LoadedFile
from barfinex.provider.venues.history import Report
from barfinex.provider.venues.history import load as load_file
from barfinex.provider.venues.rates import Listed, load_rates
from barfinex.runtime.history import Input, hashes_of
from barfinex.runtime.research.windows import Window, cut, span

DEFAULT_CONFIG = Path("config/barfinex.toml")
DEFAULT_JOURNAL = Path("data/barfinex.db")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default config/barfinex.toml.")
]
JournalOption = Annotated[Path | None, typer.Option("--journal", help="SQLite file of the audit journal.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else there.")]
StrategyOption = Annotated[
    list[str] | None, typer.Option("--strategy", help="Only this strategy; may be repeated.")
]
ParamOption = Annotated[
    list[str] | None, typer.Option("--param", help="A strategy's parameter, as fast=12; may be repeated.")
]
SinceOption = Annotated[str | None, typer.Option("--from", help="First time: 2025-01-31, 2025-01-31T12:00.")]
UntilOption = Annotated[str | None, typer.Option("--to", help="The time to stop before.")]


def _console(*, stderr: bool) -> Console:
    """As wide as the terminal; what goes to a file or a pipe is not folded."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=220)


errors = _console(stderr=True)
output = _console(stderr=False)


def configuration(
    path: Path | None, strategies: Sequence[str] | None = None, seed: int | None = None
) -> Config:
    """The named file, else config/barfinex.toml, else the built-in defaults; raises BadInput."""
    bare = path is None and not DEFAULT_CONFIG.exists()
    config = Config() if bare else load(path or DEFAULT_CONFIG)
    if strategies:
        config = config.model_copy(
            update={"strategies": config.strategies.model_copy(update={"names": tuple(strategies)})}
        )
    if seed is not None:
        config = config.model_copy(update={"run": config.run.model_copy(update={"seed": seed})})
    return config


def candle_files(
    paths: Sequence[Path], instruments: Sequence[str] | None, timeframe: str | None
) -> list[LoadedFile]:
    """Read and check files; `instruments` renames them one by one or, when fewer, selects among them.

    Raises:
        BadInput: a file is unusable, two files hold the same series, or a selection matches nothing.
    """
    renames = instruments if instruments and len(instruments) == len(paths) else [None] * len(paths)
    files = [load_file(path, symbol) for path, symbol in zip(paths, renames, strict=True)]
    if instruments and len(instruments) != len(paths):
        files = [file for file in files if file.series.instrument in instruments]
        if not files:
            raise BadInput(
                "--instrument", "none of the files holds it", "Name instruments as `data info` shows them."
            )
    seen: dict[tuple[str, str], Path | str] = {}
    for file in files:
        key = (file.series.instrument, file.series.timeframe)
        if key in seen:
            raise BadInput(
                str(file.report.file),
                f"holds {key[0]} {key[1]}, as {seen[key]} does",
                "Give each file its own name with --instrument, in the order of --data.",
            )
        seen[key] = file.report.file
    if timeframe is not None:
        timeframe_ms(timeframe)
    return files


def inputs_of(
    files: Sequence[LoadedFile], timeframe: str | None, funding: Sequence[Path] = ()
) -> list[Input]:
    """What a run over history takes; with a timeframe, strategies see candles built up to it.

    Raises:
        BadInput: a file of `funding` is unusable, its instrument is not among the candle files, or two files
            that differ have the same name.
    """
    rates = _rates(funding, [file.series.instrument for file in files])
    inputs = [
        Input(
            _views(file.series, timeframe),
            Path(file.report.file).name,
            file.report.sha256,
            dict(file.report.quarantined),
            _findings(file.report),
            rates.get(file.series.instrument),
        )
        for file in files
    ]
    hashes_of(inputs)
    return inputs


def inputs_again(notes: Mapping[str, Any], data: Sequence[Path] | None, journal: Path) -> list[Input]:
    """What a recorded run was made from: its own files, or those of `data`, which were moved.

    Raises:
        BadInput: nobody noted where the files lie, one of them is missing, or one is unusable.
    """
    noted, funding = ([Path(path) for path in notes.get(name, ())] for name in ("data", "funding"))
    if not (data or noted):
        reason = "does not say where the run's candle files are"
        raise BadInput(str(journal), reason, "Name them with --data.")
    lie = {path.name: path for path in (*funding, *(data or noted))}
    missing = [path.name for path in noted if path.name not in lie]
    if missing:
        about = f"--data {' '.join(map(str, data or ()))}"
        remedy = "Name every file of the run, each under its own name."
        raise BadInput(about, f"lacks {', '.join(missing)}, which the run was made from", remedy)
    paths = [lie[path.name] for path in noted] or list(data or ())
    files = candle_files(paths, notes.get("instruments"), notes.get("timeframe"))
    inputs = inputs_of(files, notes.get("timeframe"), [lie[path.name] for path in funding])
    return part_of(inputs, notes.get("from"), notes.get("to"))


def _rates(paths: Sequence[Path], instruments: Sequence[str]) -> dict[str, Listed]:
    rates: dict[str, Listed] = {}
    for path in paths:
        one = load_rates(path)
        names = [name for name in instruments if one.instrument in (name, pair_of(name))]
        one = replace(one, instrument=names[0]) if names else one
        if not names or one.instrument in rates:
            lacks = "has rates already" if one.instrument in rates else "has no candles"
            remedy = "Give one file of rates for an instrument of --data."
            raise BadInput(str(path), f"is for {one.instrument}, which {lacks}", remedy)
        rates[one.instrument] = one
    return rates


def _findings(report: Report) -> dict[str, int]:
    """What is odd among the candles kept, by name; what is in order is not listed."""
    names = ("missing_candles", "missing_runs", "longest_missing", "zero_volume", "outliers", "duplicates")
    return {name: count for name in names if (count := getattr(report, name))}


def part_of(inputs: Sequence[Input], since: str | None, until: str | None) -> list[Input]:
    """The inputs from one time to another (UTC). Raises BadInput."""
    if since is None and until is None:
        return list(inputs)
    whole = span(inputs)
    window = Window(
        whole.start if since is None else time_of(since), whole.stop if until is None else time_of(until)
    )
    if not window.start < window.stop:
        raise BadInput(
            f"--from {since} --to {until}", "is no time at all", "Give a beginning before the end."
        )
    return cut(inputs, window)


def time_of(text: str) -> int:
    """ms UTC of a date or time in ISO 8601. Raises BadInput."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"time {text!r}", "is none", "Write 2025-01-31 or 2025-01-31T12:00.") from error
    return round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1_000)


def _views(series: Series, timeframe: str | None) -> tuple[Series, ...]:
    if timeframe is None or timeframe_ms(timeframe) == series.step_ms:
        return (series,)
    if timeframe_ms(timeframe) % series.step_ms:
        raise BadInput(
            f"--timeframe {timeframe}",
            f"cannot be built from {series.timeframe} candles of {series.instrument}",
            f"Choose a multiple of {series.timeframe}.",
        )
    coarser = resample(series, timeframe)
    if not len(coarser.ts):
        raise BadInput(
            f"--timeframe {timeframe}",
            f"{series.instrument} has no whole candle of it",
            "Choose a shorter one.",
        )
    return series, coarser


def folder(path: Path) -> Path:
    """The folder, made if need be. Raises BadInput."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            str(path), f"cannot be made a folder ({error.strerror})", "Name another place."
        ) from error
    return path


def writable(path: Path, option: str) -> None:
    """Before long work, that its result can be written to this file; its folder is made if need be.

    Raises:
        BadInput: it is a folder, or may not be written.
    """
    folder(path.parent)
    is_new = not path.exists()
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise BadInput(f"{option} {path}", reason, "Name a file, in a folder that may be written.") from error
    if is_new:
        path.unlink()


def answer(report: dict[str, Any]) -> None:
    """The one object on stdout."""
    sys.stdout.write(orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n")
