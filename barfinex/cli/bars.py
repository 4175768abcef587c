"""`barfinex data bars`: bars by trades, volume or money."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barfinex.cli.inputs import JsonOption, folder
from barfinex.cli.storing import say
from barfinex.domain.errors import BadInput
from barfinex.provider.bars import COLUMNS, bars_of, read_trades


def bars(
    file: Annotated[Path, typer.Argument(help="Trades: CSV, gzipped or not, with ts, price and amount.")],
    out: Annotated[Path, typer.Option("--out", help="New file, .parquet or .csv.")],
    by: Annotated[str, typer.Option("--by", help="What ends a bar: tick, volume or dollar.")] = "tick",
    size: Annotated[
        float, typer.Option("--size", help="How many trades, base units or quote units.")
    ] = 1_000,
    json: JsonOption = False,
) -> None:
    """Build bars that end by what was traded instead of by the clock."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    if out.suffix not in (".parquet", ".csv"):
        raise BadInput(f"--out {out}", "is neither .parquet nor .csv", "Name it so.")
    if out.exists():
        raise BadInput(f"--out {out}", "exists already", "Name a new file, or move this one away.")
    trades = read_trades(file)
    found = bars_of(trades, by, size)
    if not len(found.ts):
        raise BadInput(f"--size {size:g}", f"is more than the {len(trades.ts):,} trades hold", "Give less.")
    folder(out.parent)
    table = pa.table({name: getattr(found, name) for name in COLUMNS})
    if out.suffix == ".csv":
        csv.write_csv(table, out)
    else:
        parquet.write_table(table, out, compression="zstd")
    row = {"file": str(out), "by": by, "size": size, "trades": len(trades.ts), "bars": len(found.ts)}
    say(row, [row], json=json)
