"""What the Advisor publishes at the end of a decision: the size it would take, and all that is learned from
later."""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.signal import Direction, Regime
from barfinex.events.base import Event

Terms = tuple[tuple[str, float], ...]
"""(name, figure) pairs."""


class _Stage(Event):
    publisher: ClassVar[str] = "advisor"
    instrument: str
    decision_id: str


class SizeRecommended(_Stage):
    """How much the Advisor would risk, a fraction of equity; `multipliers` by name. The Inspector decides."""

    numbers_of = staticmethod(
        lambda event: [
            event.fraction,
            event.kappa,
            event.p_eff,
            event.payoff,
            *[part for _, part in event.multipliers],
        ]
    )
    fraction: float
    kappa: float
    p_eff: float
    payoff: float
    multipliers: Terms


class CorrelationCapped(_Stage):
    """What is held moves with this instrument: the recommendation was lowered."""

    pair: str
    rho: float
    before: float
    after: float


class IntentExpired(_Stage):
    """An intent was never answered and has expired."""

    intent_id: str
    reason: str


class DecisionResponded(_Stage):
    """The end of a decision, and all that is learned from it later. `code`, `value` and `limit` are empty
    when it was approved.

    `entry` and the book's middle `mid` in quote units; `stop`, `target` (0: none), `cost` (a round trip's)
    and `slippage` (one way, a part of the cost) are fractions of it; `horizon` in candles; `features` in
    their order, empty where they could not be had; `r_range` where nine of ten such trades end, in R net
    (empty: not known); `posterior` of the five regimes; `rungs` (name, probability); `logit` is the model's,
    `trace_hash` commits to all stages."""

    numbers_of = staticmethod(
        lambda event: [
            event.p_final,
            event.lcb,
            event.size,
            event.entry,
            event.mid,
            event.stop,
            event.target,
            event.cost,
            event.slippage,
            event.base_rate,
            event.expected_r,
            event.logit,
            *event.features,
            *event.r_range,
            *event.posterior,
            *[chance for _, chance in event.rungs],
        ]
    )
    signal_id: str
    strategy: str
    timeframe: str
    direction: Direction
    approved: bool
    code: str
    stage: str
    value: str
    limit: str
    p_final: float
    lcb: float
    expected_r: float
    r_range: tuple[float, ...]
    size: float
    candle_ts: int
    entry: float
    mid: float
    stop: float
    target: float
    horizon: int
    cost: float
    slippage: float
    features: tuple[float, ...]
    missing: tuple[str, ...]
    posterior: tuple[float, ...]
    regime: Regime
    rungs: Terms
    base_rate: float
    logit: float | None
    model_id: str
    trace_hash: str

    @property
    def is_calibrated(self) -> bool:
        """Whether it got as far as a calibrated probability: before that, `p_final` is not what is served."""
        return self.lcb > 0.0

    @property
    def is_validated(self) -> bool:
        """Whether it came so far that an R was expected of it."""
        return self.approved or self.stage in {"validation", "intent"}
