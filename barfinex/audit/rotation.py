"""A journal that has grown large is closed under a name of its own, and a new file continues its chain.

Every segment is a journal: it can be read, asked and verified alone. The newest keeps the journal's name and
says which file came before and with which hash it ended, and its first row's hash covers that one. A run's
state is folded from all of them, so they stay together. Views are asked of the newest alone: a file is closed
only when nothing is open, so that what is open is always in it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from barfinex.audit.ledger import Ledger
from barfinex.audit.seal import Seal
from barfinex.domain.errors import BadInput


class NotFlat(BadInput):
    """Orders or positions are open: not now."""


def rotate(path: Path, sealed: Seal | None = None, *, even_if_open: bool = False) -> Path | None:
    """Close the file and begin the next; the closed one's place, or None when there is no row to close on.

    The caller holds the journal's lock.

    Raises:
        NotFlat: something is open.
        BadInput: the file is unusable, or there is no room.
    """
    recover(path)
    full = Ledger(path, fsync=True, bytes_max=None, sealed=sealed)
    first, seq, head = full.first, full.seq, full.head
    if seq < first:
        full.close()
        return None
    found = None if even_if_open else full.open_things()
    if found:
        full.close()
        raise NotFlat(str(path), f"has {found}", "Rotate when it is flat.")
    full.finish()
    closed = path.with_name(f"{path.stem}.{first:09}-{seq:09}{path.suffix}")
    begun = _next(path)
    try:
        fresh = Ledger(begun, fsync=True, bytes_max=None, continues=(seq, head, closed.name))
        fresh.finish()
        os.link(path, closed)  # From here on the rows have two names, and never none.
        begun.replace(path)
        _settle(path.parent)
        closed.chmod(0o444)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(str(path), f"cannot be rotated ({error})", "Free some space in its folder.") from error
    return closed


def recover(path: Path) -> None:
    """Undo a rotation that a crash cut short: the old file is still whole and still the newest."""
    _next(path).unlink(missing_ok=True)
    if path.exists():
        for other in path.parent.glob(f"{path.stem}.*-*{path.suffix}"):
            if other.samefile(path):
                other.unlink()


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _settle(folder: Path) -> None:
    """Names are as durable as rows."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
