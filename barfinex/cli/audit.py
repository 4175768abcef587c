"""`barfinex audit`: the journal as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from barfinex.audit.complete import LISTED_MAX, Completeness
from barfinex.audit.reader import Reader
from barfinex.cli.inputs import JournalOption, JsonOption, answer, output

DEFAULT_JOURNAL = Path("data/barfinex.db")

app = typer.Typer(no_args_is_help=True)


@app.command()
def verify(journal: JournalOption = None, json: JsonOption = False) -> None:
    """Recompute the hash chain; exit 1 when any row was changed, removed or put in."""
    with Reader(journal or DEFAULT_JOURNAL) as reader:
        result = reader.verify()
    report = {
        "ok": result.ok,
        "rows": result.rows,
        "head": result.head,
        "broken_seq": result.broken_seq,
        "reason": result.reason,
    }
    if json:
        answer(report)
    elif result.ok:
        output.print(f"chain intact: {result.rows:,} rows, head {result.head}", style="green")
    else:
        output.print(f"chain broken at row {result.broken_seq}: {result.reason}", style="bold red")
    if not result.ok:
        raise typer.Exit(1)


@app.command()
def complete(journal: JournalOption = None, json: JsonOption = False) -> None:
    """Prove that every fill goes back to a signal, and every signal on to its end; exit 1 if one does not."""
    with Reader(journal or DEFAULT_JOURNAL) as reader:
        result = reader.complete()
    if json:
        answer(result.report())
    else:
        _tell(result)
    if not result.ok:
        raise typer.Exit(1)


def _tell(result: Completeness) -> None:
    counts = ", ".join(f"{count:,} {what}" for what, count in result.counts.items())
    word, style = ("complete", "green") if result.ok else (f"{len(result.orphans):,} orphans", "bold red")
    output.print(f"{word}: {counts}", style=style)
    for name, them in (
        ("orphan", result.orphans),
        ("unfinished", result.unfinished),
        ("external", result.external),
    ):
        for one in them[:LISTED_MAX]:
            output.print(f"  {name} row {one.seq} {one.type} {one.id}: {one.why}")


@app.command()
def query(
    sql: Annotated[
        str, typer.Argument(help="A SELECT; the views are v_signals, v_decisions, v_trades and so on.")
    ],
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Ask the journal in SQL, read-only; it may be written to meanwhile."""
    with Reader(journal or DEFAULT_JOURNAL) as reader:
        rows = reader.query(sql)
    if json:
        answer({"rows": rows})
        return
    table = Table()
    for name in rows[0] if rows else ():
        table.add_column(name)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    output.print(table if rows else "no rows")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="File to write: .jsonl or .csv.")],
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Write every row to a file, one event a line."""
    with Reader(journal or DEFAULT_JOURNAL) as reader:
        count = reader.export(out)
    if json:
        answer({"rows": count, "file": str(out)})
    else:
        output.print(f"{count:,} rows in {out}")
