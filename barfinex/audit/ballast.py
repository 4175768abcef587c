"""Room kept on the disk, so that when it is full there is still some for what must be recorded."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

_PASSING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM}
# A quota refuses a write as if the disk were broken. Nothing was written, so nothing is lost by trying again;
# after a failed fsync nobody knows what was written, and that one never passes.
_PASSING_EXACTLY = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_NOMEM}


def may_pass(error: Exception) -> bool:
    """Whether the same rows may be written to the same file later: it is full, locked, or memory is short."""
    if isinstance(error, MemoryError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and (code & 0xFF in _PASSING or code in _PASSING_EXACTLY)


class Ballast:
    """A file of `size` bytes beside the journal that is given up when the disk is full."""

    def __init__(self, journal: Path, size: int) -> None:
        self.path, self.size = journal.with_name(f"{journal.name}.ballast"), size
        self.is_held = False

    def hold(self) -> bool:
        """Take the room; False when there is none."""
        if not self.size:
            self.is_held = True
            return True
        try:
            if not self.path.exists() or self.path.stat().st_size != self.size:
                with self.path.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, self.size)
            self.is_held = True
        except OSError:
            self.path.unlink(missing_ok=True)
            self.is_held = False
        return self.is_held

    def release(self) -> bool:
        """Give the room up; False when it was given up before."""
        was_held, self.is_held = self.is_held and self.size > 0, False
        self.path.unlink(missing_ok=True)
        return was_held

    def free(self) -> int:
        """Bytes that may still be written to this disk."""
        about = os.statvfs(self.path.parent)
        return about.f_bavail * about.f_frsize
