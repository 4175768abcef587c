"""What a route to a language model has come to: its breaker, its spending, its influence and its worth."""

from __future__ import annotations

from barfinex.advisor.llm.asking import COST_ESTIMATED, TOKENS_ESTIMATED
from barfinex.advisor.llm.breaker import Breaker, admitted, recorded
from barfinex.advisor.llm.budget import DAY_MS, Admission, Flight, Limits, Spending, reserved, settled
from barfinex.advisor.llm.influence import (
    Change,
    Influence,
    Mode,
    ShadowLabel,
    learned,
    overridden,
    reviewed,
)
from barfinex.advisor.llm.reply import FAILED, UNASKED, Abstention
from barfinex.advisor.llm.value import Counterfactual, Worth, report
from barfinex.advisor.llm.value import settled as worth_after
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.advisor_review import (
    BudgetExhausted,
    CircuitClosed,
    CircuitOpened,
    CounterfactualRecorded,
    InfluenceChanged,
    SynthesisValued,
)
from barfinex.events.base import Event

WAITING_MAX = 4_096
REPORT_EVERY = 100


class Repute:
    """Folded from what was told of asking and of outcomes, at once or after a restart; nothing else changes
    it. What another route had been told of counts against the day's budget, and no further.

    An outcome counts only when its decision was made after the one counted before had ended: fifty signals in
    one move of a market are one piece of evidence.

    Args:
        route: the one name it goes by.
        ceiling: what a person allows: SHADOW, VETO at once, or TILT once it is earned.
    """

    def __init__(self, route: str, ceiling: Mode, limits: Limits) -> None:
        self.route, self._ceiling, self._limits = route, ceiling, limits
        self.breaker = Breaker(float(limits.wall_ms_max))
        self.spending, self.worth, self.influence = Spending(), Worth(), Influence()
        if ceiling in {Mode.VETO, Mode.TILT}:
            self.influence = overridden(self.influence, Mode.VETO)[0]
        self.counted_until = 0
        self._waiting: dict[str, CounterfactualRecorded] = {}
        self._told_day = -1

    @property
    def mode(self) -> Mode:
        order = list(Mode)
        return min(self.influence.mode, self._ceiling, key=order.index)

    def refusal(self, now: int) -> Abstention | None:
        """Why nobody may be asked at `now`, ms UTC."""
        if not admitted(self.breaker, now)[1]:
            return Abstention.CIRCUIT_OPEN
        return None if self.affords(now) is Admission.GRANTED else Abstention.BUDGET

    def affords(self, now: int, tokens: int = 0, usd: float = 0.0) -> Admission:
        """Whether there is money for one answer more at `now`, ms UTC, after one that took so much."""
        wish = Flight("", now, tokens + TOKENS_ESTIMATED, usd + COST_ESTIMATED)
        return reserved(self.spending, self._limits, now, wish)[1]

    def note(self, event: CounterfactualRecorded) -> list[Event]:
        """What came of asking: breaker, budget, and whether influence is abused."""
        now, code = event.asked_at, Abstention(event.code) if event.code else None
        if code not in UNASKED:
            self.spending = settled(self.spending, now, event.decision_id, event.tokens, event.cost)
        if event.route != self.route:
            return []
        if code in UNASKED:
            return self._exhausted(now) if code is Abstention.BUDGET else []
        if code is None:
            self._wait(event)
        told = self._broken(event, now, failed=code in FAILED)
        self.influence, change = reviewed(
            self.influence, vetoed=event.vetoed, hallucinated=event.hallucinated
        )
        return told + self._changed(change)

    def learn(self, outcome: OutcomeLabelled) -> list[Event]:
        """The outcome of a decision; nothing, when it was not reviewed, or the last had not ended before."""
        event = self._waiting.pop(outcome.decision_id, None)
        if event is None or event.asked_at < self.counted_until:
            return []
        self.counted_until = max(outcome.touched_at, event.asked_at)
        won, r_net = outcome.won, outcome.r_net
        label = ShadowLabel(event.without, event.full_tilt, event.tilt, event.vetoed, won, r_net)
        self.influence, change = learned(self.influence, label)
        size = 0.0 if event.vetoed else 1.0
        record = Counterfactual(event.decision_id, event.asked_at, event.without, event.full_tilt, 1.0, size)
        self.worth = worth_after(
            self.worth, record, won=won, net_r=r_net, latency_ms=event.latency_ms, cost=event.cost
        )
        told = self._changed(change)
        if self.worth.gain.count % REPORT_EVERY == 0:
            told.append(self._valued())
        return told

    def _wait(self, event: CounterfactualRecorded) -> None:
        self._waiting[event.decision_id] = event
        if len(self._waiting) > WAITING_MAX:  # So old that its outcome will not come any more.
            del self._waiting[next(iter(self._waiting))]

    def _broken(self, event: CounterfactualRecorded, now: int, *, failed: bool) -> list[Event]:
        self.breaker, _ = admitted(self.breaker, now)
        self.breaker, turn = recorded(
            self.breaker, now, failed=failed, latency_ms=event.latency_ms, hallucinated=event.hallucinated
        )
        if turn is None:
            return []
        if turn.cause is None:
            return [CircuitClosed(route=self.route, downtime_ms=turn.downtime_ms)]
        return [CircuitOpened(route=self.route, cause=turn.cause, cooldown_ms=turn.cooldown_ms)]

    def _exhausted(self, now: int) -> list[Event]:
        """Told once a day, when it is the day's budget that is spent."""
        day, limits, spent, scope = now // DAY_MS, self._limits, self.spending, self.affords(now)
        used, limit = {
            Admission.TOKENS: (float(spent.tokens), float(limits.tokens_day_max)),
            Admission.USD_DAY: (spent.usd, limits.usd_day_max),
        }.get(scope, (0.0, 0.0))
        if not limit or day <= self._told_day:
            return []
        self._told_day = day
        reset_at = (day + 1) * DAY_MS
        return [BudgetExhausted(route=self.route, scope=scope, used=used, limit=limit, reset_at=reset_at)]

    def _changed(self, change: Change | None) -> list[Event]:
        if change is None:
            return []
        return [
            InfluenceChanged(
                route=self.route,
                before=change.before,
                after=change.after,
                gamma=self.influence.gamma,
                evidence=f"{change.reason}: {change.evidence:.4g}",
            )
        ]

    def _valued(self) -> SynthesisValued:
        found = report(self.worth)
        return SynthesisValued(
            route=self.route,
            labels=found.n,
            brier_gain=found.delta_brier,
            low=found.cs_low,
            high=found.cs_high,
            e_for=found.e_for,
            e_against=found.e_against,
            r_gain=found.delta_r,
            sensitivity=found.sensitivity,
            cost=found.cost,
        )
