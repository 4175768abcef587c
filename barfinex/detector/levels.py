"""A bracket's distances as series: what is computed with the conditions, and fixed at the signal's candle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from barfinex.domain import signal as fixed
from barfinex.sdk.bracket import Bracket, Distance
from barfinex.sdk.expressions import Array, Expr, series


class Level(NamedTuple):
    """A distance; an entry needs it above `over` (or at it, where `at_least`) and below `under`."""

    name: str
    expression: Expr
    over: float
    under: float
    at_least: bool = False


def levels_of(bracket: Bracket) -> list[Level]:
    """Every distance of a bracket, the stop first."""
    levels: list[Level] = []

    def add(name: str, value: Distance, over: float, under: float, *, at_least: bool = False) -> None:
        levels.append(Level(f"bracket.{name}", series(value), over, under, at_least))

    add("stop", bracket.stop, 0.0, 1.0)
    if bracket.target is not None:
        add("target", bracket.target, 0.0, 100.0)
    for target in bracket.targets:
        add("targets", target.distance, 0.0, 100.0)
    if bracket.trail is not None:
        add("trail.distance", bracket.trail.distance, 0.0, 1.0)
        add("trail.activation", bracket.trail.activation, 0.0, 100.0, at_least=True)
    if bracket.break_even is not None:
        add("break_even.trigger", bracket.break_even.trigger, bracket.break_even.buffer, 100.0)
    return levels


def levels_stand(bounds: Sequence[Level], levels: Sequence[Array]) -> Array:
    """Where every distance is known and within its bounds; NaN is within none."""
    stands: Array | None = None
    for bound, level in zip(bounds, levels, strict=True):
        above = level >= bound.over if bound.at_least else level > bound.over
        fits = above & (level < bound.under)
        stands = fits if stands is None else stands & fits
    assert stands is not None, "the stop is never absent"
    return stands


def made(bracket: Bracket, values: Sequence[float], step_ms: int) -> fixed.Bracket:
    """The bracket of an entry, from the values of its levels at the signal's candle."""
    rest = iter(values)
    stop = next(rest)
    target = None if bracket.target is None else next(rest)
    targets = tuple([fixed.Scale(one.part, next(rest)) for one in bracket.targets])
    trail = break_even = None
    if bracket.trail is not None:
        distance, activation, step = next(rest), next(rest), bracket.trail.step
        trail = fixed.Trail(distance, activation, distance / 10 if step is None else step)
    if bracket.break_even is not None:
        break_even = fixed.BreakEven(next(rest), bracket.break_even.buffer)
    hold = None if bracket.hold is None else bracket.hold * step_ms
    return fixed.Bracket(stop, target, hold, trail, break_even, targets)
