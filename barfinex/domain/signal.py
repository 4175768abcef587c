"""What the Detector saw: a scored observation with a direction, never an order."""

from __future__ import annotations

from math import isfinite

from barfinex.domain.value import Value, Word


class Direction(Word):
    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        return 1 if self is Direction.LONG else -1


class SignalKind(Word):
    """ENTRY opens a position; EXIT ends the one its strategy holds."""

    ENTRY = "entry"
    EXIT = "exit"


class Regime(Word):
    TREND = "trend"
    RANGE = "range"
    BREAKOUT = "breakout"
    REVERSAL = "reversal"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class ConditionScore(Value, frozen=True):
    """One condition at the signal's candle: `value` in [0, 1], its weight, and weight x value."""

    id: str
    value: float
    weight: float
    contribution: float


class Bracket(Value, frozen=True):
    """Where a position ends, as distances from the entry price.

    `stop` and `target` are positive fractions of the entry price (0.02 is two per cent); `target` and
    `hold_ms_max` (longest holding time) may be absent, the stop never.
    """

    stop: float
    target: float | None = None
    hold_ms_max: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.stop < 1.0:
            raise ValueError(f"stop {self.stop} is not inside (0, 1)")
        if self.target is not None and not 0.0 < self.target < 100.0:
            raise ValueError(f"target {self.target} is not inside (0, 100)")
        if self.hold_ms_max is not None and self.hold_ms_max <= 0:
            raise ValueError(f"hold_ms_max {self.hold_ms_max} is not positive")

    @property
    def reward_risk(self) -> float | None:
        """Target distance over stop distance; None without a target."""
        return None if self.target is None else self.target / self.stop


class Signal(Value, frozen=True):
    """One strategy's observation at the close of one candle.

    `candle_ts` is that candle's start and `candle_hash` commits to its numbers; `price` is its close in
    quote units; `score` is the sum of contributions and reached `threshold`; after `expires_at` (ms UTC)
    nobody may act on it. `trade_id` names the position an EXIT is about.
    """

    id: str
    strategy: str
    instrument: str
    timeframe: str
    kind: SignalKind
    direction: Direction
    score: float
    threshold: float
    conditions: tuple[ConditionScore, ...]
    candle_ts: int
    candle_hash: str
    price: float
    expires_at: int
    bracket: Bracket | None = None
    trade_id: str | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.score) and isfinite(self.threshold)):
            raise ValueError(
                f"score {self.score} against threshold {self.threshold} is not a finite comparison"
            )
        if not (isfinite(self.price) and self.price > 0):
            raise ValueError(f"price {self.price} is not positive and finite")
