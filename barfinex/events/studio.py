"""What a person asks for, through the terminal, the API or the command line."""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.trading import Action, Scope
from barfinex.events.base import Event


class _Studio(Event):
    publisher: ClassVar[str] = "studio"


class HaltRequested(_Studio):
    """Stop all entries now, or do what `action` says. `way`: command, api or terminal."""

    way: str
    reason: str
    action: Action = Action.HALT
    scope: Scope = Scope()
    by: str = ""


class ResumeRequested(_Studio):
    """Allow entries again; only a person, only with a reason, and only confirmed after a while.

    `is_person`: whoever asks has shown more than the API's token. `confirmation` is the id of the first wish.
    """

    by: str
    reason: str
    is_person: bool = False
    scope: Scope = Scope()
    confirmation: str = ""


class LimitChangeRequested(_Studio):
    """Another value for a limit: at once when it is stricter, else as with a resume."""

    limit: str
    value: str
    way: str
    by: str
    reason: str
    is_person: bool = False
    confirmation: str = ""


class AcknowledgementRequested(_Studio):
    """A person has seen the alerts."""

    by: str
    reason: str
    is_person: bool = False
