"""Events small enough to make by the thousand, and the bus they travel on."""

from __future__ import annotations

from dataclasses import dataclass, field

from barfinex.bus.bus import Bus
from barfinex.bus.port import Module, Transport
from barfinex.clock import VirtualClock
from barfinex.events.base import Envelope, Event
from barfinex.events.kernel import AlertFired, ModuleStarted, RunEnded
from barfinex.events.provider import TradePrinted
from tests.fakes import FakeJournal


def alert(name: str = "a") -> AlertFired:
    return AlertFired(name=name, at=0)


def ended(reason: str = "") -> RunEnded:
    return RunEnded(reason=reason)


def started(module: str) -> ModuleStarted:
    return ModuleStarted(module=module)


def printed(price: float, instrument: str = "A") -> TradePrinted:
    return TradePrinted(instrument=instrument, price=price, quantity=1.0, side="buy")


def enveloped(event: Event, seq: int = 0) -> Envelope:
    return Envelope(seq, "run", event.publisher, 0, 0, seq, 0, event)


@dataclass
class Rig:
    """A bus over a transport, with everything around it faked; modules answer in the kernel's name."""

    transport: Transport
    journal: FakeJournal = field(default_factory=FakeJournal)
    clock: VirtualClock = field(default_factory=VirtualClock)
    arriving: bool = True

    def __post_init__(self) -> None:
        self.bus = Bus(self.transport, self.journal, self.clock, "run", arriving=self.arriving)

    def seat(self, module: Module, owner: str = "kernel") -> None:
        spawner = self.transport.spawner(module.name)
        self.transport.attach(module, self.bus.answers(owner, spawner))

    def publish(self, event: Event) -> Envelope:
        return self.bus.publish(event, event.publisher)
