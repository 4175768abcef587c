"""`barfinex audit seal`, `rotate`, `backup`, `restore`: keeping the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from barfinex.audit.copies import Copied
from barfinex.audit.copies import backup as copy_out
from barfinex.audit.copies import restore as copy_back
from barfinex.audit.lock import WriterLock
from barfinex.audit.reader import Reader
from barfinex.audit.rotation import rotate as close_file
from barfinex.audit.seal import SealFile, beside, key_in
from barfinex.cli.inputs import DEFAULT_JOURNAL, JournalOption, JsonOption, answer, folder, output
from barfinex.domain.errors import BadInput

SealOption = Annotated[Path | None, typer.Option("--seal", help="File of seals; default beside the journal.")]
KeyOption = Annotated[Path | None, typer.Option("--key", help="File with the key that signs the seals.")]


def seals_of(journal: Path, seal: Path | None, key: Path | None) -> dict[int, str]:
    """Sealed heads by row; empty when no file is named and none lies beside the journal. Raises BadInput."""
    if seal is not None and not seal.exists():
        raise BadInput(
            str(seal), "does not exist", "Name the file of seals; `barfinex audit seal` makes one."
        )
    return dict(SealFile(seal or beside(journal), key_in(key)).read().heads)


def seal(
    journal: JournalOption = None, seal: SealOption = None, key: KeyOption = None, json: JsonOption = False
) -> None:
    """Record the chain's head outside the journal: a rewrite or a cut is found by it. Exit 1 when broken."""
    place = journal or DEFAULT_JOURNAL
    file = SealFile(seal or beside(place), key_in(key))
    with Reader(place) as reader:
        found = reader.verify(file.read().heads)
    if not found.ok or not found.rows:
        reason = found.reason or "the journal has no rows"
        _say(json, {"ok": False, "reason": reason}, f"not sealed: {reason}", "bold red")
        raise typer.Exit(1)
    try:
        made = file.add(found.rows, found.head)
    except OSError as error:
        raise BadInput(str(file.place), f"cannot be written ({error.strerror})", "Name another.") from error
    report = {"ok": True, "seq": made.seq, "head": made.head, "file": str(file.place)}
    _say(json, report, f"row {made.seq:,} is sealed in {file.place}: {made.head}", "green")


def rotate(journal: JournalOption = None, json: JsonOption = False) -> None:
    """Close the journal's file under a name of its own; a new one continues its chain. Not during a run."""
    place = journal or DEFAULT_JOURNAL
    Reader(place).close()  # Names what is wrong with it better than a lock could.
    lock = WriterLock(place)
    try:
        closed = close_file(place)
    finally:
        lock.release()
    text = "there is nothing to close" if closed is None else f"{closed} is closed, {place} goes on from it"
    _say(json, {"closed": None if closed is None else str(closed), "journal": str(place)}, text, "green")


def backup(
    out: Annotated[Path, typer.Argument(help="File to make.")],
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Copy the journal, its closed files and its seals, also while it is written."""
    folder(out.parent)
    made = copy_out(journal or DEFAULT_JOURNAL, out)
    _say(json, _report(made), f"{made.rows:,} rows copied to {', '.join(made.files)}", "green")


def restore(
    copy: Annotated[Path, typer.Argument(help="A copy that `audit backup` made.")],
    to: Annotated[Path | None, typer.Option(help="The journal to put it in the place of.")] = None,
    seal: SealOption = None,
    key: KeyOption = None,
    json: JsonOption = False,
) -> None:
    """Put a copy in the journal's place if it verifies; what is there is kept aside, and never when newer."""
    place = to or DEFAULT_JOURNAL
    folder(place.parent)
    made = copy_back(copy, place, seals_of(copy, seal, key))
    kept = f"; what was there is {made.aside}" if made.aside else ""
    _say(json, _report(made), f"{made.rows:,} rows restored to {place}{kept}", "green")


def _report(made: Copied) -> dict[str, Any]:
    return {"files": made.files, "rows": made.rows, "head": made.head, "aside": made.aside}


def _say(json: bool, report: dict[str, Any], text: str, style: str) -> None:
    if json:
        answer(report)
    else:
        output.print(text, style=style)
