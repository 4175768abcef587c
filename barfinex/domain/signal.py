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
    """The state of a market. RANGE and the trends are quiet; BREAKOUT (it moves) and STRESS (it does not) are
    loud; UNKNOWN is an answer."""

    TREND_UP = "trend_up"
    TREND_DOWN = "trend_down"
    RANGE = "range"
    BREAKOUT = "breakout"
    STRESS = "stress"
    UNKNOWN = "unknown"


class ConditionScore(Value, frozen=True):
    """One condition at the signal's candle: `value` in [0, 1], its weight, and weight x value."""

    id: str
    value: float
    weight: float
    contribution: float


class Trail(Value, frozen=True):
    """A stop that follows the best price since the entry at `distance` (a fraction of it), never back.

    It begins when the price has gone `activation` (a fraction of the entry price) in the trade's favour, and
    it moves by at least `step`, a fraction of the entry price: what moves less is not worth an order.
    """

    distance: float
    activation: float = 0.0
    step: float = 0.0005

    def __post_init__(self) -> None:
        _inside("trail distance", self.distance, 0.0, 1.0)
        _inside("trail activation", self.activation, 0.0, 100.0, or_equal=True)
        _inside("trail step", self.step, 0.0, 1.0)


class BreakEven(Value, frozen=True):
    """When the price has gone `trigger` in the trade's favour, the stop goes to the entry price plus `buffer`
    (for costs): fractions of the entry price, the buffer on the winning side and below the trigger."""

    trigger: float
    buffer: float = 0.0

    def __post_init__(self) -> None:
        _inside("break-even trigger", self.trigger, 0.0, 100.0)
        _inside("break-even buffer", self.buffer, 0.0, self.trigger, or_equal=True)


class Scale(Value, frozen=True):
    """A target for `part` of the quantity, in (0, 1], at `distance`, a fraction of the entry price."""

    part: float
    distance: float

    def __post_init__(self) -> None:
        if not 0.0 < self.part <= 1.0:
            raise ValueError(f"part {self.part} is not inside (0, 1]")
        _inside("target", self.distance, 0.0, 100.0)


SCALES_MAX = 8
_HAIR = 1e-9  # 0.7 + 0.2 + 0.1 is a hair off 1.


class Bracket(Value, frozen=True, omit_defaults=True):
    """Where a position ends, as distances from the entry price.

    `stop` and `target` are positive fractions of the entry price (0.02 is two per cent); `target` and
    `hold_ms_max` (longest holding time) may be absent, the stop never. `targets` scale out instead of one
    `target`; what their parts leave over has no target. `trail` and `break_even` move the stop, only ever
    towards less risk.
    """

    stop: float
    target: float | None = None
    hold_ms_max: int | None = None
    trail: Trail | None = None
    break_even: BreakEven | None = None
    targets: tuple[Scale, ...] = ()

    def __post_init__(self) -> None:
        _inside("stop", self.stop, 0.0, 1.0)
        if self.target is not None:
            _inside("target", self.target, 0.0, 100.0)
        if self.hold_ms_max is not None and self.hold_ms_max <= 0:
            raise ValueError(f"hold_ms_max {self.hold_ms_max} is not positive")
        if self.targets:
            if self.target is not None:
                raise ValueError("there is a target, and there are targets")
            whole = sum(one.part for one in self.targets)
            if len(self.targets) > SCALES_MAX or not whole <= 1.0 + _HAIR:
                raise ValueError(f"{len(self.targets)} targets take {whole} of the quantity")

    @property
    def moves(self) -> bool:
        """Whether the stop follows the price."""
        return self.trail is not None or self.break_even is not None

    @property
    def reward_risk(self) -> float | None:
        """Target distance over stop distance, the mean by part of several; None without one."""
        if self.targets:
            whole = sum(one.part for one in self.targets)
            return sum(one.part * one.distance for one in self.targets) / whole / self.stop
        return None if self.target is None else self.target / self.stop


def _inside(name: str, value: float, low: float, high: float, *, or_equal: bool = False) -> None:
    if not (low < value < high or (or_equal and value == low)):
        raise ValueError(f"{name} {value} is not inside {'[' if or_equal else '('}{low:g}, {high:g})")


class Signal(Value, frozen=True):
    """One strategy's observation at the close of one candle.

    `candle_ts` is that candle's start and `candle_hash` commits to its numbers; `price` is its close in
    quote units; `score` is the sum of contributions and reached `threshold`; after `expires_at` (ms UTC)
    nobody may act on it. `trade_id` names the position an EXIT is about. `rests_on` is the provenance that is
    furthest from final among the candles it was read from.
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
    rests_on: str = "final"

    def __post_init__(self) -> None:
        if not (isfinite(self.score) and isfinite(self.threshold)):
            raise ValueError(
                f"score {self.score} against threshold {self.threshold} is not a finite comparison"
            )
        if not (isfinite(self.price) and self.price > 0):
            raise ValueError(f"price {self.price} is not positive and finite")
