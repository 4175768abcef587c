"""The operators that remember: past values, recursive averages, windows. Equal bits for any partition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.sdk.expressions import Array, Op


@dataclass(frozen=True, slots=True)
class Shift(Op):
    """The value `n` candles ago; NaN (or false) for the first n."""

    n: int
    truth: bool = False

    @property
    def is_truth(self) -> bool:
        return self.truth

    def start(self) -> Array:
        return np.zeros(self.n, np.bool_) if self.truth else np.full(self.n, np.nan)

    def step(self, state: Array, *inputs: Array) -> tuple[Array, Array]:
        held = np.concatenate((state, inputs[0]))
        count = len(held) - self.n
        return held[count:].copy(), held[:count]


UNKNOWN = np.array([np.nan])
UNKNOWN.flags.writeable = False


@lru_cache(maxsize=1)
def _lfilter() -> Callable[..., tuple[Floats, Floats]]:
    # scipy.signal takes most of a second to import: only who loads strategies that use it shall wait for it.
    from scipy.signal import lfilter

    found: Callable[..., tuple[Floats, Floats]] = lfilter
    return found


@lru_cache(maxsize=1_024)
def _coefficients(alpha: float) -> tuple[Floats, Floats]:
    """(b, a) of y += alpha (x - y), for `lfilter`."""
    return np.array([alpha]), np.array([1.0, alpha - 1.0])


def _filtered(alpha: float, delay: float, x: Floats) -> tuple[Floats, float]:
    """y += alpha (x - y), and what goes on of it."""
    if len(x) == 1 and _singles_agree():
        one = x.item()
        y = delay + alpha * one
        return np.array([y]), one * 0.0 - y * (alpha - 1.0)
    out, rest = _lfilter()(*_coefficients(alpha), x, zi=np.array([delay]))
    return out, rest.item()


@lru_cache(maxsize=1)
def _singles_agree() -> bool:
    """Whether this machine's arithmetic gives equal bits one by one: a compiler may have fused operations."""
    x, delay = np.random.default_rng(1).normal(0.0, 1.0, 1_000), 0.0
    out, _ = _lfilter()(*_coefficients(0.0952380952), x, zi=np.zeros(1))
    for one, y in zip(x.tolist(), out.tolist(), strict=True):
        found = delay + 0.0952380952 * one
        delay = one * 0.0 - found * (0.0952380952 - 1.0)
        if found != y:
            return False
    return True


class _Recursive(Op):
    """y += alpha (x - y) over the finite inputs; any other input gives NaN and is otherwise passed over."""

    __slots__ = ()

    def step(self, state: Any, *inputs: Array) -> tuple[Any, Array]:
        x = inputs[0]
        if len(x) == 1:
            return self._advance(state, x) if isfinite(x.item()) else (state, UNKNOWN)
        valid = np.isfinite(x)
        if valid.all():
            return self._advance(state, x)
        out = np.full(len(x), np.nan)
        if valid.any():
            state, out[valid] = self._advance(state, x[valid])
        return state, out

    def _advance(self, state: Any, x: Array) -> tuple[Any, Array]:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Ema(_Recursive):
    """alpha = 2 / (n + 1), seeded with the first value; the first n - 1 outputs are NaN."""

    n: int

    def __post_init__(self) -> None:
        _lfilter()

    def start(self) -> tuple[int, float, float]:
        return 0, 0.0, 0.0

    def _advance(self, state: tuple[int, float, float], x: Array) -> tuple[tuple[int, float, float], Array]:
        # The distance from the first value is filtered: a price that never moves is its own average.
        seen, first, delay = state
        if not seen:
            first = x.item(0)
        out, delay = _filtered(2.0 / (self.n + 1), delay, x - first)
        out += first
        if seen < self.n - 1:
            out[: self.n - 1 - seen] = np.nan
        return (min(seen + len(x), self.n), first, delay), out


@dataclass(frozen=True, slots=True)
class Wilder(_Recursive):
    """alpha = 1 / n, seeded with the mean of the first n values, which is the first output; NaN before."""

    n: int

    def __post_init__(self) -> None:
        _lfilter()

    def start(self) -> tuple[int, float, float]:
        return 0, 0.0, 0.0

    def _advance(self, state: tuple[int, float, float], x: Array) -> tuple[tuple[int, float, float], Array]:
        seen, total, delay = state
        if seen == self.n:
            out, delay = _filtered(1.0 / self.n, delay, x)
            return (seen, total, delay), out
        out = np.full(len(x), np.nan)
        taken = min(len(x), self.n - seen)
        total = float(np.add.accumulate(np.concatenate(([total], x[:taken])))[-1])
        seen += taken
        if seen == self.n:
            out[taken - 1] = total / self.n
            delay = (1.0 - 1.0 / self.n) * total / self.n
            if len(x) > taken:
                (seen, total, delay), out[taken:] = self._advance((seen, total, delay), x[taken:])
        return (seen, total, delay), out


def _blocks(tail: Floats, x: Array, n: int) -> tuple[Floats, Floats]:
    """(rows, tail): all values held as rows of n, cut at fixed places of the series, and what to hold on to.

    The tail begins with the last full row, so that each window ends in one row and begins in the row before.
    """
    held = np.concatenate((tail, x))
    full = len(held) // n
    rows = np.full((-(-len(held) // n), n), np.nan)
    rows.reshape(-1)[: len(held)] = held
    return rows, held[(full - 1) * n :].copy()


def _windows(ufunc: np.ufunc, before: Floats, now: Floats) -> Floats:
    """`ufunc` over the last n values at each place of the rows `now`; `before` holds the row ahead of each.

    Running results from the cut backwards and forwards are joined: three operations a value for any n, and
    none of the drift of a running sum (van Herk 1992; Gil and Werman 1993).
    """
    out: Floats = ufunc.accumulate(now, axis=1)
    back = ufunc.accumulate(before[:, ::-1], axis=1)[:, ::-1]
    ufunc(back[:, 1:], out[:, :-1], out=out[:, :-1])
    return out


def _window(ufunc: np.ufunc, held: Floats, n: int) -> float:
    """`ufunc` over the last n values held, in the order in which `_windows` takes them: equal bits. The first
    n are the row before."""
    place = len(held) - n
    here: float = ufunc.accumulate(held[n:])[-1]
    return here if place == n else ufunc(ufunc.accumulate(held[place:n][::-1])[-1], here)


def _tail(held: Floats, n: int) -> Floats:
    """What to hold on to: from the last full row on."""
    return held[n:].copy() if len(held) == 2 * n else held


@dataclass(frozen=True, slots=True)
class Window(Op):
    """np.add, np.maximum or np.minimum over the last `n` values; NaN while one of them is."""

    ufunc: np.ufunc
    n: int

    def start(self) -> Floats:
        return np.full(self.n, np.nan)

    def step(self, state: Floats, *inputs: Array) -> tuple[Floats, Array]:
        if len(inputs[0]) == 1:
            held = np.concatenate((state, inputs[0]))
            return _tail(held, self.n), np.array([_window(self.ufunc, held, self.n)])
        rows, tail = _blocks(state, inputs[0], self.n)
        at = len(state) - self.n
        return tail, _windows(self.ufunc, rows[:-1], rows[1:]).reshape(-1)[at : at + len(inputs[0])]


@dataclass(frozen=True, slots=True)
class Deviation(Op):
    """Population standard deviation of the last `n` values."""

    n: int

    def start(self) -> Floats:
        return np.full(self.n, np.nan)

    def step(self, state: Floats, *inputs: Array) -> tuple[Floats, Array]:
        if len(inputs[0]) == 1:
            held = np.concatenate((state, inputs[0]))
            apart = held - held[self.n]
            middle = _window(np.add, apart, self.n) / self.n
            squared = _window(np.add, apart * apart, self.n) / self.n - middle * middle
            return _tail(held, self.n), np.sqrt(np.maximum(np.array([squared]), 0.0))
        rows, tail = _blocks(state, inputs[0], self.n)
        # Squares of distances from a value nearby: squares of prices would cancel to nothing.
        anchor = rows[1:, :1]
        now, before = rows[1:] - anchor, rows[:-1] - anchor
        mean = _windows(np.add, before, now) / self.n
        spread = _windows(np.add, before * before, now * now) / self.n - mean * mean
        at = len(state) - self.n
        return tail, np.sqrt(np.maximum(spread, 0.0)).reshape(-1)[at : at + len(inputs[0])]
