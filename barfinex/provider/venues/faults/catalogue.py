"""Every fault by its number and its name."""

from __future__ import annotations

from barfinex.domain.errors import BadInput
from barfinex.provider.venues.faults.account import ACCOUNT
from barfinex.provider.venues.faults.ending import ENDING
from barfinex.provider.venues.faults.filling import FILLING
from barfinex.provider.venues.faults.ordering import REFUSED, SENT
from barfinex.provider.venues.faults.script import Fault
from barfinex.provider.venues.faults.stream import STREAM

FAULTS: tuple[Fault, ...] = tuple(
    sorted((*SENT, *REFUSED, *FILLING, *ENDING, *ACCOUNT, *STREAM), key=lambda fault: int(fault.id[1:]))
)
_BY_NAME = {word: fault for fault in FAULTS for word in (fault.id.lower(), fault.name)}


def faults_named(names: str) -> tuple[Fault, ...]:
    """The faults of a list such as "answer-lost,F7", each once.

    Raises:
        BadInput: no fault has that name or number.
    """
    found: dict[str, Fault] = {}
    for name in names.split(","):
        fault = _BY_NAME.get(name.strip().lower())
        if fault is None:
            raise BadInput(
                f"--fault {name.strip() or names!r}", "is no fault", "`--fault list` prints them all."
            )
        found[fault.id] = fault
    return tuple(found.values())
