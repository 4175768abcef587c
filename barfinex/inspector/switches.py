"""Which restrictions are on, what they cover, and what a person has asked to loosen: folded from events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from barfinex.config import GovernorConfig
from barfinex.domain.mismatch import Severity
from barfinex.domain.order import OrderRequest
from barfinex.domain.trading import RULES, Action, Cause, Latch, Level, Lift, Scope, TradingState, worst
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
from barfinex.events.kernel import HaltFileFound, HaltSignalled, LoopLagged, RunStarted
from barfinex.events.provider import AccountReconciled, MismatchFound, OrderContradicted
from barfinex.events.studio import HaltRequested

STARTS_KEPT = 1_000
STARTS_MS = 60_000
ALERTS_MAX = 1_000
LATCHES_MAX = 1_000
PENDING_MAX = 100

Restricted = TradingHalted | TradingReduced | EntriesThrottled
Wish = HaltRequested | HaltFileFound | HaltSignalled

_CAUSES = {
    Action.HALT: Cause.KILL,
    Action.CLOSE_ALL: Cause.KILL,
    Action.STAND_DOWN: Cause.STAND_DOWN,
    Action.THROTTLE: Cause.THROTTLE,
}
_BY_ITSELF = (Lift.RECOVERY, Lift.START)


@dataclass(slots=True)
class Switches:
    """The restrictions by scope and cause; `venues` maps an instrument to where it is traded, `limits` a
    limit to (as configured, as set since); `starts` are the latest starts of runs, ms UTC; `reconciled` and
    `unexplained` tell of the comparison with the venue since this run began, `strategies` who trades in it;
    `missed` says why a scope reaches nothing, empty if it may."""

    latches: dict[tuple[Scope, Cause], Latch] = field(default_factory=dict)
    pending: dict[str, LooseningRequested] = field(default_factory=dict)
    alerts: dict[str, AlertRaised] = field(default_factory=dict)
    limits: dict[str, tuple[str, str]] = field(default_factory=dict)
    venues: dict[str, str] = field(default_factory=dict)
    starts_max: int = 10
    throttle_ms: int = 60_000
    starts: deque[int] = field(default_factory=lambda: deque(maxlen=STARTS_KEPT))
    last_entry: dict[Scope, int] = field(default_factory=dict)
    lagged_at: int = 0
    reconciled: bool = True
    unexplained: int = 0
    strategies: tuple[str, ...] = ()
    missed: Callable[[Scope], str] = field(default=lambda _scope: "", compare=False)

    def folds(self) -> dict[type[Event], Callable[[Any, int], object]]:
        """What each event does to the switches; the second argument is when it was known, ms UTC."""
        return {
            HaltRequested: self.wish,
            HaltFileFound: self.wish,
            HaltSignalled: self.wish,
            TradingHalted: self.restrict,
            TradingReduced: self.restrict,
            EntriesThrottled: self.restrict,
            TradingArmed: lambda event, _now: self.arm(event),
            MismatchFound: self.differ,
            OrderContradicted: self.contradict,
            AccountReconciled: lambda event, _now: self.reconcile(event),
            LoopLagged: self.lag,
            LooseningRequested: lambda event, _now: self.loosen(event),
            LimitTightened: lambda event, _now: self.limit(event),
            LimitLoosened: lambda event, _now: self.limit(event),
            AlertRaised: lambda event, _now: self.alert(event),
            AlertsAcknowledged: lambda event, _now: self.acknowledge(event),
        }

    def configure(self, venues: dict[str, str], config: GovernorConfig) -> None:
        self.venues = venues
        self.starts_max, self.throttle_ms = config.starts_per_minute_max, config.throttle_ms

    def state(self) -> TradingState:
        """Of the whole account."""
        return worst(*(latch.state for latch in self.latches.values() if latch.scope == Scope()))

    def holds(self, wish: Wish) -> bool:
        """Whether what this asks for is on; what is done once and not for a time counts as such."""
        cause = _CAUSES.get(wish.action)
        if cause is None or wish.scope.level is Level.ORDER:
            return True
        latch = self.latches.get((self.aim(wish), cause))
        return latch is not None and latch.closes >= (wish.action == Action.CLOSE_ALL)

    def halt(self) -> Latch | None:
        """Why the whole account is halted, if it is."""
        halts = (one for one in self.latches.values() if one.state is TradingState.HALTED)
        return next((one for one in halts if one.scope == Scope()), None)

    def state_of(self, strategy: str, instrument: str) -> TradingState:
        """Of a new entry of this strategy in this instrument."""
        if not self.latches:
            return TradingState.ACTIVE
        scopes = self._around(strategy, instrument)
        return worst(*(latch.state for latch in self.latches.values() if latch.scope in scopes))

    def over(self, order: OrderRequest) -> Iterator[Latch]:
        """The restrictions that cover an order."""
        if self.latches:
            scopes = (*self._around(order.strategy, order.instrument), Scope(Level.ORDER, order.id))
            for latch in self.latches.values():
                if latch.scope in scopes:
                    yield latch

    def closes(self, strategy: str, instrument: str) -> Latch | None:
        """The restriction that wants this position left, if there is one."""
        scopes = self._around(strategy, instrument) if self.latches else ()
        return next((one for one in self.latches.values() if one.closes and one.scope in scopes), None)

    def throttled_until(self, strategy: str, instrument: str) -> int:
        """When the next entry may go under the throttles that cover it, ms UTC; 0 without any."""
        scopes = [s for s in self._around(strategy, instrument) if (s, Cause.THROTTLE) in self.latches]
        return max((self.last_entry[s] + self.throttle_ms for s in scopes if s in self.last_entry), default=0)

    def covers(self, scope: Scope, order: OrderRequest) -> bool:
        return scope in (*self._around(order.strategy, order.instrument), Scope(Level.ORDER, order.id))

    def reaches(self, scope: Scope, strategy: str, instrument: str) -> bool:
        """Whether what holds at this scope holds for the entries of this strategy in this instrument."""
        return scope in self._around(strategy, instrument)

    def _around(self, strategy: str, instrument: str) -> tuple[Scope, ...]:
        return (
            Scope(),
            Scope(Level.VENUE, self.venues.get(instrument, "")),
            Scope(Level.INSTRUMENT, instrument),
            Scope(Level.STRATEGY, strategy),
        )

    def wish(self, event: Wish, now: int) -> None:
        """Somebody pulled the switch: it is on before anybody has said so."""
        cause, scope = _CAUSES.get(event.action), self.aim(event)
        if cause is None or self.missed(scope):
            return
        self._forget_resumes()
        scope = scope if len(self.latches) < LATCHES_MAX else Scope()  # Of too many, everything.
        closes = event.action == Action.CLOSE_ALL
        known = self.latches.get((scope, cause))
        if known is None or (closes and not known.closes):
            reason = event.reason or getattr(event, "path", "")
            self._latch(Latch(cause, scope, event.way, reason, now, closes=closes))

    def aim(self, wish: Wish) -> Scope:
        """A file's halt of what is not there is one of everything: nobody waits for an answer to it."""
        by_file = isinstance(wish, HaltFileFound) and wish.scope.level is not Level.ORDER
        return Scope() if by_file and self.missed(wish.scope) else wish.scope

    def restrict(self, event: Restricted, now: int) -> None:
        self._latch(
            Latch(
                event.cause, event.scope, event.way, event.reason, now, True, event.until, closes=event.closes
            )
        )

    def lag(self, _event: LoopLagged, now: int) -> None:
        self.lagged_at = now

    def _latch(self, latch: Latch) -> None:
        """What was about to be loosened is not any more: something has happened since."""
        self.latches[latch.key] = latch
        if latch.state is not TradingState.ACTIVE:
            self._forget_resumes()

    def _forget_resumes(self) -> None:
        self.pending = {key: one for key, one in self.pending.items() if one.what != "resume"}

    def resume(self, event: TradingResumed) -> None:
        """One restriction has recovered, or a person lifts all that a person may at this scope."""
        if event.cause is not None:
            self.latches.pop((event.scope, event.cause), None)
            return
        for latch in self.liftable(event.scope):
            del self.latches[latch.key]
        self.pending.pop(event.id, None)

    def liftable(self, scope: Scope) -> list[Latch]:
        """The restrictions at this scope that do not end by themselves."""
        return [
            latch
            for latch in self.latches.values()
            if latch.scope == scope and RULES[latch.cause].lift not in _BY_ITSELF
        ]

    def start(self, event: RunStarted, now: int) -> None:
        """A new run: what lasted until the next start is over, and nothing trades before reconciliation."""
        ends = [key for key in self.latches if RULES[key[1]].lift is Lift.START or key[1] is Cause.LOOP_LAG]
        for key in ends:
            del self.latches[key]
        self.strategies = tuple(event.strategies)
        if not event.waits:
            return
        self.starts.append(now)
        self.reconciled, self.unexplained = False, 0
        why = "the account is not reconciled yet"
        self._latch(Latch(Cause.START, Scope(), "start", why, now, announced=True))
        recent = sum(now - at <= STARTS_MS for at in self.starts)
        if recent > self.starts_max:
            why = f"{recent} starts within {STARTS_MS // 1_000} s"
            self._latch(Latch(Cause.RESTARTS, Scope(), "start", why, now))

    def differ(self, event: MismatchFound, now: int) -> None:
        """Our books and the venue differ in a way that nothing explains: no entries where that is."""
        reason = f"{event.kind} {event.about}: {event.here} here, {event.there} at the venue"
        self._differ(event.severity, event.instrument, reason, now)

    def _differ(self, severity: Severity, instrument: str, reason: str, now: int) -> None:
        if severity is Severity.TOLD:
            return
        grave = severity is Severity.HALTED
        scope = Scope(Level.INSTRUMENT, instrument) if instrument else Scope()
        cause = Cause.MISMATCH if grave else Cause.DIFFERENCE
        if (scope, cause) not in self.latches:
            self._latch(Latch(cause, scope, "reconciliation", reason, now))
        self.unexplained += grave

    def contradict(self, event: OrderContradicted, now: int) -> None:
        """The venue said of an order what cannot be: as with any other difference."""
        reason = f"the venue told {event.told} of {event.order_id}, which is {event.state}"
        self._differ(event.severity, event.instrument, reason, now)

    def reconcile(self, event: AccountReconciled) -> None:
        """Every part of the account was compared once, since this run began."""
        self.reconciled |= not event.failed

    def arm(self, _event: TradingArmed) -> None:
        """What only waited for a clean reconciliation is over."""
        for key in [key for key in self.latches if RULES[key[1]].lift is Lift.RECONCILIATION]:
            del self.latches[key]

    def loosen(self, event: LooseningRequested) -> None:
        self.pending[event.id] = event
        if len(self.pending) > PENDING_MAX:
            del self.pending[next(iter(self.pending))]

    def limit(self, event: LimitTightened | LimitLoosened) -> None:
        self.limits[event.limit] = event.configured, event.new
        if isinstance(event, LimitLoosened):
            self.pending.pop(event.id, None)

    def alert(self, event: AlertRaised) -> None:
        """Only a critical one waits for a person; the oldest of too many is one among many alike."""
        if event.critical:
            self.alerts[event.id] = event
            if len(self.alerts) > ALERTS_MAX:
                del self.alerts[next(iter(self.alerts))]

    def acknowledge(self, event: AlertsAcknowledged) -> None:
        for alert_id in event.ids:
            self.alerts.pop(alert_id, None)

    def entered(self, strategy: str, instrument: str, now: int) -> None:
        """An entry was approved: under a throttle the next one waits."""
        for scope in self._around(strategy, instrument) if self.latches else ():
            if (scope, Cause.THROTTLE) in self.latches:
                self.last_entry[scope] = now

    def end(self, order_id: str) -> None:
        """The order is over: a kill of it has done its work."""
        if self.latches:
            self.latches.pop((Scope(Level.ORDER, order_id), Cause.KILL), None)
