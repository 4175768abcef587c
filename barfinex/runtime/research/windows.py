"""Parts of history: walk-forward folds, and runs over a part with the candles before it for warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.runtime.history import Input

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """Candles that start in [start, stop), ms UTC."""

    start: int
    stop: int

    def __str__(self) -> str:
        return "..".join(str(np.datetime64(at, "ms")).removesuffix(".000") for at in (self.start, self.stop))


@dataclass(frozen=True, slots=True)
class Fold:
    """What is searched on, and the time right after it on which the best is tried once."""

    train: Window
    test: Window


def span(inputs: Sequence[Input]) -> Window:
    """From the first candle to the end of the last."""
    bases = [source.series[0] for source in inputs]
    return Window(min(int(one.ts[0]) for one in bases), max(int(one.ts[-1]) + one.step_ms for one in bases))


def folds(whole: Window, count: int) -> list[Fold]:
    """`count` walk-forward folds: the time is cut into count + 1 equal parts, each but the first is tested
    once, and searched on is all that precedes it. Cuts are at full minutes."""
    even = np.linspace(whole.start, whole.stop, count + 2).astype(np.int64)
    edges = [*(even[:-1] // MINUTE_MS * MINUTE_MS).tolist(), whole.stop]
    return [Fold(Window(whole.start, start), Window(start, stop)) for start, stop in pairwise(edges[1:])]


def cut(inputs: Sequence[Input], window: Window, warmup: int = 0) -> list[Input]:
    """The inputs in a window, and `warmup` candles of each series before it. The part is named in the input's
    name, so that runs over different parts have different ids.

    Raises:
        BadInput: an input has no candle there.
    """
    found, part = [], f"{window}" if not warmup else f"{window} after {warmup}"
    for source in inputs:
        series = tuple(_part(one, window, warmup) for one in source.series)
        if not all(len(one.ts) for one in series):
            raise BadInput(source.name, f"has no candles in {window}", "Give more of it, or fewer folds.")
        found.append(replace(source, series=series, name=f"{source.name}[{part}]"))
    return found


def _part(series: Series, window: Window, warmup: int) -> Series:
    start, stop = np.searchsorted(series.ts, [window.start, window.stop - series.step_ms + 1]).tolist()
    start = max(0, start - warmup)
    marks = None if series.marks is None else series.marks[start:stop]
    names = ("ts", "open", "high", "low", "close", "volume")
    columns = {name: getattr(series, name)[start:stop] for name in names}
    return replace(series, **columns, marks=marks)
