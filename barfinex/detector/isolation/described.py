"""A strategy as plain data, and a stand-in made of it whose conditions are computed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from barfinex.sdk.bracket import Bracket, BreakEven, Distance, Target, Trail
from barfinex.sdk.expressions import Array, Expr, Op
from barfinex.sdk.params import Parameter
from barfinex.sdk.strategy import Condition, Strategy

SIDES = ("long", "short", "exit_long", "exit_short")
PLAIN = ("name", "timeframe", "threshold", "exit_threshold", "ttl", "cooldown", "warmup", "description")


@dataclass(frozen=True, slots=True)
class Elsewhere(Op):
    """Stands for the `number`-th expression of a file that is run in another process."""

    number: int
    truth: bool

    @property
    def is_truth(self) -> bool:
        return self.truth

    def step(self, state: Any, *inputs: Array) -> tuple[Any, Array]:
        raise NotImplementedError


def plain(strategy: Strategy) -> dict[str, Any]:
    """All of a strategy but its expressions; a distance that is a series is None."""
    told: dict[str, Any] = {name: getattr(strategy, name) for name in PLAIN}
    told["instruments"] = list(strategy.instruments)
    for side in SIDES:
        told[side] = [[one.id, one.weight, one.description] for one in getattr(strategy, side)]
    bracket = strategy.bracket
    told["bracket"] = {
        "stop": _number(bracket.stop),
        "target": [_number(bracket.target)] if bracket.target is not None else None,
        "hold": bracket.hold,
        "targets": [[one.part, _number(one.distance)] for one in bracket.targets],
        "trail": bracket.trail
        and [_number(bracket.trail.distance), _number(bracket.trail.activation), bracket.trail.step],
        "break_even": bracket.break_even and [_number(bracket.break_even.trigger), bracket.break_even.buffer],
    }
    return told


def _number(distance: Distance) -> float | None:
    return None if isinstance(distance, Expr) else distance


def stand_in(told: Mapping[str, Any]) -> Strategy:
    """The strategy that was described, with expressions that cannot be computed here. Raises BadInput."""
    numbers = count()

    def elsewhere(truth: bool) -> Expr:
        return Expr(Elsewhere(next(numbers), truth))

    def distance(value: float | None) -> Distance:
        return elsewhere(False) if value is None else value

    sides = {
        side: [Condition(name, elsewhere(True), weight, text) for name, weight, text in told[side]]
        for side in SIDES
    }
    one = told["bracket"]
    trail, even = one["trail"], one["break_even"]
    bracket = Bracket(
        stop=distance(one["stop"]),
        target=None if one["target"] is None else distance(one["target"][0]),
        hold=one["hold"],
        targets=[Target(part, distance(value)) for part, value in one["targets"]],
        trail=None if trail is None else Trail(distance(trail[0]), distance(trail[1]), trail[2]),
        break_even=None if even is None else BreakEven(distance(even[0]), even[1]),
    )
    fields: dict[str, Any] = {**{name: told[name] for name in PLAIN}, **sides}
    return Strategy(**fields, bracket=bracket, instruments=tuple(told["instruments"]))


def plain_parameter(one: Parameter) -> list[Any]:
    return [one.name, one.value, one.default, one.low, one.high, one.step]
