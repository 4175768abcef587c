"""What a halt is aimed at: one of a name that is not there would be taken for one that holds."""

from __future__ import annotations

from collections.abc import Iterable

from barfinex.domain.trading import Level, Scope
from barfinex.inspector.managed import InFlight, ManagedPosition
from barfinex.inspector.switches import Switches


def missed(
    scope: Scope,
    switches: Switches,
    entries: Iterable[InFlight],
    positions: Iterable[ManagedPosition],
) -> str:
    """Why this scope reaches nothing, in words; empty if it may reach something.

    A kill of an order that is no entry would take protection away. A venue is never missed: there is one.
    """
    name = scope.target
    match scope.level:
        case Level.ORDER if all(name != entry.request.id for entry in entries):
            return f"{name} is no entry that is under way; what protects a position stays"
        case Level.INSTRUMENT if switches.venues:
            known = {*switches.venues, *(position.instrument for position in positions)}
        case Level.STRATEGY if switches.strategies:
            known = {*switches.strategies, *(position.strategy for position in positions)}
        case _:
            return ""
    if name in known:
        return ""
    return f"there is no {scope.level} {name} here, and nothing was done; there is {', '.join(sorted(known))}"
