"""What the kernel publishes: runs, modules, alerts."""

from __future__ import annotations

from typing import Any, ClassVar

from barfinex.events.base import Event


class _Kernel(Event):
    publisher: ClassVar[str] = "kernel"


class RunStarted(_Kernel):
    """All that another run needs to repeat this one: mode, configuration, strategies and data by hash."""

    mode: str
    version: str
    config: dict[str, Any]
    config_hash: str
    strategies: dict[str, str]
    data: dict[str, str]


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


class HaltFileFound(_Kernel):
    """The HALT file lies in the data folder: the kill switch that needs no process of ours."""

    path: str


class HaltSignalled(_Kernel):
    """The operating system delivered the halt signal."""

    signal: str


class ControlDrilled(_Kernel):
    """One control was tried on purpose. `flat_ms`: market time from the kill until flat, where that was
    tried; `fault`: what was not as it should be, empty when all was."""

    control: str
    wired: bool
    passes: bool
    trips: bool
    flat_ms: int | None
    fault: str
