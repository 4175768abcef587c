"""Whether trading is allowed, as one table: what each cause makes of it, and who may lift that again."""

from __future__ import annotations

from typing import NamedTuple

from barfinex.domain.value import Value, Word


class TradingState(Word):
    """ACTIVE: all that the policies let through. REDUCING: nothing that raises exposure. HALTED: likewise,
    and the entries under way are taken back. Exits and protection go on in all three."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class Level(Word):
    """How far a kill reaches."""

    ORDER = "order"
    STRATEGY = "strategy"
    INSTRUMENT = "instrument"
    VENUE = "venue"
    GLOBAL = "global"


class Action(Word):
    """What a person can ask for. THROTTLE: one entry a while; STAND_DOWN: no entries, what is open is
    managed; CANCEL_ENTRIES: once, without a halt; CLOSE_ALL: halt, and leave every position at market."""

    THROTTLE = "throttle"
    STAND_DOWN = "stand_down"
    CANCEL_ENTRIES = "cancel_entries"
    HALT = "halt"
    CLOSE_ALL = "close_all"


class Cause(Word):
    """Why trading is restricted."""

    KILL = "kill"
    STAND_DOWN = "stand_down"
    THROTTLE = "throttle"
    START = "start"
    RESTARTS = "restarts"
    MISMATCH = "mismatch"
    DIFFERENCE = "difference"
    BOOKS = "books"
    UNPROTECTED = "unprotected"
    DRAWDOWN = "drawdown"
    DRAWDOWN_NEAR = "drawdown_near"
    DAILY_LOSS = "daily_loss"
    DAILY_LOSS_NEAR = "daily_loss_near"
    DAILY_FALL = "daily_fall"
    DAILY_FALL_NEAR = "daily_fall_near"
    WEEKLY_FALL = "weekly_fall"
    WEEKLY_FALL_NEAR = "weekly_fall_near"
    LOOP_LAG = "loop_lag"
    MODULE_LOST = "module_lost"
    THROTTLED = "throttled"
    BANNED = "banned"
    FUNDS = "funds"
    KEY_REFUSED = "key_refused"
    VENUE_REFUSES = "venue_refuses"
    PRICE_ABSURD = "price_absurd"
    LIQUIDATED = "liquidated"


class Lift(Word):
    """Who ends a restriction: a person (with a reason, a delay and a second call), the end of its cause, a
    reconciliation without an unexplained difference (or a person), the next start."""

    PERSON = "person"
    RECOVERY = "recovery"
    RECONCILIATION = "reconciliation"
    START = "start"


class Rule(NamedTuple):
    """`critical`: nobody arms trading again before a person has acknowledged it."""

    state: TradingState
    lift: Lift
    critical: bool = False


RULES: dict[Cause, Rule] = {
    Cause.KILL: Rule(TradingState.HALTED, Lift.PERSON),
    Cause.STAND_DOWN: Rule(TradingState.REDUCING, Lift.PERSON),
    Cause.THROTTLE: Rule(TradingState.ACTIVE, Lift.PERSON),
    Cause.START: Rule(TradingState.HALTED, Lift.RECONCILIATION),
    Cause.RESTARTS: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.MISMATCH: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.DIFFERENCE: Rule(TradingState.REDUCING, Lift.RECONCILIATION),
    Cause.BOOKS: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.UNPROTECTED: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.DRAWDOWN: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.DRAWDOWN_NEAR: Rule(TradingState.REDUCING, Lift.RECOVERY),
    Cause.DAILY_LOSS: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.DAILY_LOSS_NEAR: Rule(TradingState.REDUCING, Lift.RECOVERY),
    Cause.DAILY_FALL: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.DAILY_FALL_NEAR: Rule(TradingState.REDUCING, Lift.RECOVERY),
    Cause.WEEKLY_FALL: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.WEEKLY_FALL_NEAR: Rule(TradingState.REDUCING, Lift.RECOVERY),
    Cause.LOOP_LAG: Rule(TradingState.REDUCING, Lift.RECOVERY),
    Cause.MODULE_LOST: Rule(TradingState.REDUCING, Lift.START),
    Cause.THROTTLED: Rule(TradingState.HALTED, Lift.PERSON),
    Cause.BANNED: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.FUNDS: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.KEY_REFUSED: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.VENUE_REFUSES: Rule(TradingState.REDUCING, Lift.RECOVERY),
    Cause.PRICE_ABSURD: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
    Cause.LIQUIDATED: Rule(TradingState.HALTED, Lift.PERSON, critical=True),
}

_ORDER = (TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED)


def worst(*states: TradingState) -> TradingState:
    """The most restrictive of them; ACTIVE of none."""
    return max(states, key=_ORDER.index, default=TradingState.ACTIVE)


TRANSITIONS: dict[tuple[TradingState, Cause], TradingState] = {
    (state, cause): worst(state, rule.state) for state in _ORDER for cause, rule in RULES.items()
}
"""What a cause makes of a state. Nothing leads back here: only lifting every restriction does."""


class Scope(Value, frozen=True):
    """A level and what it is about: an order id, a strategy, an instrument, a venue; empty for all of
    them."""

    level: Level = Level.GLOBAL
    target: str = ""

    def __str__(self) -> str:
        return f"{self.level} {self.target}" if self.target else str(self.level)


class Latch(Value, frozen=True):
    """One restriction that is on. `announced`: whether it was published; `until` (ms UTC): when its cause
    ends by itself at the latest, None when that is not known; `closes`: positions in its scope are left."""

    cause: Cause
    scope: Scope
    way: str
    reason: str
    since: int = 0
    announced: bool = False
    until: int | None = None
    closes: bool = False

    @property
    def state(self) -> TradingState:
        return RULES[self.cause].state

    @property
    def key(self) -> tuple[Scope, Cause]:
        return self.scope, self.cause
