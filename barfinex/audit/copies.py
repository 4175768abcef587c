"""Copies of a journal: made while it is written, and put back only where they belong."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barfinex.audit.lock import WriterLock
from barfinex.audit.reader import Reader
from barfinex.audit.seal import beside
from barfinex.audit.unwritten import place_of
from barfinex.audit.verification import Verification
from barfinex.domain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Copied:
    """The files copied, newest last, how many rows, and the last hash; `aside`: where the old file went."""

    files: list[str]
    rows: int
    head: str
    aside: str | None = None


def backup(journal: Path, out: Path) -> Copied:
    """Copy a journal with its closed segments and its seals, while it may be written to.

    One read transaction a file: the copy is of one moment, and the writer waits for nothing.

    Raises:
        BadInput: there is something at `out`, it cannot be written, or the copy does not verify.
    """
    with Reader(journal) as reader:
        names = {segment: out.with_name(segment.path.name) for segment in reader.segments()}
        names[reader] = out
        taken = [str(place) for place in names.values() if place.exists()]
        if str(out) in taken:
            raise BadInput(str(out), "exists already", "Name a new file: a copy is never overwritten.")
        try:
            if beside(journal).exists():  # Before the rows: every seal's row must be among them.
                shutil.copyfile(beside(journal), beside(out))
            for segment, place in names.items():
                if not place.exists():
                    segment.copy(place)
        except (OSError, sqlite3.Error) as error:
            raise BadInput(str(out), f"cannot be written ({error})", "Name a place with room.") from error
    found = _sound(out, {})
    return Copied([str(place) for place in names.values()], found.rows, found.head)


def restore(copy: Path, to: Path, seals: Mapping[int, str]) -> Copied:
    """Put a copy in a journal's place, once its chain and its seals hold; what was there is kept aside.

    Raises:
        BadInput: the copy does not verify, or what is there is another journal, or newer, or being written.
    """
    found = _sound(copy, seals)
    if to.exists() and to.samefile(copy):
        raise BadInput(str(copy), "is that journal itself", "Name the copy, and the journal with --to.")
    lock = WriterLock(to, after_crash=True)
    try:
        _refuse_loss(copy, to)
        aside = _set_aside(to)
        with Reader(copy) as reader:
            files = []
            for segment in reader.segments():
                place = to if segment is reader else to.with_name(segment.path.name)
                files.append(str(place))
                if not place.exists():
                    segment.copy(place.with_name(f"{place.name}.restoring"))
                    place.with_name(f"{place.name}.restoring").replace(place)
        if beside(copy).exists():
            shutil.copyfile(beside(copy), beside(to))
    except (OSError, sqlite3.Error) as error:
        raise BadInput(str(to), f"cannot be restored ({error})", "Free some space and try again.") from error
    finally:
        lock.release()
    return Copied(files, found.rows, found.head, aside)


def _sound(copy: Path, seals: Mapping[int, str]) -> Verification:
    with Reader(copy) as reader:
        found = reader.verify(seals)
    if not found.ok:
        where = f" at row {found.broken_seq}" if found.broken_seq else ""
        raise BadInput(str(copy), f"does not verify{where}: {found.reason}", "Take another copy.")
    return found


def _refuse_loss(copy: Path, to: Path) -> None:
    """What is damaged may be replaced; a journal that holds must begin like the copy and end before it."""
    if not to.exists():
        return
    try:
        with Reader(to) as there, Reader(copy) as ours:
            is_whole = there.verify(newest_only=True).ok
            same = there.beginning() == ours.beginning()
            last, ends = there.last(), ours.last()
    except BadInput:
        return
    if not same:
        raise BadInput(
            str(to), "is another journal than the copy was made of", "Name another place with --to."
        )
    if is_whole and last > ends:
        reason = f"ends at row {last}, after the copy's last row {ends}"
        raise BadInput(str(to), reason, "Move it away first if its newer rows are to be given up.")


def _set_aside(to: Path) -> str | None:
    """Journal, log, seals and rows that wait, each under a name that says when."""
    if not to.exists():
        return None
    mark = f"{time.time_ns() // 1_000_000}.aside"
    log, index = (to.with_name(f"{to.name}{end}") for end in ("-wal", "-shm"))
    kept = to.with_name(f"{to.name}.{mark}")
    for part in (log, index, beside(to), place_of(to)):
        if part.exists():
            part.replace(kept.with_name(part.name.replace(to.name, kept.name, 1)))
    to.replace(kept)  # Last: while it is there, the restore can be begun again.
    return str(kept)
