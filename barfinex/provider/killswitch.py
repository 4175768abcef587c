"""The last gate before the venue: from the moment somebody asks for a halt no entry leaves.

The Inspector decides what is halted, when its turn comes. Until then, and should it never come, this holds:
it hears the bus itself and looks at every entry right before it is sent. In doubt it is shut.
"""

from __future__ import annotations

from barfinex.domain.order import OrderRequest
from barfinex.domain.trading import Action, Level, Scope
from barfinex.events.base import Envelope
from barfinex.events.inspector import ChangeRefused, TradingHalted, TradingResumed
from barfinex.events.kernel import HaltFileFound, HaltSignalled
from barfinex.events.studio import HaltRequested
from barfinex.provider.permits import Fault, Permits

SHUT_MAX = 1_000
_HALTS = (Action.HALT, Action.CLOSE_ALL)


class KillSwitch:
    """`tap` is called with everything that is published, before anybody is given it."""

    def __init__(self) -> None:
        self._shut: dict[Scope, int] = {}
        self._killed: dict[str, None] = {}

    def tap(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, HaltRequested | HaltFileFound | HaltSignalled):
            if event.action in _HALTS:
                self._shut_at(event.scope, envelope.seq)
        elif isinstance(event, TradingHalted):
            self._shut_at(event.scope, self._shut.get(event.scope, envelope.seq))
        elif isinstance(event, ChangeRefused):  # Perhaps of a halt of what is not there.
            self._shut = {scope: seq for scope, seq in self._shut.items() if seq != envelope.causation}
        elif isinstance(event, TradingResumed) and event.cause is None:
            asked_before = envelope.causation <= self._shut.get(event.scope, 0)
            if not asked_before:
                self._shut.pop(event.scope, None)

    def _shut_at(self, scope: Scope, seq: int) -> None:
        """Of too many halts the next is one of everything. Nobody resumes an order: it ends, and of those
        that were killed one by one the oldest has ended long since."""
        if scope.level is Level.ORDER:
            self._killed[scope.target] = None
            if len(self._killed) > SHUT_MAX:
                del self._killed[next(iter(self._killed))]
            return
        self._shut[scope if scope in self._shut or len(self._shut) < SHUT_MAX else Scope()] = seq

    def fault(self, permits: Permits) -> Fault | None:
        """Why these may not leave, if one of them may not."""
        if any(self.blocks(permit.order) for permit in permits):
            return "HALTED", "trading was halted before it left"
        return None

    def blocks(self, order: OrderRequest) -> bool:
        """Whether this order may not leave; what only reduces risk always may. A halted venue is all of them:
        there is one."""
        if not order.purpose.opens:
            return False
        if order.id in self._killed:
            return True
        around = (
            Scope(),
            Scope(Level.INSTRUMENT, order.instrument),
            Scope(Level.STRATEGY, order.strategy),
        )
        return any(scope in around or scope.level is Level.VENUE for scope in self._shut)
