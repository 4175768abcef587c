"""Rows that the disk never took: kept in a file of their own when their run ends, taken in at the next start.

Each line is one row as it would have been written. They carry their hashes, so they continue the chain or are
refused; nobody can slip others in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.json import decode, encode

from barfinex.audit.chain import COLUMNS, link
from barfinex.domain.errors import BadInput

WIDTH = len(COLUMNS) + 2
_HASH = len(COLUMNS)


def place_of(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.unwritten")


def save(journal: Path, values: Sequence[object]) -> int:
    """Write `WIDTH` values a row; how many rows are safe, since this file may not take all of them either."""
    rows = 0
    try:
        for count in _save(place_of(journal), values):
            rows = count
    except OSError:
        return rows
    return rows


def settle(journal: Path) -> None:
    """They are in the journal. A file that ends in the middle of a row stays, as a sign of what was lost."""
    place = place_of(journal)
    if place.exists():
        if place.stat().st_size and not place.read_bytes().endswith(b"\n"):
            place.replace(place.with_name(f"{place.name}.torn"))
        else:
            place.unlink()


def _save(place: Path, values: Sequence[object]) -> Iterator[int]:
    """How many rows are on the disk so far."""
    with place.open("wb", buffering=0) as file:
        for at in range(0, len(values), WIDTH):
            row = list(values[at : at + WIDTH])
            head = row[_HASH]
            assert isinstance(head, bytes)
            row[_HASH] = head.hex()
            line = encode(row) + b"\n"
            if file.write(line) != len(line):
                raise OSError("no room")
            yield at // WIDTH + 1
        os.fsync(file.fileno())


def load(journal: Path, seq: int, head: bytes) -> list[object]:
    """The values of the rows after `seq` whose chain continues `head`; empty when none were saved.

    Raises:
        BadInput: they do not continue it.
    """
    place = place_of(journal)
    if not place.exists():
        return []
    values: list[object] = []
    try:
        rows = [decode(line) for line in place.read_bytes().split(b"\n")[:-1]]  # The last may be torn.
        for row in rows:
            if row[0] <= seq:
                continue  # The crash came between taking it in and removing this file.
            row[_HASH] = bytes.fromhex(row[_HASH])
            if row[0] != seq + 1 or link(head, tuple(row[:_HASH])) != row[_HASH]:
                raise ValueError(f"row {row[0]} does not follow row {seq}")
            seq, head = row[0], row[_HASH]
            values += row
    except (ValueError, TypeError, IndexError, OSError) as error:
        reason = f"holds rows that do not continue {journal.name} ({error})"
        raise BadInput(str(place), reason, "Move it away to go on without them.") from error
    return values
