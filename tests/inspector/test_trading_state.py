"""The trading state against a model of it in other words, through seeded lives of halts and resumes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from barfinex.domain.mismatch import MismatchKind, Repair, Severity
from barfinex.domain.trading import (
    RULES,
    TRANSITIONS,
    Action,
    Cause,
    Level,
    Lift,
    Scope,
    TradingState,
    worst,
)
from barfinex.events.base import Event
from barfinex.events.inspector import LooseningRequested
from barfinex.events.kernel import (
    AlertFired,
    HaltFileFound,
    HaltSignalled,
    LoopLagged,
    ModuleStoodDown,
    RunStarted,
)
from barfinex.events.provider import AccountReconciled, MismatchFound
from barfinex.events.studio import AcknowledgementRequested, HaltRequested, ResumeRequested
from barfinex.inspector.governor import CALM
from tests.inspector.story import BTC, Story

ACTIVE, REDUCING, HALTED = TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED
SCOPES = (
    Scope(),
    Scope(Level.VENUE, "sim"),
    Scope(Level.INSTRUMENT, BTC),
    Scope(Level.STRATEGY, "trend"),
    Scope(Level.STRATEGY, "other"),
)
SEEDS, STEPS = 60, 50


def test_the_table_has_every_pair_and_nothing_in_it_loosens() -> None:
    """I13: a cause never makes a state less strict; only lifting does."""
    assert set(TRANSITIONS) == {(state, cause) for state in TradingState for cause in Cause}
    order = [ACTIVE, REDUCING, HALTED]
    for (state, cause), after in TRANSITIONS.items():
        assert order.index(after) == max(order.index(state), order.index(RULES[cause].state))
    assert worst() is ACTIVE


def test_whatever_halts_by_itself_is_lifted_by_a_person_or_a_reconciliation_alone() -> None:
    """I13: no automatic re-arm."""
    for cause, rule in RULES.items():
        if rule.state is HALTED:
            assert rule.lift in (Lift.PERSON, Lift.RECONCILIATION), cause
        if rule.critical:
            assert rule.state is HALTED
    assert [cause for cause, rule in RULES.items() if rule.lift is Lift.RECONCILIATION] == [
        Cause.START,
        Cause.DIFFERENCE,
    ]


@dataclass
class Model:
    """What is on, told by the words of the specification and not by the code."""

    on: set[tuple[Scope, Cause]] = field(default_factory=set)
    alerts: bool = False
    reconciled: bool = True
    unexplained: bool = False
    lagged_at: int = 0
    asked: dict[Scope, LooseningRequested] = field(default_factory=dict)

    def restrict(self, scope: Scope, cause: Cause) -> None:
        if (scope, cause) in self.on:
            return
        self.on.add((scope, cause))
        self.alerts |= RULES[cause].critical
        if RULES[cause].state is not ACTIVE:
            self.asked.clear()

    def lift(self, scope: Scope) -> None:
        stays = (Cause.DRAWDOWN_NEAR, Cause.DAILY_LOSS_NEAR, Cause.LOOP_LAG, Cause.MODULE_LOST)
        self.on = {(at, cause) for at, cause in self.on if at != scope or cause in stays}

    def may_lift(self, scope: Scope) -> bool:
        stays = (Cause.LOOP_LAG, Cause.MODULE_LOST)
        any_there = any(at == scope and cause not in stays for at, cause in self.on)
        return any_there and self.reconciled and not self.alerts

    def state_of(self, strategy: str) -> TradingState:
        around = {Scope(), SCOPES[1], SCOPES[2], Scope(Level.STRATEGY, strategy)}
        return worst(*(RULES[cause].state for scope, cause in self.on if scope in around))


class Life:
    """One seeded life: every step changes the story and the model alike."""

    def __init__(self, seed: int) -> None:
        self.draw = np.random.Generator(np.random.PCG64(seed))
        self.story, self.model = Story(), Model()
        self.steps = (
            self.halt,
            self.halt,
            self.outside,
            self.differ,
            self.lag,
            self.calm,
            self.lose,
            self.start,
            self.reconcile,
            self.ask,
            self.ask,
            self.confirm,
            self.confirm,
            self.acknowledge,
            self.wait,
        )

    def one(self, choices: tuple[Scope, ...] = SCOPES) -> Scope:
        return choices[int(self.draw.integers(len(choices)))]

    def halt(self) -> None:
        action = list(Action)[int(self.draw.integers(len(Action)))]
        scope = self.one()
        self.story.feed(HaltRequested(way="api", reason="x", action=action, scope=scope))
        causes = {Action.STAND_DOWN: Cause.STAND_DOWN, Action.THROTTLE: Cause.THROTTLE}
        if action is not Action.CANCEL_ENTRIES:
            self.model.restrict(scope, causes.get(action, Cause.KILL))
            self.model.asked.clear()

    def outside(self) -> None:
        scope = self.one()
        file = HaltFileFound(path="HALT", reason="x", scope=scope)
        is_file = self.draw.random() < 0.5
        event: Event = file if is_file else HaltSignalled(signal="SIGUSR1")
        self.story.feed(event)
        self.model.restrict(scope if is_file else Scope(), Cause.KILL)
        self.model.asked.clear()

    def differ(self) -> None:
        severity = (Severity.TOLD, Severity.REDUCING, Severity.HALTED)[int(self.draw.integers(3))]
        instrument = (BTC, "")[int(self.draw.integers(2))]
        found = MismatchFound(
            instrument=instrument,
            kind=MismatchKind.FILL_DIFFERS,
            about="f1",
            here="1",
            there="2",
            repair=Repair.TELL,
            severity=severity,
        )
        self.story.feed(found)
        scope = Scope(Level.INSTRUMENT, BTC) if instrument else Scope()
        if severity is not Severity.TOLD:
            grave = severity is Severity.HALTED
            self.model.restrict(scope, Cause.MISMATCH if grave else Cause.DIFFERENCE)
            self.model.unexplained |= grave

    def lag(self) -> None:
        self.story.feed(LoopLagged(lag_ms=2_000))
        self.model.restrict(Scope(), Cause.LOOP_LAG)
        self.model.lagged_at = self.story.now

    def calm(self) -> None:
        self.story.after(int(self.draw.integers(1, 15_000)))
        self.story.feed(AlertFired(name=CALM, at=self.story.now))
        if self.story.now - self.model.lagged_at >= 10_000:
            self.model.on.discard((Scope(), Cause.LOOP_LAG))

    def lose(self) -> None:
        module = ("advisor", "gateway")[int(self.draw.integers(2))]
        self.story.feed(ModuleStoodDown(module=module, reason="x"))
        if module == "advisor":
            self.model.restrict(Scope(), Cause.MODULE_LOST)

    def start(self) -> None:
        self.story.after(10_000)  # Never so often that it counts as a loop.
        started = RunStarted(
            mode="m", version="1", config={}, config_hash="", strategies={}, data={}, waits=True
        )
        self.story.feed(started)
        self.model.on -= {(Scope(), Cause.MODULE_LOST), (Scope(), Cause.LOOP_LAG), (Scope(), Cause.START)}
        self.model.reconciled = self.model.unexplained = False
        self.model.restrict(Scope(), Cause.START)

    def reconcile(self) -> None:
        failed = ("fills",) if self.draw.random() < 0.3 else ()
        self.story.feed(AccountReconciled(orders_checked=0, fills_recovered=0, mismatches=(), failed=failed))
        model = self.model
        model.reconciled |= not failed
        waits = (Scope(), Cause.START) in model.on
        if waits and model.reconciled and not model.unexplained and not model.alerts:
            model.on = {one for one in model.on if one[1] is not Cause.START}
        if not failed or (waits and not any(cause is Cause.START for _, cause in model.on)):
            model.on = {one for one in model.on if one[1] is not Cause.DIFFERENCE}

    def ask(self) -> None:
        scope, is_person = self.one(), self.draw.random() < 0.8
        wish = ResumeRequested(by="Ada", reason="calm", is_person=is_person, scope=scope)
        answers = self.story.feed(wish)
        if is_person and self.model.may_lift(scope):
            (asked,) = answers
            assert isinstance(asked, LooseningRequested)
            self.model.asked[scope] = asked
        else:
            assert [type(one).__name__ for one in answers] == ["ChangeRefused"]

    def confirm(self) -> None:
        if not self.model.asked:
            return
        scope, asked = list(self.model.asked.items())[-1]
        is_late = self.draw.random() < 0.7
        if is_late:
            self.story.after(max(0, asked.due_at - self.story.now))
        wish = ResumeRequested(by="Ada", reason="calm", is_person=True, scope=scope, confirmation=asked.id)
        answers = [type(one).__name__ for one in self.story.feed(wish)]
        in_time = asked.due_at <= self.story.now <= asked.expires_at
        if in_time and self.model.may_lift(scope):
            assert answers == ["TradingResumed"]
            self.model.lift(scope)
            del self.model.asked[scope]
        else:
            assert answers == ["ChangeRefused"]

    def acknowledge(self) -> None:
        wish = AcknowledgementRequested(by="Ada", reason="seen", is_person=True)
        (answer,) = (type(one).__name__ for one in self.story.feed(wish))
        assert answer == ("AlertsAcknowledged" if self.model.alerts else "ChangeRefused")
        self.model.alerts = False

    def wait(self) -> None:
        self.story.after(int(self.draw.integers(1, 90_000)))

    def agree(self) -> None:
        trading, model = self.story.book.trading, self.model
        assert trading.latches.keys() == model.on
        for strategy in ("trend", "other", "third"):
            assert trading.state_of(strategy, BTC) is model.state_of(strategy)
        assert bool(trading.alerts) == model.alerts


@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_life_of_halts_and_resumes_is_what_the_model_says(seed: int) -> None:
    """I13: and after every event a restart would know the same (`Story.feed`)."""
    life = Life(seed)
    for _ in range(STEPS):
        step = life.steps[int(life.draw.integers(len(life.steps)))]
        step()
        life.agree()
