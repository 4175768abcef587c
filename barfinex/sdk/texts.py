"""Expressions as people write them, so that an explanation can quote a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from barfinex.domain.instrument import timeframe_of
from barfinex.sdk.expressions import Apply, Column, Constant, Expr
from barfinex.sdk.functions import Degree, Plain
from barfinex.sdk.indicators import clip, strength
from barfinex.sdk.operators import Deviation, Ema, Shift, Wilder, Window
from barfinex.sdk.slower import Slower
from barfinex.sdk.talibs import Pick, TaLib

SIGNS: dict[Any, str] = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.greater: ">", np.greater_equal: ">=",
    np.less: "<", np.less_equal: "<=", np.logical_and: "&", np.logical_or: "|",
}  # fmt: skip
BEFORE: dict[Any, str] = {np.negative: "-", np.logical_not: "~"}
COMPARED = (np.greater, np.greater_equal, np.less, np.less_equal)
WINDOWS: dict[Any, str] = {np.add: "sum", np.maximum: "highest", np.minimum: "lowest"}
SHORT = 160


def text_of(expr: Expr) -> str:
    """The expression in the words it is written with; what is long is cut."""
    found = _text(expr)
    return found if len(found) <= SHORT else found[: SHORT - 1] + "…"


def _text(expr: Expr) -> str:
    known = _idiom(expr)
    if known is not None:
        return known
    inputs = [_text(one) for one in expr.inputs]
    if isinstance(expr.op, Apply):
        return _applied(expr.op, inputs)
    return WORDS.get(type(expr.op), _otherwise)(expr.op, inputs)


def _idiom(expr: Expr) -> str | None:
    """What is written as one word and made of several nodes."""
    op, inputs = expr.op, expr.inputs
    if not isinstance(op, Apply):
        return None
    if op.function is np.logical_and and isinstance(inputs[1].op, Shift) and inputs[1].op.n == 1:
        now, before = compared(inputs[0]), compared(inputs[1].inputs[0])
        if now is not None and now == before:
            over = _function(inputs[0]) is np.greater
            return f"crosses_{'above' if over else 'below'}({_text(now[0])}, {_text(now[1])})"
    if (
        op.function is np.divide
        and isinstance(inputs[0].op, Window)
        and inputs[1].op == Constant(inputs[0].op.n)
    ):
        return f"sma({_text(inputs[0].inputs[0])}, {inputs[0].op.n})"
    if op.function is strength and isinstance(inputs[0].op, Wilder):
        return f"rsi({_text(inputs[0].inputs[0].inputs[0].inputs[0])}, {inputs[0].op.n})"
    return None


def _function(expr: Expr) -> Any:
    return getattr(expr.op, "function", None)


def _applied(op: Apply, inputs: list[str]) -> str:
    if op.function in SIGNS and len(inputs) == 2:
        return f"({inputs[0]} {SIGNS[op.function]} {inputs[1]})"
    if op.function in BEFORE:
        return f"{BEFORE[op.function]}{inputs[0]}"
    name = "soft" if op.function is clip else getattr(op.function, "__name__", "function").strip("_")
    return f"{name}({', '.join(inputs)})"


def _otherwise(op: Any, inputs: list[str]) -> str:
    return f"{type(op).__name__.lower()}({', '.join(inputs)})"


WORDS: dict[type, Callable[[Any, list[str]], str]] = {
    Column: lambda op, _: op.name.removeprefix("flow.").removeprefix("of:"),
    Constant: lambda op, _: f"{op.value:g}",
    Ema: lambda op, inputs: f"ema({inputs[0]}, {op.n})",
    Wilder: lambda op, inputs: f"wilder({inputs[0]}, {op.n})",
    Deviation: lambda op, inputs: f"stdev({inputs[0]}, {op.n})",
    Shift: lambda op, inputs: f"shift({inputs[0]}, {op.n})",
    Window: lambda op, inputs: f"{WINDOWS.get(op.ufunc, 'window')}({inputs[0]}, {op.n})",
    Slower: lambda op, _: f"on({timeframe_of(op.step_ms)}, {_text(op.inner)})",
    TaLib: lambda op, inputs: f"{op.name}({', '.join([*inputs, *(f'{n}={v:g}' for n, v in op.params)])})",
    Pick: lambda _, inputs: inputs[0],
    Degree: lambda _, inputs: inputs[0],
    Plain: lambda op, _: f"{getattr(op.function, '__name__', 'function')}(…)",
}


def compared(expr: Expr) -> tuple[Expr, Expr] | None:
    """Both sides of a comparison; None of anything else."""
    if isinstance(expr.op, Apply) and expr.op.function in COMPARED:
        return expr.inputs[0], expr.inputs[1]
    return None
