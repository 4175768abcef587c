"""The one connection that writes and checkpoints; it belongs to the thread that opened it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from barfinex.audit import unwritten
from barfinex.audit.chain import COLUMNS
from barfinex.audit.migrations import claim, migrate
from barfinex.audit.seal import Seal, fault
from barfinex.domain.errors import BadInput

ELSEWHERE = "Move it away, or name another journal with --journal."
WIDTH = len(COLUMNS) + 2
ENDED = ("filled", "cancelled", "expired", "rejected")
WAL_KEPT = 16 * 2**20  # Bytes of the write-ahead log that are kept for use again after a checkpoint.
_ONE = f"({', '.join('?' * WIDTH)})"
# Many rows a statement cost half of one by one, and SQLite inserts them with the interpreter's lock released.
_INSERTS = [(size, f"insert into events values {', '.join([_ONE] * size)}") for size in (512, 32, 1)]


class Ledger:
    """A journal file open for writing: `seq` and `head` (32 bytes) are of its last row.

    `fsync` waits for the disk at every commit; past `bytes_max`, of which `reserved` are not to be used, the
    file counts as full.

    Raises:
        BadInput: the file is no journal, is damaged, cannot be written, or comes from a newer version.
    """

    def __init__(
        self,
        path: Path,
        *,
        fsync: bool,
        bytes_max: int | None,
        reserved: int = 0,
        continues: tuple[int, bytes, str] | None = None,
        sealed: Seal | None = None,
    ) -> None:
        self._path, self._wal, self._bytes_max = path, path.with_name(f"{path.name}-wal"), bytes_max
        try:
            # No waiting for locks: whoever holds one is a second writer, and that is a fault.
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0)
        except sqlite3.Error as error:
            raise BadInput(str(path), f"cannot be opened ({error})", ELSEWHERE) from error
        try:
            self._prepare(path, fsync, reserved, continues)
            self._compare(sealed)
            self._files = self._identities()
            self._take_in(path)
        except BadInput:
            self._db.close()
            raise
        except (sqlite3.Error, UnicodeError) as error:
            self._db.close()
            raise BadInput(str(path), _reason(error), ELSEWHERE) from error

    def _prepare(
        self, path: Path, fsync: bool, reserved: int, continues: tuple[int, bytes, str] | None
    ) -> None:
        db = self._db
        db.execute("pragma page_size = 16384")
        db.execute("pragma synchronous = off")  # Until there is anything to lose.
        claim(db, path)
        db.execute("pragma journal_mode = wal")
        db.execute(f"pragma journal_size_limit = {WAL_KEPT}")
        db.execute(f"pragma synchronous = {'full' if fsync else 'off'}")
        migrate(db, path)
        if fsync:
            # A journal that lives long is asked by type; a run over history is not worth the time this takes.
            db.execute("create index if not exists events_by_type on events (type)")
        (self._page,) = db.execute("pragma page_size").fetchone()
        self.allow(reserved)
        if continues is not None:
            seq, previous, file = continues
            db.execute("update segment set first = ?, previous = ?, file = ?", (seq + 1, previous, file))
            db.execute("update head set seq = ?, hash = ?", (seq, previous))
        self.first, self._previous = db.execute("select first, previous from segment").fetchone()
        self.seq, self.head = db.execute("select seq, hash from head").fetchone()
        last = db.execute("select seq, hash from events order by seq desc limit 1").fetchone()
        if (last or (self.first - 1, self._previous)) != (self.seq, self.head):
            reason = "does not end where it should: its last rows were changed"
            raise BadInput(str(path), reason, f"See `barfinex audit verify`. {ELSEWHERE}")

    def _compare(self, sealed: Seal | None) -> None:
        """With what was sealed last. Raises BadInput when the end is another."""
        if sealed is not None:
            row = self._db.execute("select hash from events where seq = ?", (sealed.seq,)).fetchone()
            head = row[0] if row else self._previous if sealed.seq == self.first - 1 else None
            reason = fault(sealed, self.seq, None if head is None else head.hex())
            if reason is not None:
                remedy = (
                    "See `barfinex audit verify`; restore a copy, or move journal and seal away together."
                )
                raise BadInput(str(self._path), reason, remedy)

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
                self._move_head(seq, head)
            if notes:
                db.executemany("insert or replace into notes values (?, ?)", notes.items())
            db.execute("commit")
        except BaseException:
            # SQLite has rolled back by itself when the disk is full or broken.
            if db.in_transaction:
                db.execute("rollback")
            raise
        if self._identities() != self._files:
            raise RuntimeError("the file was deleted or replaced while it was being written")
        self.seq, self.head = seq, head

    def _take_in(self, path: Path) -> None:
        """What the disk did not take from the last run. Raises BadInput when it does not belong here."""
        values = unwritten.load(path, self.seq, self.head)
        if values:
            self.write(values, {})
        unwritten.settle(path)

    def allow(self, reserved: int) -> None:
        """Use all that `bytes_max` leaves but `reserved` bytes."""
        if self._bytes_max is not None:
            pages = max(1, (self._bytes_max - reserved) // self._page)
            self._db.execute(f"pragma max_page_count = {pages}")

    def room(self) -> int:
        """Bytes left under `bytes_max`."""
        if self._bytes_max is None:
            return 2**62
        (pages,) = self._db.execute("pragma page_count").fetchone()
        return self._bytes_max - int(pages) * int(self._page)

    def shorten(self, bytes_max: int) -> None:
        """Bring a log that readers kept from being checkpointed back under its bound, if they let us."""
        if self.wal_bytes > bytes_max:
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
            self._identities()

    def _move_head(self, seq: object, head: object) -> None:
        """Only from where we left it: a row of somebody else in between is a fault."""
        sql = "update head set seq = ?, hash = ? where seq = ? and hash = ?"
        if self._db.execute(sql, (seq, head, self.seq, self.head)).rowcount != 1:
            raise RuntimeError("somebody else has written to it")

    def _identities(self) -> tuple[tuple[int, int], ...]:
        """Which files the names stand for: what is committed to a file without a name is lost."""
        try:
            about, log = self._path.stat(), self._wal.stat()
        except FileNotFoundError:
            return ()
        self.wal_bytes = log.st_size
        return (about.st_dev, about.st_ino), (log.st_dev, log.st_ino)

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

    def open_things(self) -> str | None:
        """What is open at the last row, in words; None when it is flat."""
        (positions,) = self._db.execute("select count(*) from v_positions").fetchone()
        ended = ", ".join(f"'{state}'" for state in ENDED)
        (orders,) = self._db.execute(f"select count(*) from v_orders where state not in ({ended})").fetchone()
        return f"{positions} positions and {orders} orders open" if positions or orders else None

    def finish(self) -> None:
        """Close for good: one file, without a log beside it."""
        self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
        self._db.execute("pragma journal_mode = delete").fetchall()
        self._db.close()


def _reason(error: Exception) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"is in use by another program ({error})"
        case sqlite3.SQLITE_FULL:
            return f"cannot grow ({error})"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return f"cannot be written ({error})"
    return f"is not a Barfinex journal, or is damaged ({error})"
