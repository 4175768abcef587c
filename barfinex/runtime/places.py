"""Where a run keeps its files, and what of it another may stand in for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from barfinex.bus.port import Journal
from barfinex.provider.venues.base import Venue
from barfinex.runtime.haltfile import HALT_FILE
from barfinex.runtime.reloading import Read


@dataclass(frozen=True, slots=True)
class Places:
    """The files of a run; the venue's file and the HALT file lie beside the journal."""

    journal: Path

    @property
    def venue(self) -> Path:
        return self.journal.with_suffix(".venue.db")

    @property
    def halt(self) -> Path:
        return self.journal.parent / HALT_FILE

    @property
    def token(self) -> Path:
        return self.journal.parent / "gateway.token"

    @property
    def person(self) -> Path:
        """The token that also loosens; it is nobody's but the operator's."""
        return self.journal.parent / "person.token"


@dataclass(frozen=True, slots=True)
class Seams:
    """What stands between the modules and the outside; a drill puts something of its own there. With `read`
    strategy files are watched, and read again by it."""

    journal: Callable[[Journal], Journal] = lambda inner: inner
    venue: Callable[[Venue], Venue] = lambda inner: inner
    read: Read | None = None


NO_SEAMS = Seams()
