"""The one connection that writes and checkpoints; it belongs to the thread that opened it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from barfinex.audit.chain import COLUMNS, GENESIS
from barfinex.audit.migrations import claim, migrate
from barfinex.domain.errors import BadInput

ELSEWHERE = "Move it away, or name another journal with --journal."
WIDTH = len(COLUMNS) + 2
_ONE = f"({', '.join('?' * WIDTH)})"
# Many rows a statement cost half of one by one, and SQLite inserts them with the interpreter's lock released.
_INSERTS = [(size, f"insert into events values {', '.join([_ONE] * size)}") for size in (512, 32, 1)]


class Ledger:
    """A journal file open for writing: `seq` and `head` (32 bytes) are of its last row.

    `fsync` waits for the disk at every commit; past `bytes_max` the file counts as full.

    Raises:
        BadInput: the file is no journal, is damaged, or comes from a newer version.
    """

    def __init__(self, path: Path, *, fsync: bool, bytes_max: int | None) -> None:
        try:
            # No waiting for locks: whoever holds one is a second writer, and that is a fault.
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0)
        except sqlite3.Error as error:
            raise BadInput(str(path), f"cannot be opened ({error})", ELSEWHERE) from error
        try:
            self._prepare(path, fsync, bytes_max)
        except BadInput:
            self._db.close()
            raise
        except sqlite3.Error as error:
            self._db.close()
            reason = f"is not a Barfinex journal, or is damaged ({error})"
            raise BadInput(str(path), reason, ELSEWHERE) from error

    def _prepare(self, path: Path, fsync: bool, bytes_max: int | None) -> None:
        db = self._db
        db.execute("pragma page_size = 16384")
        db.execute("pragma synchronous = off")  # Until there is anything to lose.
        claim(db, path)
        db.execute("pragma journal_mode = wal")
        db.execute(f"pragma synchronous = {'full' if fsync else 'off'}")
        migrate(db)
        if fsync:
            # A journal that lives long is asked by type; a run over history is not worth the time this takes.
            db.execute("create index if not exists events_by_type on events (type)")
        if bytes_max is not None:
            (page,) = db.execute("pragma page_size").fetchone()
            db.execute(f"pragma max_page_count = {max(1, bytes_max // page)}")
        self.seq, self.head = db.execute("select seq, hash from head").fetchone()
        last = db.execute("select seq, hash from events order by seq desc limit 1").fetchone()
        if (last or (0, GENESIS)) != (self.seq, self.head):
            reason = "does not end where it should: its last rows were changed"
            raise BadInput(str(path), reason, f"See `barfinex audit verify`. {ELSEWHERE}")

    def write(self, values: list[object], notes: Mapping[str, str]) -> None:
        """Append rows (`WIDTH` values each, in the table's order) in one transaction, or none of them.

        Raises:
            sqlite3.Error: nothing was written.
        """
        db = self._db
        seq, head = (values[-WIDTH], values[-2]) if values else (self.seq, self.head)
        db.execute("begin immediate")
        try:
            self._insert(values)
            if values:
                db.execute("update head set seq = ?, hash = ?", (seq, head))
            if notes:
                db.executemany("insert or replace into notes values (?, ?)", notes.items())
            db.execute("commit")
        except BaseException:
            # SQLite has rolled back by itself when the disk is full or broken.
            if db.in_transaction:
                db.execute("rollback")
            raise
        self.seq, self.head = seq, head

    def _insert(self, values: list[object]) -> None:
        at = 0
        for size, statement in _INSERTS:
            step = size * WIDTH
            while len(values) - at >= step:
                self._db.execute(statement, values[at : at + step])
                at += step

    def close(self) -> None:
        """Checkpoints, being the last connection that may write."""
        self._db.close()
