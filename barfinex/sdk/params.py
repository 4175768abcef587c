"""Numbers of a strategy that a search may change: each has a default, and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import is_number
from barfinex.sdk.strategy import NAME

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number in [low, high], whole if `step` is; `value` is the one in force."""

    name: str
    value: float
    default: float
    low: float
    high: float
    step: float | None

    @property
    def is_whole(self) -> bool:
        return isinstance(self.default, int)


@dataclass(slots=True)
class Declaring:
    """What a strategy file declares while it runs, and the values it is given instead of its defaults."""

    given: Mapping[str, float] = field(default_factory=dict)
    found: dict[str, Parameter] = field(default_factory=dict)


_OPEN: ContextVar[Declaring | None] = ContextVar("declaring", default=None)


@contextmanager
def declaring(given: Mapping[str, float]) -> Iterator[dict[str, Parameter]]:
    """Collect what is declared inside; `given` overrides defaults."""
    made = Declaring(given)
    token = _OPEN.set(made)
    try:
        yield made.found
    finally:
        _OPEN.reset(token)


def param(name: str, default: Number, low: Number, high: Number, step: Number | None = None) -> Number:
    """A number for the strategy, `default` unless a search gives another in [low, high].

    `fast = param("fast", 20, 5, 60)` is whole; `param("stop", 0.02, 0.005, 0.05)` is not. With a step only
    low, low + step, … are tried.

    Raises:
        BadInput: no usable name, default or bounds, or the name is taken.
    """
    where = f"param({name!r})"
    if not NAME.fullmatch(str(name)):
        raise BadInput(where, "is no name", "Use letters, digits, _ . -, at most 64.")
    numbers = [default, low, high, *([] if step is None else [step])]
    if not all(map(is_number, numbers)) or not low <= default <= high or (step is not None and step <= 0):
        raise BadInput(
            where,
            f"is {default!r} in [{low!r}, {high!r}]",
            "Give low <= default <= high, and a step above 0.",
        )
    if type(default) is int and any(type(one) is not int for one in numbers):
        raise BadInput(where, "mixes whole numbers and fractions", "Write all with a point, or none.")
    made = _OPEN.get()
    if made is None:
        return default
    if name in made.found:
        raise BadInput(where, "is declared twice", "Give each parameter its own name.")
    value = made.given.get(name, default)
    if not is_number(value) or not low <= value <= high:
        raise BadInput(where, f"is given {value!r}", f"Give a number in [{low!r}, {high!r}].")
    used: Number = type(default)(value)
    made.found[name] = Parameter(name, used, default, low, high, step)
    return used
