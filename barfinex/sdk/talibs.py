"""TA-Lib's indicators as operators: its recursion goes on from candle to candle, equal to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Array, Expr, Op, is_number, series

BARS_MAX = 200_000
"""Candles that an indicator may wait for before its first value."""


class _About(NamedTuple):
    """Of an indicator: its class, the names of its outputs and inputs, its parameters with their defaults."""

    made: Any
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    params: dict[str, Any]


@lru_cache(maxsize=1_024)
def _about(name: str) -> _About:
    """Raises BadInput."""
    import talib.abstract

    library: Any = talib
    made = getattr(library.stream, name, None)
    if made is None or not name.isupper():
        raise BadInput(f"ta({name!r})", "is no indicator of TA-Lib", 'Write ta("CCI", high, low, close).')
    told = library.abstract.Function(name)
    inputs: list[str] = []
    for given in told.input_names.values():
        inputs += [given] if isinstance(given, str) else list(given)
    return _About(made, tuple(told.output_names), tuple(inputs), dict(told.parameters))


@lru_cache(maxsize=4_096)
def _needed(name: str, params: tuple[tuple[str, float], ...]) -> int:
    """Candles until its first value. Raises whatever TA-Lib raises of parameters that it does not take."""
    import talib.abstract

    library: Any = talib
    told = library.abstract.Function(name)
    if params:
        told.parameters = dict(params)
    lookback: int = told.lookback
    return lookback + 1


@dataclass(frozen=True, slots=True)
class TaLib(Op):
    """One function of TA-Lib; what it gives is an array of its outputs if there are several.

    A candle with an input that is not finite gives NaN, and is otherwise passed over.
    """

    name: str
    params: tuple[tuple[str, float], ...]

    def start(self) -> tuple[Any, tuple[Floats, ...]]:
        return None, ()

    def step(self, state: tuple[Any, tuple[Floats, ...]], *inputs: Array) -> tuple[Any, Array]:
        handle, waiting = state
        if handle is not None and len(inputs[0]) == 1:
            one = [each.item() for each in inputs]
            if all(map(isfinite, one)):
                handle = handle.copy()
                told = np.array(handle.update(*one), np.float64)
                return (handle, waiting), told.reshape(-1, 1) if told.ndim else told.reshape(1)
        rows = [np.ascontiguousarray(one, np.float64) for one in inputs]
        valid = np.isfinite(rows[0])
        for row in rows[1:]:
            valid &= np.isfinite(row)
        whole = bool(valid.all())
        fed = rows if whole else [row[valid] for row in rows]
        outputs = len(_about(self.name).outputs)
        if handle is None:
            handle, waiting, found = self._begin(waiting, fed, outputs)
        else:
            handle, found = self._go_on(handle.copy(), fed, outputs)
        if not whole:
            wide = np.full((outputs, len(valid)), np.nan)
            wide[:, valid] = found
            found = wide
        return (handle, waiting), found[0] if outputs == 1 else found

    def _begin(
        self, waiting: tuple[Floats, ...], fed: Sequence[Floats], outputs: int
    ) -> tuple[Any, tuple[Floats, ...], Floats]:
        """Everything so far at once, if it is enough."""
        held = tuple(fed)
        if waiting:
            held = tuple(np.concatenate(pair) for pair in zip(waiting, fed, strict=True))
        count = len(fed[0])
        if len(held[0]) < _needed(self.name, self.params):
            return None, held, np.full((outputs, count), np.nan)
        handle, *found = _about(self.name).made.open_and_fill(*held, **dict(self.params))
        parts = found[0] if isinstance(found[0], tuple) else found
        whole = np.array([np.asarray(one, np.float64) for one in parts])
        whole[:, : handle.out_range.begidx] = np.nan  # Where it counts it says 0 instead.
        return handle, (), whole[:, -count:] if count else whole[:, :0]

    @staticmethod
    def _go_on(handle: Any, fed: Sequence[Floats], outputs: int) -> tuple[Any, Floats]:
        update: Callable[..., Any] = handle.update
        told = [update(*row) for row in zip(*(one.tolist() for one in fed), strict=True)]
        found = np.array(told, np.float64).reshape(len(told), outputs).T
        return handle, found


@dataclass(frozen=True, slots=True)
class Pick(Op):
    """One of several outputs."""

    at: int

    def step(self, state: Any, *inputs: Array) -> tuple[Any, Array]:
        return state, inputs[0][self.at]


def ta(name: str, *of: Expr, output: str | int = 0, **params: float) -> Expr:
    """Any of TA-Lib's 200 indicators by its name there: `ta("CCI", high, low, close, timeperiod=20)`.

    `output` names or numbers the one that is wanted of several: `ta("AROON", high, low, output="aroonup")`.
    Values, warm-up and defaults are TA-Lib's (https://ta-lib.org/functions); NaN until the warm-up is over.

    Raises:
        BadInput: no such indicator, parameter or output, or another number of inputs.
    """
    where = f"ta({name!r})"
    _, outputs, inputs, known = _about(name)
    if len(of) != len(inputs):
        raise BadInput(where, f"is given {len(of)} series", f"It takes {len(inputs)}: {', '.join(inputs)}.")
    for key, value in params.items():
        if key not in known or not is_number(value):
            remedy = f"It takes {', '.join(f'{one}={usual}' for one, usual in known.items()) or 'none'}."
            raise BadInput(where, f"is given {key}={value!r}", remedy)
    at = outputs.index(output) if output in outputs else output
    if not isinstance(at, int) or not 0 <= at < len(outputs):
        raise BadInput(where, f"has no output {output!r}", f"It has {', '.join(outputs)}.")
    given = tuple(sorted(params.items()))
    _try(where, name, given, len(inputs))
    made = Expr(TaLib(name, given), tuple(series(one) for one in of))
    return made if len(outputs) == 1 else Expr(Pick(at), (made,))


def _try(where: str, name: str, params: tuple[tuple[str, float], ...], inputs: int) -> None:
    """Raises BadInput when TA-Lib does not take these numbers."""
    try:
        needed = _needed(name, params)
        if needed <= BARS_MAX:
            _about(name).made.open_and_fill(*[np.arange(1.0, needed + 1.0)] * inputs, **dict(params))
            return
        reason = f"has no value before {needed} candles"
    except Exception as error:
        reason = f"does not take {dict(params)}: {error}"
    raise BadInput(where, reason, "See its bounds at ta-lib.org.")
