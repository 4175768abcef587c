"""A language model at stage 6: asked within its breaker and budget, heeded as far as it has earned."""

from __future__ import annotations

import logging
from collections import deque
from math import isfinite

from msgspec.structs import replace

from barfinex.advisor.llm.breaker import Breaker, admitted, recorded
from barfinex.advisor.llm.budget import Admission, Flight, Limits, Spending, reserved, settled, wall_ms
from barfinex.advisor.llm.influence import (
    Change,
    Influence,
    Mode,
    ShadowLabel,
    learned,
    overridden,
    reviewed,
)
from barfinex.advisor.llm.reply import Abstention, Reply, Synthesizer
from barfinex.advisor.llm.synthesis import judge
from barfinex.advisor.llm.value import Counterfactual, Worth, is_held_out, report
from barfinex.advisor.llm.value import settled as worth_after
from barfinex.advisor.prompting import context_of
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.review import Review, RuleReviewer
from barfinex.events.advisor_review import (
    BudgetExhausted,
    CircuitClosed,
    CircuitOpened,
    CounterfactualRecorded,
    InfluenceChanged,
    SynthesisValued,
)
from barfinex.events.base import Event

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
TOKENS_ESTIMATED, COST_ESTIMATED = 2_700, 0.01
WAITING_MAX = 4_096
LATENCY_MAX = 1e9
REPORT_EVERY = 100
UNASKED = frozenset({Abstention.BUDGET, Abstention.CIRCUIT_OPEN})
FAILED = frozenset(
    {Abstention.TIMEOUT, Abstention.SCHEMA_INVALID, Abstention.REFUSED, Abstention.REPLAY_MISS}
)
UNTRUE = frozenset({Abstention.HALLUCINATION, Abstention.INCONSISTENT, Abstention.INJECTION})


class Reviewing:
    """Reviews by a `Synthesizer`; the rules stand beside it. `ceiling` is what a person allows: SHADOW, VETO,
    or TILT once it is earned.

    Asking changes nothing here: what came of it is told by `CounterfactualRecorded`, and taken in from there,
    at once or after a restart.
    """

    def __init__(self, synthesizer: Synthesizer, ceiling: Mode, limits: Limits | None = None) -> None:
        self._synthesizer, self._ceiling, self._limits = synthesizer, ceiling, limits or Limits()
        self._rules = RuleReviewer()
        self.breaker = Breaker(float(self._limits.wall_ms_max))
        self.spending, self.worth = Spending(), Worth()
        self.influence = Influence()
        if ceiling in {Mode.VETO, Mode.TILT}:
            self.influence = overridden(self.influence, Mode.VETO)[0]
        self._waiting: dict[str, CounterfactualRecorded] = {}
        self._told_days: deque[int] = deque(maxlen=1)

    @property
    def mode(self) -> Mode:
        order = list(Mode)
        return min(self.influence.mode, self._ceiling, key=order.index)

    def review(self, calibration: Calibration) -> Review:
        """Ask, check, and bound. Whatever the synthesizer does, there is a review."""
        rules, case = self._rules.review(calibration), calibration.case
        budget_ms = wall_ms(self._limits, case.signal.expires_at - case.as_of)
        context = context_of(calibration)
        reply = self._ask(calibration, context.id, budget_ms) or self._call(calibration, budget_ms)
        result = judge(reply, context, self.mode, self.influence.gamma)
        stance = rules.stance if result.abstained is not None else result.stance
        rationale = result.rationale_rendered or rules.rationale
        holdout = is_held_out(case.decision_id)
        return Review(stance, rationale, result, budget_ms, TOKENS_ESTIMATED, holdout)

    def _ask(self, calibration: Calibration, key: str, budget_ms: int) -> Reply | None:
        """A fault, when nobody may be asked now."""
        now, name = calibration.case.as_of, self._synthesizer.name
        if not admitted(self.breaker, now)[1]:
            return Reply("", name, fault=Abstention.CIRCUIT_OPEN)
        flight = Flight(key, now, TOKENS_ESTIMATED, COST_ESTIMATED)
        if budget_ms <= 0 or reserved(self.spending, self._limits, now, flight)[1] is not Admission.GRANTED:
            return Reply("", name, fault=Abstention.BUDGET)
        return None

    def _call(self, calibration: Calibration, budget_ms: int) -> Reply:
        try:
            reply = self._synthesizer.review(context_of(calibration))
        except Exception as error:  # A provider's own fault is no reason to decide nothing.
            log.warning("the reviewer %s failed: %s", self._synthesizer.name, type(error).__name__)
            return Reply("", self._synthesizer.name, fault=Abstention.REFUSED)
        known = isfinite(reply.latency_ms) and reply.latency_ms >= 0.0
        latency_ms = min(reply.latency_ms, LATENCY_MAX) if known else float(budget_ms)
        cost = reply.cost if isfinite(reply.cost) and reply.cost >= 0.0 else COST_ESTIMATED
        late = not (known and latency_ms <= budget_ms)
        return replace(
            reply,
            latency_ms=latency_ms,
            cost=cost,
            tokens=max(0, reply.tokens),
            fault=reply.fault or (Abstention.TIMEOUT if late else None),
        )

    def note(self, event: CounterfactualRecorded, now: int) -> list[Event]:
        """What came of asking, at `now`, ms UTC: breaker, budget, and whether influence is abused."""
        code = Abstention(event.code) if event.code else None
        told: list[Event] = []
        if code in UNASKED:
            return self._exhausted(now) if code is Abstention.BUDGET else []
        self.breaker, _ = admitted(self.breaker, now)
        self.breaker, turn = recorded(
            self.breaker, now, failed=code in FAILED, latency_ms=event.latency_ms, hallucinated=code in UNTRUE
        )
        if turn is not None and turn.cause is not None:
            told.append(CircuitOpened(route=event.route, cause=turn.cause, cooldown_ms=turn.cooldown_ms))
        elif turn is not None:
            told.append(CircuitClosed(route=event.route, downtime_ms=turn.downtime_ms))
        self.spending = settled(self.spending, now, event.decision_id, event.tokens, event.cost)
        self.influence, change = reviewed(self.influence, vetoed=event.vetoed, hallucinated=code in UNTRUE)
        told += self._changed(event.route, change)
        if code is None:
            self._waiting[event.decision_id] = event
            if len(self._waiting) > WAITING_MAX:  # So old that its outcome will not come any more.
                del self._waiting[next(iter(self._waiting))]
        return told

    def learn(self, decision_id: str, won: bool, r_net: float) -> list[Event]:
        """The outcome of a decision; nothing, when it was not reviewed."""
        event = self._waiting.pop(decision_id, None)
        if event is None:
            return []
        label = ShadowLabel(event.without, event.full_tilt, event.tilt, event.vetoed, won, r_net)
        self.influence, change = learned(self.influence, label)
        size = 0.0 if event.vetoed else 1.0
        record = Counterfactual(decision_id, 0, event.without, event.full_tilt, 1.0, size)
        self.worth = worth_after(
            self.worth, record, won=won, net_r=r_net, latency_ms=event.latency_ms, cost=event.cost
        )
        told = self._changed(event.route, change)
        if self.worth.gain.count % REPORT_EVERY == 0:
            told.append(self._valued(event.route))
        return told

    def _exhausted(self, now: int) -> list[Event]:
        """Told once a day."""
        day, limits, spent = now // DAY_MS, self._limits, self.spending
        if day in self._told_days:
            return []
        self._told_days.append(day)
        by_tokens = spent.tokens + TOKENS_ESTIMATED > limits.tokens_day_max
        scope, used, limit = (
            ("tokens_day", float(spent.tokens), float(limits.tokens_day_max))
            if by_tokens
            else ("usd_day", spent.usd, limits.usd_day_max)
        )
        reset_at = (day + 1) * DAY_MS
        return [
            BudgetExhausted(
                route=self._synthesizer.name, scope=scope, used=used, limit=limit, reset_at=reset_at
            )
        ]

    def _changed(self, route: str, change: Change | None) -> list[Event]:
        if change is None:
            return []
        evidence = f"{change.reason}: {change.evidence:.4g}"
        return [
            InfluenceChanged(
                route=route,
                before=change.before,
                after=change.after,
                gamma=self.influence.gamma,
                evidence=evidence,
            )
        ]

    def _valued(self, route: str) -> SynthesisValued:
        found = report(self.worth)
        return SynthesisValued(
            route=route,
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
