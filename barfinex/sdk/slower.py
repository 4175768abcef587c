"""Expressions on a slower timeframe: closed candles only, put together from the strategy's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from barfinex.domain.candles import Ints
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.sdk.expressions import Array, Column, Expr, Op
from barfinex.sdk.functions import BadScore
from barfinex.sdk.graph import Graph, States, columns_of

Slow = str | None

PRICES = ("open", "high", "low", "close", "volume")
TIMES = ("closes_at", "step_ms")


class _Bar(NamedTuple):
    """A slower candle that has not closed: its number, and what it is so far."""

    bucket: int
    row: tuple[float, ...]


class _State(NamedTuple):
    bar: _Bar | None
    inner: States
    last: Any


class _Closed(NamedTuple):
    """Slower candles: their columns, when they close, and the row at which each is known."""

    columns: tuple[Array, ...]
    closes_at: Ints
    known: Ints


@lru_cache(maxsize=1_024)
def _graph(inner: Expr) -> Graph:
    return Graph([inner])


@dataclass(frozen=True, slots=True)
class Slower(Op):
    """`inner` on candles of `step_ms`; between their closes it keeps its value.

    A slower candle is known at the candle that ends it or, when that one is missing, at the first after it.
    """

    inner: Expr
    step_ms: int

    @property
    def is_truth(self) -> bool:
        return self.inner.is_truth

    def start(self) -> _State:
        return _State(None, _graph(self.inner).start(), False if self.is_truth else np.nan)

    def step(self, state: _State, *inputs: Array) -> tuple[_State, Array]:
        closes_at, step = inputs[0], int(inputs[1])
        if self.step_ms % step:
            raise BadScore(f"asks for candles of {self.step_ms} ms, and there are those of {step} ms")
        bar, closed = self._gather(state.bar, closes_at, inputs[2:])
        known = np.searchsorted(closed.known, np.arange(len(closes_at)), side="right")
        if not len(closed.known):
            return _State(bar, state.inner, state.last), np.full(len(known), state.last)
        graph = _graph(self.inner)
        named = {**dict(zip(PRICES, closed.columns, strict=True)), "closes_at": closed.closes_at}
        named["step_ms"] = np.asarray(self.step_ms)
        after, [found] = graph.step(state.inner, [named[name] for name in graph.columns])
        found = np.broadcast_to(found, closed.known.shape)
        values = np.concatenate(([state.last], found))
        return _State(bar, after, values[-1]), values[known]

    def _gather(
        self, bar: _Bar | None, closes_at: Ints, rows: tuple[Array, ...]
    ) -> tuple[_Bar | None, _Closed]:
        """The candles that close, and the one that goes on."""
        held = 0 if bar is None else 1
        bucket: Ints = (closes_at - 1) // self.step_ms
        if bar is not None:
            bucket = np.concatenate(([bar.bucket], bucket))
            rows = tuple(np.concatenate(([part], row)) for part, row in zip(bar.row, rows, strict=True))
        first = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
        final = np.append(first[1:], len(bucket)) - 1
        open_, high, low, close, volume = rows
        group = np.repeat(np.arange(len(first)), final - first + 1)
        columns = (
            open_[first],
            np.maximum.reduceat(high, first),
            np.minimum.reduceat(low, first),
            close[final],
            np.bincount(group, volume),  # In order, one by one: equal bits for any partition.
        )
        ends = (bucket[first] + 1) * self.step_ms
        in_time = closes_at[np.maximum(final - held, 0)] == ends
        known = np.where(in_time, final, final + 1) - held
        done = len(first) if in_time[-1] else len(first) - 1
        rest = None if in_time[-1] else _Bar(int(bucket[-1]), tuple(float(one[-1]) for one in columns))
        return rest, _Closed(tuple(one[:done] for one in columns), ends[:done], known[:done])


def on(timeframe: str, of: Expr) -> Expr:
    """An expression on a slower timeframe: `on("1h", ema(50) > close)`. It sees closed candles alone.

    Raises:
        BadInput: no timeframe, or the expression reads what slower candles do not have.
    """
    step_ms = timeframe_ms(timeframe)
    if not isinstance(of, Expr):
        raise BadInput(f"on({timeframe!r})", f"is given {of!r}", f'Write on("{timeframe}", ema(50)).')
    beyond = columns_of(of) - {*PRICES, *TIMES}
    if beyond:
        reason = f"reads {', '.join(sorted(beyond))}, which slower candles do not have"
        raise BadInput(f"on({timeframe!r})", reason, "Use it on the strategy's own timeframe.")
    return Expr(Slower(of, step_ms), tuple(Expr(Column(name)) for name in (*TIMES, *PRICES)))


def slowest_ms(of: Expr) -> int:
    """The longest slower timeframe that an expression asks for; 0 without any."""
    own = of.op.step_ms if isinstance(of.op, Slower) else 0
    return max([own, *(slowest_ms(one) for one in of.inputs)])


def timed(timeframe: Slow, of: Expr) -> Expr:
    """The expression, on a slower timeframe if one is named."""
    return of if timeframe is None else on(timeframe, of)
