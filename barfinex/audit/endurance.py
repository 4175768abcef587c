"""A disk that takes nothing for a while: entries stop, and what must be recorded waits in memory.

The first fault gives the ballast up, so that most records go on reaching the disk; what does not fit waits in
the writer's queue, which is bounded. Nothing is lost on the way: it is written, in order, when the disk takes
it, or saved beside the journal when the run ends first.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from barfinex.audit.ballast import Ballast, may_pass
from barfinex.audit.ledger import Ledger
from barfinex.domain.errors import BadInput

RETRY_S = 0.2
WAL_BYTES_MAX = 64 * 2**20


class Endurance:
    """`trouble` says why entries must stop; None while all is well. Used by the writer's thread, read by all.

    Raises:
        BadInput: there is no room for `ballast` bytes.
    """

    def __init__(self, journal: Path, ballast: int) -> None:
        self._ballast = Ballast(journal, ballast)
        if not self._ballast.hold():
            reason = f"the disk has no room for {ballast / 2**20:g} MiB of ballast"
            remedy = "Free some space, or lower journal.ballast_mb in the configuration."
            raise BadInput(str(journal), reason, remedy)
        self.trouble: str | None = None
        self.pause_s = 0.0  # Until the next attempt.

    @property
    def reserved(self) -> int:
        """Bytes of the disk that are not the journal's to use."""
        return self._ballast.size

    def strike(self, error: Exception, ledger: Ledger) -> bool:
        """A write failed; whether it is worth another attempt."""
        if not may_pass(error):
            return False
        self.trouble = f"the disk takes nothing ({str(error) or type(error).__name__})"
        is_released = self._ballast.release()
        self.pause_s = 0.0 if is_released else RETRY_S
        try:
            ledger.shorten(0)  # The log holds pages many times over; the file holds each once.
        except sqlite3.Error as again:
            self.trouble = f"the disk takes nothing ({again})"
        if is_released:
            ledger.allow(0)
        return True

    def look(self, ledger: Ledger, waiting: bool) -> None:
        """After a write, and now and then while in trouble: is it over?"""
        if self.trouble is None and ledger.wal_bytes <= WAL_BYTES_MAX:
            return
        self.pause_s = 0.0 if waiting else RETRY_S
        if not self._ballast.is_held:
            self.trouble = "the disk is nearly full"
            room = min(self._ballast.free(), ledger.room())
            if waiting or room < 2 * self._ballast.size or not self._ballast.hold():
                return
            ledger.allow(self._ballast.size)
        ledger.shorten(WAL_BYTES_MAX)
        held = ledger.wal_bytes / 2**20
        self.trouble = (
            None if held * 2**20 <= WAL_BYTES_MAX else f"somebody reads, and {held:.0f} MiB of log wait"
        )
