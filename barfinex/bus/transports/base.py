"""What every transport shares: who gets what, and that nobody handles an envelope twice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from barfinex.bus.port import Module, Port
from barfinex.events.base import Envelope, Event

MakePort = Callable[[Envelope], Port]


class Seat:
    """A module's place at the bus; a restart puts a new instance on the same seat."""

    __slots__ = ("handled", "make_port", "module")

    def __init__(self, module: Module, make_port: MakePort) -> None:
        self.module, self.make_port = module, make_port
        self.handled = 0

    def handle(self, envelope: Envelope) -> Coroutine[Any, Any, None]:
        """The module's handling of one envelope; one that it has handled already (by seq) is passed over."""
        seq = envelope.seq
        if seq:
            if seq <= self.handled:
                return _nothing()
            self.handled = seq
        return self.module.handle(envelope.event, self.make_port(envelope))


async def _nothing() -> None:
    """What is left to do about an envelope that comes again."""


class Routing:
    """Routes by class, in the order of attaching."""

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        self.routes: dict[type[Event], list[Seat]] = {}

    def attach(self, module: Module, port: MakePort) -> Seat:
        """Raises ValueError when the name is taken."""
        if module.name in self.seats:
            raise ValueError(f"a module named {module.name} is attached already")
        seat = self.seats[module.name] = Seat(module, port)
        for event in module.consumes:
            self.routes.setdefault(event, []).append(seat)
        return seat

    def detach(self, name: str) -> None:
        seat = self.seats.pop(name)
        for seats in self.routes.values():
            if seat in seats:
                seats.remove(seat)

    def to(self, event: type[Event]) -> list[Seat]:
        """The seats of a type of event: the list itself, which `attach` and `detach` change."""
        return self.routes.setdefault(event, [])
