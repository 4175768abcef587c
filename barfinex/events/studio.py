"""What a person asks for, through the terminal, the API or the command line."""

from __future__ import annotations

from typing import ClassVar

from barfinex.events.base import Event


class HaltRequested(Event):
    """Stop all entries now. `way`: command, api or terminal."""

    publisher: ClassVar[str] = "studio"
    way: str
    reason: str


class ResumeRequested(Event):
    """Allow entries again; only a person, only with a reason."""

    publisher: ClassVar[str] = "studio"
    by: str
    reason: str
