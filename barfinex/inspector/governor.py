"""The trading state: who restricts it, what that stops, and what ends by itself.

Anything may halt; what it takes to loosen again is in `ratchet`. A halt refuses entries and takes back those
under way, again and again until each has ended; exits and protection go on.
"""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.config import GovernorConfig, InspectorConfig
from barfinex.domain.ids import ident
from barfinex.domain.trading import RULES, Action, Cause, Latch, Level, Scope, TradingState
from barfinex.events.inspector import (
    AlertRaised,
    ChangeRefused,
    EntriesThrottled,
    TradingArmed,
    TradingHalted,
    TradingReduced,
    TradingResumed,
)
from barfinex.events.kernel import LoopLagged, ModuleStoodDown
from barfinex.events.provider import AccountReconciled, ThrottleTripped, VenueThrottled
from barfinex.inspector.book import RiskBook
from barfinex.inspector.brink import Measure, is_far, measures
from barfinex.inspector.managed import InFlight
from barfinex.inspector.recalls import Recalls
from barfinex.inspector.switches import Wish

CALM = "inspector.calm"
CALM_MS = 10_000
FIREWALL = "FIREWALL"
BRAIN = ("detector", "advisor")
_EVENTS = {
    TradingState.HALTED: TradingHalted,
    TradingState.REDUCING: TradingReduced,
    TradingState.ACTIVE: EntriesThrottled,
}


class Governor:
    """Announces restrictions, takes entries back, and ends what has recovered."""

    def __init__(self, book: RiskBook, config: GovernorConfig, recalls: Recalls) -> None:
        self._book, self._config, self._recalls = book, config, recalls
        self._switches = book.trading

    def tend(self, port: Port) -> None:
        """Announce what somebody asked for, once; then see to the entries that should not be there."""
        for latch in [latch for latch in self._switches.latches.values() if not latch.announced]:
            self._announce(latch, port)
        self.recall(port)

    def obey(self, wish: Wish, port: Port) -> None:
        """What a person asked for; the book has taken it in already."""
        scope = self._switches.aim(wish)
        if fault := self._switches.missed(scope):
            self._book.record(ChangeRefused(what=wish.action, by=wish.way, reason=fault), port)
        elif wish.action == Action.CANCEL_ENTRIES:
            for entry in self._book.entries():
                if self._switches.covers(scope, entry.request):
                    self._cancel(entry, wish.reason, port)
        self.tend(port)

    def stop(self, reason: str, port: Port, cause: Cause = Cause.BOOKS, scope: Scope | None = None) -> None:
        """Restrict on the Inspector's own account; once is enough."""
        self.restrict(Latch(cause, scope or Scope(), "inspector", reason), port)

    def restrict(self, latch: Latch, port: Port) -> None:
        """Once is enough, unless it lasts longer than before."""
        known = self._switches.latches.get(latch.key)
        if known is None or (known.until is not None and (latch.until or 0) > known.until):
            self._announce(latch, port)
            self.recall(port)

    def arm(self, port: Port) -> None:
        """After a reconciliation: trade, if that is configured and nothing is left unexplained."""
        switches = self._switches
        is_clean = switches.reconciled and not switches.unexplained and not switches.alerts
        if (Scope(), Cause.START) in switches.latches and is_clean and self._config.auto_arm:
            why = "the account is reconciled and nothing is left unexplained"
            self._book.record(TradingArmed(by="reconciliation", reason=why), port)

    def explain(self, event: AccountReconciled, port: Port) -> None:
        """A comparison that finds nothing ends what differences had restricted."""
        if event.mismatches or event.standing or event.failed:
            return
        for scope, cause in [key for key in self._switches.latches if key[1] is Cause.DIFFERENCE]:
            why = "the account was compared, and nothing differs any more"
            resumed = TradingResumed(by="reconciliation", reason=why, scope=scope, cause=cause)
            self._book.record(resumed, port)

    def watch(self, limits: InspectorConfig, port: Port) -> None:
        """Restrict near and at the loss limits; end what has recovered with a tenth of the limit to spare."""
        account, part = self._book.account, self._config.reduce_at
        if not self._switches.latches and is_far(account, limits, port.now, part):
            return
        for measure in measures(account, limits, port.now):
            if measure.value is None:
                continue
            if measure.value > measure.limit:
                self._lose(measure, measure.past, port)
            elif measure.value > measure.limit * part:
                self._lose(measure, measure.near, port)
            elif measure.value <= measure.limit * part * 9 / 10:
                self._recover(measure.near, f"{measure.words()}: it is over", port)

    def lag(self, event: LoopLagged, port: Port) -> None:
        """A loop that is late sees old prices: nothing new until it has kept time for a while."""
        if event.lag_ms >= self._config.lag_ms_max:
            reason = f"the loop woke {event.lag_ms} ms late; it lasts until it keeps time for {CALM_MS} ms"
            self.stop(reason, port, Cause.LOOP_LAG)
        if (Scope(), Cause.LOOP_LAG) in self._switches.latches:
            port.clock.alert(port.now + CALM_MS, CALM)

    def lose_module(self, event: ModuleStoodDown, port: Port) -> None:
        """Without one of the modules that decide, what is open is managed and nothing new begins."""
        if event.module in BRAIN:
            self.stop(f"{event.module} has stood down: {event.reason}", port, Cause.MODULE_LOST)

    def slow_down(self, event: ThrottleTripped, port: Port) -> None:
        """A strategy that asks for more orders than the budget holds is out of order."""
        reason = f"{event.trips} entries found no room within {event.window_ms // 1_000} s"
        self.stop(reason, port, Cause.THROTTLED, Scope(Level.STRATEGY, event.strategy))

    def leave_alone(self, event: VenueThrottled, port: Port) -> None:
        """A ban: what waits at the venue has to do, and a person looks at why before anything new is sent. A
        wall before the venue is told too: it opens by itself, but not to what annoyed it."""
        if event.code == FIREWALL:
            alert_id = ident("alr", FIREWALL, port.now)
            text = f"no entry before {event.until}: {event.reason}"
            self._book.record(AlertRaised(id=alert_id, critical=False, code=FIREWALL, text=text), port)
        if event.code != Cause.BANNED.upper():
            return
        for venue in dict.fromkeys(self._switches.venues.values()):
            scope, reason = Scope(Level.VENUE, venue), f"the venue has banned us: {event.reason}"
            self.restrict(Latch(Cause.BANNED, scope, "venue", reason, until=event.until), port)

    def ring(self, name: str, port: Port) -> None:
        """An alert of the clock came back."""
        if name == CALM and port.now - self._switches.lagged_at >= CALM_MS:
            self._recover(Cause.LOOP_LAG, f"the loop has kept time for {CALM_MS} ms", port)

    def recall(self, port: Port) -> None:
        """Ask for the cancel of every entry that a halt covers; the Provider asks until each has ended."""
        for entry in self._book.entries():
            if not entry.recalled and self._is_halted(entry):
                self._cancel(entry, "trading is halted", port)

    def _is_halted(self, entry: InFlight) -> bool:
        return any(latch.state is TradingState.HALTED for latch in self._switches.over(entry.request))

    def _cancel(self, entry: InFlight, reason: str, port: Port) -> None:
        self._recalls.ask(entry.request.instrument, entry.request.id, reason, port)

    def _lose(self, measure: Measure, cause: Cause, port: Port) -> None:
        latch = Latch(cause, Scope(), "inspector", measure.words(), until=measure.until)
        self.restrict(latch, port)

    def _recover(self, cause: Cause, reason: str, port: Port) -> None:
        if (Scope(), cause) in self._switches.latches:
            self._book.record(TradingResumed(by="recovery", reason=reason, cause=cause), port)

    def _announce(self, latch: Latch, port: Port) -> None:
        rule = RULES[latch.cause]
        said = _EVENTS[rule.state](
            way=latch.way,
            reason=latch.reason,
            scope=latch.scope,
            cause=latch.cause,
            lifted_by=rule.lift,
            until=latch.until,
            closes=latch.closes,
        )
        self._book.record(said, port)
        if rule.critical:
            code = f"{rule.state}_{latch.cause}".upper()
            alert_id = ident("alr", code, latch.scope, port.now)
            text = f"{latch.scope}: {latch.reason}; lifted by {rule.lift}"
            self._book.record(AlertRaised(id=alert_id, critical=True, code=code, text=text), port)
