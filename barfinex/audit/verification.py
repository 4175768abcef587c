"""Does the chain hold, does it pass through every sealed head, and is the file around it sound?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from barfinex.audit.chain import link
from barfinex.audit.decoding import hashed
from barfinex.audit.migrations import blueprint

STEP = 2_000  # Rows between two calls of `told`.


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds, or the first row that does not fit and why; `head` is the last good hash.

    `rows` is how many rows fit, `sealed` the newest of them that a seal confirms.
    """

    ok: bool
    rows: int
    broken_seq: int | None
    reason: str
    head: str
    sealed: int | None = None


def walk(
    rows: Iterable[tuple[Any, ...]],
    first: int,
    previous: bytes,
    last: tuple[int, bytes],
    seals: Mapping[int, str],
    told: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Recompute the hashes of rows (the chain's columns, then the hash) from `first` to the recorded `last`.

    `previous` is the hash before the first row. A change of any hashed column, a missing, added or moved row
    breaks the chain; a seal catches what a chain alone cannot tell: an end cut off, or all of it rewritten.
    """
    head, seq, sealed = previous, first - 1, None

    def broken(reason: str, at: int = 0) -> Verification:
        return Verification(False, seq - first + 1, at or seq + 1, reason, head.hex(), sealed)

    if seq in seals and seals[seq] != head.hex():
        return broken("it was sealed with another hash", seq)
    for row in rows:
        if row[0] != seq + 1:
            return broken("the row is missing")
        found = _hash(head, row)
        if found != row[-1] or (row[0] == last[0] and found != last[1]):
            return broken("its content does not fit its hash")
        if row[0] in seals:
            if seals[row[0]] != found.hex():
                return broken("it was sealed with another hash")
            sealed = row[0]
        head, seq = found, seq + 1
        if not seq % STEP:
            told(seq)
    if seq < max([last[0], *seals]):
        return broken("the row is missing" if seq < last[0] else "it was sealed, and is missing")
    return Verification(True, seq - first + 1, None, "", head.hex(), sealed)


def _hash(head: bytes, row: tuple[Any, ...]) -> bytes:
    """No bytes when the row cannot be hashed: a number where a text was, in a damaged page."""
    try:
        return link(head, hashed(row))
    except (TypeError, ValueError, AttributeError):
        return b""


def soundness(db: sqlite3.Connection) -> str | None:
    """What is wrong with the file itself: a page, an index, a guard that was taken off; None when nothing."""
    found = [str(row[0]) for row in db.execute("pragma integrity_check(1)")]
    if found != ["ok"]:
        return f"the file is damaged: {found[0]}"
    there = dict(
        db.execute("select name, sql from sqlite_master where type in ('table', 'trigger', 'index')")
    )
    for name, sql in blueprint().items():
        if there.get(name) != sql:
            return f"{name} was {'changed' if name in there else 'taken away'}"
    return None
