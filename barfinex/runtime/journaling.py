"""Keeps an eye on the journal while it runs: tells when its disk is in trouble, and seals its head."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import anyio
from anyio import to_thread

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.seal import SealFile, beside, key_in
from barfinex.bus.bus import Bus
from barfinex.bus.port import JournalFailed
from barfinex.config import JournalConfig
from barfinex.domain.errors import BadInput
from barfinex.events.base import Event
from barfinex.events.kernel import JournalRecovered, JournalStalled, SealFailed
from barfinex.runtime.health import Health
from barfinex.runtime.supervisor import ModuleLost

PULSE_S = 0.1


@contextmanager
def journal_of(config: JournalConfig, place: Path, sync: Literal["full", "batch"]) -> Iterator[SqliteJournal]:
    """A run's journal as configured.

    Raises:
        BadInput: it cannot be opened, or is not what was sealed.
        ModuleLost: it failed, or rows wait beside it for the next start.
    """
    seal = SealFile(config.seal_file or beside(place), key_in(config.seal_key_file), config.seal_s)
    try:
        with SqliteJournal(
            place,
            sync=sync,
            ballast=config.ballast_mb * 2**20,
            segment_bytes=config.segment_mb * 2**20,
            seal=seal,
        ) as journal:
            yield journal
    except JournalFailed as error:
        raise ModuleLost("the journal", error) from error


class JournalWatch:
    """What the journal cannot say about itself, as events and in `/health`."""

    def __init__(self, journal: SqliteJournal, bus: Bus, health: Health) -> None:
        self._journal, self._bus, self._seal_s = journal, bus, journal.seal_s
        self._stalled_at: int | None = None
        self._is_sealing = True
        health.journal = lambda: journal.trouble or "ok"

    async def run(self) -> None:
        """For ever. Raises JournalFailed when the journal has failed for good."""
        due = anyio.current_time() + self._seal_s
        while True:  # bound: the task's cancellation
            await anyio.sleep(PULSE_S)
            self._journal.check()
            self._tell()
            if anyio.current_time() >= due:
                due = anyio.current_time() + self._seal_s
                await self._seal()

    def _tell(self) -> None:
        trouble, now = self._journal.trouble, self._bus.clock.now()
        if trouble is not None and self._stalled_at is None:
            self._stalled_at = now
            self._publish(JournalStalled(reason=trouble))
        elif trouble is None and self._stalled_at is not None:
            self._publish(JournalRecovered(stalled_ms=now - self._stalled_at))
            self._stalled_at = None

    async def _seal(self) -> None:
        """A seal that cannot be written is told once, and tried again at the next turn."""
        try:
            await to_thread.run_sync(self._journal.seal)
        except (OSError, BadInput) as error:
            if self._is_sealing:
                self._publish(SealFailed(reason=str(error)))
            self._is_sealing = False
        else:
            self._is_sealing = True

    def _publish(self, event: Event) -> None:
        self._bus.publish(event, "kernel")
