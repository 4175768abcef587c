"""`barfinex compare`: two versions of a strategy on the same candles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from barfinex.cli.inputs import (
    ConfigOption,
    JsonOption,
    answer,
    candle_files,
    configuration,
    inputs_of,
    output,
)
from barfinex.detector.loader import load_file
from barfinex.domain.errors import BadInput
from barfinex.runtime.research.comparing import compared
from barfinex.runtime.research.trial import run_trial
from barfinex.runtime.research.windows import span

VersionFile = Annotated[Path, typer.Argument(help="A strategy file.")]


def compare(
    a: VersionFile,
    b: VersionFile,
    data: Annotated[list[Path], typer.Option("--data", help="Candle file, Parquet or CSV; may be repeated.")],
    timeframe: Annotated[str | None, typer.Option(help="Build candles up to this timeframe.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Run two strategy files over the same candles and say what differs, and how sure that is."""
    settings = configuration(config)
    inputs = inputs_of(candle_files(data, None, timeframe), timeframe)
    symbols = {one.instrument for source in inputs for one in source.series}
    for path in (a, b):
        if not path.is_file():
            raise BadInput(str(path), "is no file", "Name two strategy files, such as two versions of one.")
    loaded = [load_file(path, symbols, approved=settings.strategies.approved) for path in (a, b)]
    results = [run_trial(settings, inputs, one, span(inputs), 0) for one in loaded]
    found = compared(results[0], results[1])
    if json:
        answer({**found, "files": [str(a), str(b)]})
        return
    _show(found, a, b)


def _show(found: dict[str, Any], a: Path, b: Path) -> None:
    table = Table("", f"A: {a.name}", f"B: {b.name}", box=None)
    for name, row in found["a"].items():
        table.add_row(name.replace("_", " "), _cell(row), _cell(found["b"][name]))
    output.print(table)
    apart = found["difference"]
    if apart is None:
        output.print("too few days to say whether one is better")
        return
    daily, low, high = (apart[name] * 1e4 for name in ("daily", "low", "high"))
    verdict = (
        "B is better"
        if low > 0
        else "A is better"
        if high < 0
        else "no difference that can be told from luck"
    )
    output.print(
        f"B less A: {daily:+.2f} basis points a day, 95 % within [{low:+.2f}, {high:+.2f}]: {verdict}"
    )


def _cell(value: Any) -> str:
    return "unknown" if value is None else value if isinstance(value, str) else f"{value:,.4g}"
