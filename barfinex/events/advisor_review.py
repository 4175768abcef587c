"""What the Advisor publishes of its reviewers: language models that may look at a decision, and what they are
worth."""

from __future__ import annotations

from typing import ClassVar

from barfinex.events.base import Event


class _Advisor(Event):
    publisher: ClassVar[str] = "advisor"


class _Stage(_Advisor):
    instrument: str
    decision_id: str


class _Route(_Advisor):
    """`route` names a provider and a model."""

    route: str

    @property
    def subject(self) -> str:
        return ""


class SynthesisRequested(_Stage):
    """Stage 6 asks a language model: by which route, with what influence, within which budget."""

    route: str
    influence: str
    cache_key: str
    budget_ms: int
    tokens_estimated: int


class SynthesisAbstained(_Stage):
    """The reviewer's answer could not be used: why (SYN_…), and who reviewed instead."""

    code: str
    fallback: str


class HallucinationDetected(_Stage):
    """A reviewer said what the context does not: each finding as code, severity, claim, path, stated,
    actual."""

    route: str
    findings: tuple[tuple[str, ...], ...]
    action: str


class InjectionSuspected(_Stage):
    """Untrusted text in the context reads like an instruction."""

    item_id: str
    pattern: str
    where: str


class VetoRaised(_Stage):
    """The reviewer would not trade: on which claims; `effective` when its influence allows a veto."""

    code: str
    claims: tuple[str, ...]
    influence: str
    effective: bool


class CounterfactualRecorded(_Stage):
    """What would have been with and without the language model, as probabilities and actions (pass or veto),
    and with its whole tilt, asked as of `asked_at` (ms UTC); `holdout`: decided without it by lot. `code`
    (SYN_…) says why it has no say, empty when it has; `hallucinated`: it said what is not so, mended or not;
    what the asking took, in ms (as reported), tokens and USD."""

    route: str
    asked_at: int
    without: float
    with_model: float
    full_tilt: float
    tilt: int
    vetoed: bool
    action_without: str
    action_with: str
    holdout: bool
    code: str
    hallucinated: bool
    latency_ms: float
    tokens: int
    cost: float


class CircuitOpened(_Route):
    """The route is not asked for `cooldown_ms`."""

    cause: str
    cooldown_ms: int


class CircuitClosed(_Route):
    """The route answers again, after `downtime_ms`."""

    downtime_ms: int


class BudgetExhausted(_Route):
    """What may be spent in `scope` (tokens, money …) is spent, until `reset_at` (ms UTC)."""

    scope: str
    used: float
    limit: float
    reset_at: int


class SynthesisValued(_Route):
    """What a route was worth over `labels` outcomes: `brier_gain` a decision within its confidence sequence,
    evidence (e-values) for and against it, `r_gain` in R, the share of probes that changed its mind, cost."""

    labels: int
    brier_gain: float
    low: float
    high: float
    e_for: float
    e_against: float
    r_gain: float
    sensitivity: float | None
    cost: float


class InfluenceChanged(_Route):
    """A route may do more or less from now on: OFF, SHADOW, VETO, TILT; `gamma` is the earned share."""

    before: str
    after: str
    gamma: float
    evidence: str
