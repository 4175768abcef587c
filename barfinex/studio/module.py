"""Studio as a module: the one voice of a person on the bus.

It consumes nothing here. Whoever watches folds the gateway's stream in a process of their own, so that being
looked at costs trading nothing.
"""

from __future__ import annotations

from typing import ClassVar

from barfinex.bus.port import Port
from barfinex.events.base import Envelope, Event
from barfinex.events.studio import (
    AcknowledgementRequested,
    HaltRequested,
    LimitChangeRequested,
    ResumeRequested,
)

Wish = HaltRequested | ResumeRequested | LimitChangeRequested | AcknowledgementRequested


class NotRunning(Exception):
    """Studio has no way to the bus (yet)."""


class StudioModule:
    """Publishes what a person asks for: to halt, to tighten, to loosen (I13)."""

    name = "studio"
    consumes: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self) -> None:
        self._port: Port | None = None

    async def run(self, port: Port) -> None:
        """Take the port that requests go out by."""
        self._port = port

    def request(self, event: Wish) -> None:
        """Raises NotRunning before `run`."""
        if self._port is None:
            raise NotRunning("Studio is not running: leave a HALT file in the data folder instead")
        self._port.emit(event)

    def fold(self, envelope: Envelope) -> None:
        """Nothing to remember."""

    async def handle(self, event: Event, port: Port) -> None:
        """Nothing to act on."""
