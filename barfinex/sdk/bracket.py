"""Where a position ends: stop, targets, longest hold, and how the stop follows. Checked when made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barfinex.domain.errors import BadInput
from barfinex.domain.signal import SCALES_MAX
from barfinex.sdk.expressions import Expr, is_number

SLACK = 1e-9
"""0.7 + 0.2 + 0.1 is a hair off 1: what is this close counts as equal."""
COUNT_MAX = 100_000

Distance = float | Expr


@dataclass(frozen=True, slots=True)
class Trail:
    """A stop that follows the best price since the entry, and never goes back.

    Args:
        distance: from the best price, as a fraction of it; may be a series, as in `2 * atr(14) / close`.
        activation: how far the price must have gone in the trade's favour before the stop follows, as a
            fraction of the entry price; with a trail, that is a take-profit that lets the rest run.
        step: the least move that is worth an order, a fraction of the entry price; None: a tenth of the
            distance.

    Raises:
        BadInput: a number is out of bounds.
    """

    distance: Distance
    activation: Distance = 0.0
    step: float | None = None

    def __post_init__(self) -> None:
        distance("bracket.trail.distance", self.distance, 1.0)
        if isinstance(self.activation, Expr) or self.activation != 0.0:
            distance("bracket.trail.activation", self.activation, 100.0)
        if self.step is not None:
            _plain("bracket.trail.step", self.step, 1.0)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Once the price has gone `trigger` in the trade's favour, the stop goes to the entry plus `buffer`.

    Both are fractions of the entry price; the trigger may be a series, the buffer (for fees) lies below it.

    Raises:
        BadInput: a number is out of bounds.
    """

    trigger: Distance
    buffer: float = 0.0

    def __post_init__(self) -> None:
        distance("bracket.break_even.trigger", self.trigger, 100.0)
        if self.buffer != 0.0:
            _plain("bracket.break_even.buffer", self.buffer, 1.0)
        if not isinstance(self.trigger, Expr) and self.buffer >= self.trigger:
            raise BadInput(
                "bracket.break_even.buffer",
                f"is {self.buffer!r} and the trigger {self.trigger!r}",
                "Give a buffer below the trigger: a stop cannot stand above the price.",
            )


@dataclass(frozen=True, slots=True)
class Target:
    """Take profit on a `part` of the quantity, in (0, 1], at a `distance` from the entry.

    Raises:
        BadInput: a number is out of bounds.
    """

    part: float
    distance: Distance

    def __post_init__(self) -> None:
        if not (is_number(self.part) and 0.0 < self.part <= 1.0):
            raise BadInput("bracket.targets", f"take the part {self.part!r}", "Give a part inside (0, 1].")
        distance("bracket.targets", self.distance, 100.0)


@dataclass(frozen=True, slots=True)
class Bracket:
    """Where a position ends: distances from the entry as fractions of its price, the longest hold in candles.

    A distance may follow the market: `stop=2 * atr(14) / close` is fixed at the signal's candle. The stop is
    never absent; a candle at which a distance is unknown or outside its bounds gives no entry.

    `targets` take profit in parts instead of one `target`; what their parts leave over has no target.
    `trail` and `break_even` move the stop when candles close, only ever towards less risk.

    Raises:
        BadInput: a distance or the hold is out of bounds, or there are both a target and targets.
    """

    stop: Distance
    target: Distance | None = None
    hold: int | None = None
    trail: Trail | None = None
    break_even: BreakEven | None = None
    targets: Sequence[Target] = ()

    def __post_init__(self) -> None:
        distance("bracket.stop", self.stop, 1.0)
        if self.target is not None:
            distance("bracket.target", self.target, 100.0)
        if self.hold is not None:
            count("bracket.hold", self.hold, 1)
        for name, value, kind in (("trail", self.trail, Trail), ("break_even", self.break_even, BreakEven)):
            if value is not None and not isinstance(value, kind):
                example = "Trail(0.01)" if kind is Trail else "BreakEven(0.01)"
                raise BadInput(f"bracket.{name}", f"is {value!r}", f"Give {name}={example}.")
        object.__setattr__(self, "targets", _targets(self.targets, self.target))


def count(where: str, value: object, least: int) -> None:
    """Raises BadInput unless the value is a whole number of candles."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= COUNT_MAX:
        raise BadInput(where, f"is {value!r}", f"Give whole candles, {least} to {COUNT_MAX}.")


def distance(name: str, value: Distance, below: float) -> None:
    """Raises BadInput unless the value is a series of numbers, or a number inside (0, below)."""
    fits = not value.is_truth if isinstance(value, Expr) else is_number(value) and 0.0 < value < below
    if not fits:
        remedy = (
            f"Give a fraction of the price inside (0, {below:g}), or a series such as 2 * atr(14) / close."
        )
        raise BadInput(name, f"is {value!r}", remedy)


def _plain(name: str, value: float, below: float) -> None:
    if not (is_number(value) and 0.0 < value < below):
        raise BadInput(name, f"is {value!r}", f"Give a fraction of the price inside (0, {below:g}).")


def _targets(given: Sequence[Target], target: Distance | None) -> tuple[Target, ...]:
    where = "bracket.targets"
    if isinstance(given, Target) or not all(isinstance(one, Target) for one in given):
        raise BadInput(where, "is no list of targets", "Write [Target(0.5, 0.01), Target(0.5, 0.02)].")
    if given and target is not None:
        raise BadInput(where, "stand beside a target", "Give either target or targets.")
    whole = sum(one.part for one in given)
    if len(given) > SCALES_MAX or not whole <= 1.0 + SLACK:
        remedy = f"Give at most {SCALES_MAX}, of which the parts add up to 1 or less."
        raise BadInput(where, f"are {len(given)} and take {whole:g} of the quantity", remedy)
    return tuple(given)
