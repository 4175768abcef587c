"""Stage 1: what was known of the market and of ourselves when the signal came."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import ClassVar

from msgspec.json import encode

from barfinex.advisor.codes import Code
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.features.vector import Features
from barfinex.advisor.motion import Motion
from barfinex.advisor.quotes import Quote
from barfinex.advisor.regimes.tracker import Standing as RegimeState
from barfinex.advisor.trace import Case, Decline, Objection, Step, judged
from barfinex.domain.ids import digest
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.signal import Bracket
from barfinex.domain.value import Value
from barfinex.events.advisor import ContextDegraded, ContextGathered, DecisionRequested
from barfinex.events.advisor_learning import RegimeObserved
from barfinex.events.base import Event

NO_BRACKET = Bracket(1e-12)


class Account(Value, frozen=True):
    """Ourselves: equity in quote units (None: never told), drawdown a positive fraction, open positions."""

    equity: float | None
    drawdown: float
    positions: int
    is_waiting: bool
    holds_already: bool
    halted: str
    journal_stalled: bool


class Facts(Value, frozen=True):
    """All that a decision may rest on, gathered before it begins."""

    motion: Motion
    quote: Quote
    features: Features
    regime: RegimeState
    account: Account
    parts: tuple[tuple[str, float], ...]
    score: float | None
    is_known: bool
    is_repeated: bool
    is_stalled: bool


LEAVES = len(NAMES) + sum(len(kind.__struct_fields__) for kind in (Motion, Quote, RegimeState, Account))


class Context(Step, frozen=True):
    """The facts of a case, and a hash that commits to them."""

    stage: ClassVar[str] = "context"
    facts: Facts
    missing: tuple[str, ...]
    context_hash: str

    def events(self) -> Iterable[Event]:
        case, facts = self.case, self.facts
        signal, regime, motion = case.signal, facts.regime, facts.motion
        about = {"instrument": signal.instrument, "decision_id": case.decision_id}
        bracket = signal.bracket or NO_BRACKET
        yield DecisionRequested(
            **about,
            signal_id=signal.id,
            strategy=signal.strategy,
            direction=signal.direction,
            score=signal.score,
            price=signal.price,
            stop=bracket.stop,
            target=bracket.stop * (bracket.reward_risk or 0.0),
            expires_at=signal.expires_at,
        )
        yield RegimeObserved(
            instrument=signal.instrument,
            timeframe=signal.timeframe,
            candle_ts=signal.candle_ts,
            regime=regime.label,
            posterior=regime.posterior,
            age=regime.age,
            change_hint=regime.change_hint,
            model_id=regime.model_id,
        )
        yield ContextGathered(
            **about,
            strategy=signal.strategy,
            as_of=case.as_of,
            candles=motion.candles,
            price=motion.price,
            volatility=motion.volatility,
            trend=motion.trend,
            spread_bps=facts.quote.spread_bps,
            regime=regime.label,
            leaves=LEAVES - len(self.missing),
            max_known_at=max(facts.features.known_at, facts.quote.known_at),
            context_hash=self.context_hash,
        )
        if self.missing:
            severity = "high" if motion.candles == 0 else "low"
            substituted = tuple(f"{name}=0" for name in self.missing)
            yield ContextDegraded(**about, missing=self.missing, substituted=substituted, severity=severity)


def gather_context(case: Case, facts: Facts, history_min: int) -> Context | Decline[Context]:
    """Bind the facts to the case; a signal that cannot be decided on them is declined."""
    hashed = digest(encode([case.decision_id, case.as_of, facts]))
    return judged(
        Context(case, facts, facts.features.missing, hashed), list(_faults(case, facts, history_min))
    )


def _faults(case: Case, facts: Facts, history_min: int) -> Iterable[Objection]:
    signal = case.signal
    closed_at = signal.candle_ts + timeframe_ms(signal.timeframe)
    if not (signal.score >= signal.threshold and closed_at <= signal.expires_at):
        yield Objection(Code.CTX_SIGNAL_MALFORMED, signal.score, signal.threshold)
    if facts.is_repeated:
        yield Objection(Code.CTX_SIGNAL_DUPLICATE, signal.id, "once")
    if not case.as_of <= signal.expires_at:
        yield Objection(Code.CTX_SIGNAL_EXPIRED, case.as_of, signal.expires_at)
    for what, known_at in ((signal.timeframe, closed_at), (facts.features.newest, facts.features.known_at)):
        if not known_at <= case.as_of:
            yield Objection(Code.CTX_FUTURE_TIMESTAMP, f"{what} at {known_at}", case.as_of)
    if not facts.is_known:
        yield Objection(Code.CTX_SYMBOL_UNKNOWN, signal.instrument, "an instrument of the configuration")
    if facts.is_stalled:
        yield Objection(Code.CTX_PROVIDER_TIMEOUT, "stalled", "a feed that is believed")
    if not facts.motion.candles >= history_min:
        yield Objection(Code.CTX_INSUFFICIENT_HISTORY, facts.motion.candles, history_min)
    equity = facts.account.equity
    if facts.account.is_waiting or (equity is not None and not isfinite(equity)):
        yield Objection(Code.CTX_ACCOUNT_UNAVAILABLE, equity, "a reconciled account")
