"""What the Advisor publishes: one event a stage, and what came of the signal.

`decision_id` ties the stages of one signal; every event carries only what its stage added.
"""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.signal import Regime
from barfinex.events.base import Event


class _Advisor(Event):
    publisher: ClassVar[str] = "advisor"


class _Stage(_Advisor):
    instrument: str
    decision_id: str


class ContextGathered(_Stage):
    """Stage 1: the market as the signal found it. Volatility and range are fractions of price per candle."""

    strategy: str
    as_of: int
    candles: int
    price: float
    volatility: float
    trend: float
    spread_bps: float
    regime: Regime


class QualityGraded(_Stage):
    """Stage 2: is the market fit to be judged at all? `grade` in [0, 1]."""

    grade: float
    findings: tuple[str, ...]


class EvidenceWeighed(_Stage):
    """Stage 3: rules for and against, each with its weight in logits."""

    numbers_of = staticmethod(lambda event: [event.logit, *[weight for _, weight in event.items]])
    items: tuple[tuple[str, float], ...]
    logit: float


class ConvictionScored(_Stage):
    """Stage 4: the raw probability of a net win, from base rate and evidence."""

    base_rate: float
    labels: int
    raw: float


class ConvictionCalibrated(_Stage):
    """Stage 5: the raw probability corrected by what happened to its like."""

    calibrated: float
    slope: float
    intercept: float
    calibrator: str


class SynthesisCompleted(_Stage):
    """Stage 6: the reviewer's stance (agree, doubt or veto) and its reasons; it can only lower conviction."""

    stance: str
    synthesizer: str
    rationale: str
    conviction: float


class ExecutionValidated(_Stage):
    """Stage 7: spread, reward to risk and expected value net of costs (fees, spread, slippage and the
    funding that is expected), in units of risk (R)."""

    spread_bps: float
    reward_risk: float | None
    cost_r: float
    expected_r: float


class IntentProposed(_Stage):
    """Stage 8: what the Advisor wants done; `authority` tells whether its gates could have declined it."""

    authority: str
    intent: ExecutionIntent


class SignalDeclined(_Stage):
    """The Advisor says no: at which stage, with which code, the value seen and the limit it missed."""

    signal_id: str
    strategy: str
    stage: str
    code: str
    value: str
    limit: str


class GateObserved(_Stage):
    """A gate would have declined, but the Advisor only observes: recorded, nothing declined."""

    stage: str
    code: str
    value: str
    limit: str


class OutcomeLearned(_Stage):
    """A closed trade became a label: `won` is a net-of-cost win; `r_net` its result in units of risk."""

    trade_id: str
    strategy: str
    conviction: float
    won: bool
    r_net: float
    labels: int
