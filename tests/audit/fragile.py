"""A ledger on a disk that fails at a chosen statement, for as long as it is told to."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from barfinex.audit.ledger import Ledger

STATEMENTS = ("begin", "insert", "head", "commit")


def fault(code: int, text: str) -> Exception:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


PASSING = {
    "full": fault(sqlite3.SQLITE_FULL, "database or disk is full"),
    "locked": fault(sqlite3.SQLITE_BUSY, "database is locked"),
    "quota": fault(sqlite3.SQLITE_IOERR_WRITE, "disk I/O error"),
    "memory": MemoryError(),
}
FINAL = {
    "fsync": fault(sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error"),
    "read": fault(sqlite3.SQLITE_IOERR_READ, "disk I/O error"),
    "corrupt": fault(sqlite3.SQLITE_CORRUPT, "database disk image is malformed"),
    "read-only": fault(sqlite3.SQLITE_READONLY, "attempt to write a readonly database"),
}


class Disk:
    """Fails the statement of this kind while `error` is set."""

    def __init__(self, db: sqlite3.Connection, disk: dict[str, Any]) -> None:
        self._db, self._disk = db, disk

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        kind = "head" if sql.startswith("update head") else sql.split(maxsplit=1)[0]
        if self._disk["error"] is not None and kind == self._disk["at"]:
            raise self._disk["error"]
        return self._db.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


class Fragile(Ledger):
    def __init__(self, path: Path, *, disk: dict[str, Any], **options: Any) -> None:
        super().__init__(path, **options)
        self._db = Disk(self._db, disk)  # type: ignore[assignment]
