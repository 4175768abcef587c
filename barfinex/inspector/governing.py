"""What restricts trading, or would lift that: each event to whom it concerns, and close-all carried out."""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.events.base import Event
from barfinex.events.inspector import (
    AlertRaised,
    AlertsAcknowledged,
    EntriesThrottled,
    LimitLoosened,
    LimitTightened,
    LooseningRequested,
    TradingArmed,
    TradingHalted,
    TradingReduced,
    TradingResumed,
)
from barfinex.events.kernel import HaltFileFound, HaltSignalled, LoopLagged, ModuleStoodDown, RunStarted
from barfinex.events.provider import (
    AccountReconciled,
    MismatchFound,
    OrderContradicted,
    ThrottleTripped,
    VenueThrottled,
)
from barfinex.events.studio import (
    AcknowledgementRequested,
    HaltRequested,
    LimitChangeRequested,
    ResumeRequested,
)
from barfinex.inspector.book import RiskBook
from barfinex.inspector.governor import Governor
from barfinex.inspector.managed import ManagedPosition
from barfinex.inspector.protection import Protection
from barfinex.inspector.ratchet import Ratchet

GOVERNED: tuple[type[Event], ...] = (
    RunStarted,
    HaltRequested,
    HaltFileFound,
    HaltSignalled,
    ResumeRequested,
    LimitChangeRequested,
    AcknowledgementRequested,
    AccountReconciled,
    MismatchFound,
    OrderContradicted,
    VenueThrottled,
    ThrottleTripped,
    LoopLagged,
    ModuleStoodDown,
)
"""What is handled here."""

RESTRICTIONS: tuple[type[Event], ...] = (
    TradingHalted,
    TradingReduced,
    EntriesThrottled,
    TradingResumed,
    TradingArmed,
    LooseningRequested,
    LimitTightened,
    LimitLoosened,
    AlertRaised,
    AlertsAcknowledged,
)
"""What the Inspector says of it, and folds again after a restart."""


class Governing:
    """Between the events and the governor, the ratchet and what manages positions."""

    def __init__(self, book: RiskBook, governor: Governor, ratchet: Ratchet, protection: Protection) -> None:
        self._book, self._governor, self._ratchet, self._protection = book, governor, ratchet, protection

    def handle(self, event: Event, port: Port) -> None:
        """A person's wish, or a fact that makes trading more dangerous or safe again."""
        governor, ratchet = self._governor, self._ratchet
        match event:
            case HaltRequested() | HaltFileFound() | HaltSignalled():
                governor.obey(event, port)
                self.close_all(port)
            case ResumeRequested():
                ratchet.resume(event, port)
            case LimitChangeRequested():
                ratchet.change(event, port)
                governor.watch(ratchet.limits(), port)
            case AcknowledgementRequested():
                ratchet.acknowledge(event, port)
            case _:
                self._heed(event, port)

    def _heed(self, event: Event, port: Port) -> None:
        governor = self._governor
        match event:
            case LoopLagged():
                governor.lag(event, port)
            case ModuleStoodDown():
                governor.lose_module(event, port)
            case ThrottleTripped():
                governor.slow_down(event, port)
            case VenueThrottled():
                governor.leave_alone(event, port)
            case RunStarted() | MismatchFound() | OrderContradicted():
                governor.tend(port)
            case AccountReconciled():
                governor.arm(port)
                governor.explain(event, port)

    def close_all(self, port: Port) -> None:
        """Leave every position that a restriction wants closed and that nothing leaves yet."""
        for position in list(self._book.positions.values()):
            self.follow(position, port)

    def follow(self, position: ManagedPosition, port: Port) -> None:
        """Something has happened to a position: it may be one that should not be there."""
        trading = self._book.trading
        if trading.latches and trading.closes(position.strategy, position.instrument) is not None:
            self._protection.leave(position, "close_all", port)
