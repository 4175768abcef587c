"""Two processes must never write one journal: SQLite would let them take turns."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from barfinex.domain.errors import BadInput


class WriterLock:
    """Held from construction to release; the system lets go of it when the process dies, however it dies.

    Raises:
        BadInput: somebody holds it, or the folder cannot be written.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(f"{journal.name}.lock")
        try:
            self._fd = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            reason = f"cannot be written ({error.strerror})"
            raise BadInput(str(journal), reason, "Name a journal in a folder you may write to.") from error
        if not self._take():
            os.close(self._fd)
            raise BadInput(
                str(journal), "is being written by another process", "Stop that one, or name another journal."
            )
        self.is_held = True

    def _take(self) -> bool:
        """Whether the lock is ours, and still on the file that others will open."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(self._fd), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        self.is_held = False
        self._path.unlink(missing_ok=True)
        os.close(self._fd)
