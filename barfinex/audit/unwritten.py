"""Rows that the disk never took: kept in a file of their own when their run ends, taken in at the next start.

Each line is one row as it would have been written. They carry their hashes, so they continue the chain or are
refused; nobody can slip others in.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec.json import decode, encode

from barfinex.audit.chain import COLUMNS, link
from barfinex.domain.errors import BadInput

WIDTH = len(COLUMNS) + 2
_HASH = len(COLUMNS)


def place_of(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.unwritten")


def save(journal: Path, values: Sequence[object]) -> None:
    """`WIDTH` values a row, in the table's order.

    Raises:
        OSError: this file cannot be written either.
    """
    place = place_of(journal)
    with place.open("wb") as file:
        for at in range(0, len(values), WIDTH):
            row = list(values[at : at + WIDTH])
            head = row[_HASH]
            assert isinstance(head, bytes)
            row[_HASH] = head.hex()
            file.write(encode(row) + b"\n")
        file.flush()
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
        rows = [decode(line) for line in place.read_bytes().splitlines()]
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
