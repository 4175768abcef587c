"""What the kernel publishes: runs, modules, alerts."""

from __future__ import annotations

from typing import Any, ClassVar

from barfinex.domain.trading import Action, Scope
from barfinex.events.base import Event


class _Kernel(Event):
    publisher: ClassVar[str] = "kernel"


class RunStarted(_Kernel):
    """All that another run needs to repeat this one: mode, configuration, strategies and data by hash.

    `waits`: nothing may be traded before the account is reconciled.
    """

    mode: str
    version: str
    config: dict[str, Any]
    config_hash: str
    strategies: dict[str, str]
    data: dict[str, str]
    waits: bool = False


class RunEnded(_Kernel):
    reason: str


class AlertFired(_Kernel):
    """The clock reached a time somebody asked to be told of."""

    name: str
    at: int


class ModuleStarted(_Kernel):
    module: str


class ModuleFailed(_Kernel):
    """A module raised; the event that it was handling is not delivered again."""

    module: str
    error: str
    restarts: int


class ModuleStoodDown(_Kernel):
    """A module's restart budget is spent; what it did is not done any more."""

    module: str
    reason: str


class InboxConflated(_Kernel):
    """A full or slow inbox kept only the newest of each key; `dropped` since the last report."""

    module: str
    dropped: int


class JournalStalled(_Kernel):
    """The journal's disk takes nothing, or soon will not: entries stop, and records wait in memory."""

    reason: str


class JournalRecovered(_Kernel):
    """Everything that waited is on the disk, in order; entries are sent again."""

    stalled_ms: int


class SealFailed(_Kernel):
    """The head of the chain could not be sealed outside the journal."""

    reason: str


class LoopLagged(_Kernel):
    """The loop woke `lag_ms` later than it had asked to."""

    lag_ms: int


class HaltFileFound(_Kernel):
    """The HALT file lies in the data folder: the kill switch that needs no process of ours. Its text says
    why, and perhaps what and how far."""

    way: ClassVar[str] = "file"
    path: str
    reason: str = ""
    action: Action = Action.HALT
    scope: Scope = Scope()


class HaltSignalled(_Kernel):
    """The operating system delivered the halt signal."""

    way: ClassVar[str] = "signal"
    action: ClassVar[Action] = Action.HALT
    scope: ClassVar[Scope] = Scope()
    signal: str

    @property
    def reason(self) -> str:
        return self.signal


class ControlDrilled(_Kernel):
    """One control was tried on purpose. `flat_ms`: market time from the kill until flat, where that was
    tried; `fault`: what was not as it should be, empty when all was."""

    control: str
    wired: bool
    passes: bool
    trips: bool
    flat_ms: int | None
    fault: str
