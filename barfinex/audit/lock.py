"""Two processes must never write one journal: SQLite would let them take turns."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from barfinex.domain.errors import BadInput

_OPEN = b"open"


class WriterLock:
    """Held from construction to release; the system lets go of it when the process dies, however it dies.

    `after_crash`: take it whatever the last holder left behind.

    Raises:
        BadInput: somebody holds it, the folder cannot be written, or the last holder's log is gone.
    """

    def __init__(self, journal: Path, *, after_crash: bool = False) -> None:
        self._path = journal.with_name(f"{journal.name}.lock")
        self._log = journal.with_name(f"{journal.name}-wal")
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
        if not after_crash:
            self._look_for_the_log(journal)

    def mark(self, *, is_open: bool) -> None:
        """Whether the journal's log has to be there from now on."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, _OPEN if is_open else b"", 0)

    def _look_for_the_log(self, journal: Path) -> None:
        """A writer that died leaves its lock and its log; where the log is gone, so are the last rows."""
        died = os.pread(self._fd, len(_OPEN), 0) == _OPEN
        if died and journal.exists() and not self._log.exists():
            self.is_held = False
            os.close(self._fd)  # The file stays: it is the evidence.
            reason = (
                f"was left by a process that died, and {self._log.name} is gone: its last rows are missing"
            )
            remedy = f"Put it back, restore a copy, or delete {self._path.name} to go on without them."
            raise BadInput(str(journal), reason, remedy)

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
