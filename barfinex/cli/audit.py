"""`barfinex audit`: the journal as evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from barfinex.audit.complete import LISTED_MAX, Completeness
from barfinex.audit.reader import Reader
from barfinex.cli import keeping
from barfinex.cli.inputs import DEFAULT_JOURNAL, JournalOption, JsonOption, answer, errors, output
from barfinex.cli.keeping import KeyOption, SealOption, seals_of

app = typer.Typer(no_args_is_help=True)


for _command in (keeping.seal, keeping.rotate, keeping.backup, keeping.restore):
    app.command()(_command)


@app.command()
def verify(
    journal: JournalOption = None,
    seal: SealOption = None,
    key: KeyOption = None,
    newest: Annotated[bool, typer.Option("--newest", help="Only the newest file of several.")] = False,
    json: JsonOption = False,
) -> None:
    """Recompute the hash chain and compare it with its seals; exit 1 when any row was changed."""
    place = journal or DEFAULT_JOURNAL
    with Reader(place) as reader:
        seals = seals_of(place, seal, key)
        with _progress(reader.last()) as told:
            result = reader.verify(seals, newest_only=newest, told=told)
    report = {
        "ok": result.ok,
        "rows": result.rows,
        "head": result.head,
        "broken_seq": result.broken_seq,
        "reason": result.reason,
        "sealed_seq": result.sealed,
    }
    if json:
        answer(report)
    elif result.ok:
        sealed = f", sealed up to row {result.sealed:,}" if result.sealed else ""
        output.print(f"chain intact: {result.rows:,} rows, head {result.head}{sealed}", style="green")
    else:
        where = f" at row {result.broken_seq}" if result.broken_seq else ""
        output.print(f"chain broken{where}: {result.reason}", style="bold red")
    if not result.ok:
        raise typer.Exit(1)


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not errors.is_terminal:
        yield lambda _: None
        return
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("verifying", total=rows)
        yield lambda seq: bar.update(task, completed=seq)


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
