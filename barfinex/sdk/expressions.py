"""Expressions over candles, written with ordinary operators: `close > ema(20)`, `a & ~b`, `2 * atr(14)`.

An expression describes; it holds no data. Each node's operator is a pure step function: given its state and
the next candles (any number from one up) it returns the new state and as many outputs. Whatever the partition
of a series into such chunks, the outputs are equal to the last bit (I8): an operator therefore never sums in
an order that depends on the length of the chunk. Taken one by one nothing can look ahead, so the same
property proves that nothing does. States are never changed in place: to go back, keep the old one.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.errors import BadInput

Array = NDArray[Any]
State = Any


class Op(ABC):
    """What a node does. Operators are compared by their fields: equal nodes are computed once."""

    __slots__ = ()

    @property
    def is_truth(self) -> bool:
        """Whether the outputs are true or false rather than numbers."""
        return False

    def start(self) -> State:
        """The state before the first candle."""
        return None

    @abstractmethod
    def step(self, state: State, *inputs: Array) -> tuple[State, Array]:
        """The next state, and one output per candle of the chunk."""


@dataclass(frozen=True, slots=True)
class Column(Op):
    """A column of the candles themselves."""

    name: str

    def step(self, state: State, *inputs: Array) -> tuple[State, Array]:
        return state, inputs[0]


@lru_cache(maxsize=4_096)
def _constant(value: float) -> Array:
    made = np.asarray(value)
    made.flags.writeable = False
    return made


@dataclass(frozen=True, slots=True)
class Constant(Op):
    """A number, the same at every candle."""

    value: float

    def step(self, state: State, *_: Array) -> tuple[State, Array]:
        return state, _constant(self.value)


@dataclass(frozen=True, slots=True)
class Apply(Op):
    """An elementwise function: each output depends on the inputs at the same candle alone."""

    function: Callable[..., Any]
    truth: bool = False

    @property
    def is_truth(self) -> bool:
        return self.truth

    def step(self, state: State, *inputs: Array) -> tuple[State, Array]:
        return state, self.function(*inputs)


@dataclass(frozen=True, slots=True)
class Expr:
    """A series that follows from candles: an operator and the series it reads. `==` compares descriptions."""

    op: Op
    inputs: tuple[Expr, ...] = ()

    @property
    def is_truth(self) -> bool:
        return self.op.is_truth

    def __add__(self, other: Operand) -> Expr:
        return number(np.add, self, other)

    def __radd__(self, other: float) -> Expr:
        return number(np.add, other, self)

    def __sub__(self, other: Operand) -> Expr:
        return number(np.subtract, self, other)

    def __rsub__(self, other: float) -> Expr:
        return number(np.subtract, other, self)

    def __mul__(self, other: Operand) -> Expr:
        return number(np.multiply, self, other)

    def __rmul__(self, other: float) -> Expr:
        return number(np.multiply, other, self)

    def __truediv__(self, other: Operand) -> Expr:
        return number(np.divide, self, other)

    def __rtruediv__(self, other: float) -> Expr:
        return number(np.divide, other, self)

    def __neg__(self) -> Expr:
        return number(np.negative, self)

    def __abs__(self) -> Expr:
        return number(np.abs, self)

    def __gt__(self, other: Operand) -> Expr:
        return _comparison(np.greater, self, other)

    def __ge__(self, other: Operand) -> Expr:
        return _comparison(np.greater_equal, self, other)

    def __lt__(self, other: Operand) -> Expr:
        return _comparison(np.less, self, other)

    def __le__(self, other: Operand) -> Expr:
        return _comparison(np.less_equal, self, other)

    def __and__(self, other: Expr) -> Expr:
        return _logic(np.logical_and, self, other)

    def __or__(self, other: Expr) -> Expr:
        return _logic(np.logical_or, self, other)

    def __invert__(self) -> Expr:
        return _logic(np.logical_not, self)

    def __bool__(self) -> NoReturn:
        raise BadInput(
            "expression",
            "has no truth of its own: it has one value per candle",
            "Write & | ~ with brackets for and, or, not, and between(x, low, high) for low < x < high.",
        )


Operand = Expr | float


def is_number(value: object) -> bool:
    """A finite number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def series(value: Operand) -> Expr:
    """An expression as it is; a finite number as the series that never changes.

    Raises:
        BadInput: anything else.
    """
    if isinstance(value, Expr):
        return value
    if not is_number(value):
        raise BadInput(
            f"operand {value!r}",
            "is neither a series nor a finite number",
            "Use close, ema(20), 1.5 or alike.",
        )
    return Expr(Constant(float(value)))


def number(function: Callable[..., Any], *operands: Operand) -> Expr:
    """An elementwise function of series that gives numbers.

    Raises:
        BadInput: an operand is true or false.
    """
    inputs = tuple(series(operand) for operand in operands)
    _demand(inputs, truth=False)
    return Expr(Apply(function), inputs)


def _comparison(function: Callable[..., Any], *operands: Operand) -> Expr:
    inputs = tuple(series(operand) for operand in operands)
    _demand(inputs, truth=False)
    return Expr(Apply(function, truth=True), inputs)


def _logic(function: Callable[..., Any], *operands: Expr) -> Expr:
    inputs = tuple(series(operand) for operand in operands)
    _demand(inputs, truth=True)
    return Expr(Apply(function, truth=True), inputs)


def _demand(inputs: tuple[Expr, ...], *, truth: bool) -> None:
    if all(one.is_truth is truth for one in inputs):
        return
    if truth:
        remedy = "Compare first, in brackets: (close > open) & (…)."
        raise BadInput("& | ~", "join what is true or false, and got numbers", remedy)
    remedy = "Combine conditions with & | ~, or give them weights."
    raise BadInput("arithmetic", "needs numbers, and got what is true or false", remedy)
