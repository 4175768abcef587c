"""Indicators in loops as plain as possible: read off the formula, one candle at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

NAN = math.nan
Values = Sequence[float]


def windowed(values: Values, n: int, of: Callable[[Values], float]) -> list[float]:
    found = []
    for at in range(len(values)):
        window = values[at - n + 1 : at + 1] if at >= n - 1 else []
        found.append(of(window) if window and not any(math.isnan(one) for one in window) else NAN)
    return found


def mean(values: Values) -> float:
    return math.fsum(values) / len(values)


def deviation(values: Values) -> float:
    middle = mean(values)
    return math.sqrt(mean([(one - middle) ** 2 for one in values]))


def shifted(values: Values, n: int) -> list[float]:
    return [NAN] * n + list(values[: len(values) - n])


def ema(values: Values, n: int) -> list[float]:
    """Seeded with the first value."""
    found, average, seen = [], NAN, 0
    for value in values:
        if math.isnan(value):
            found.append(NAN)
            continue
        average = value if not seen else average + 2.0 / (n + 1) * (value - average)
        seen += 1
        found.append(average if seen >= n else NAN)
    return found


def wilder(values: Values, n: int) -> list[float]:
    """Seeded with the mean of the first n."""
    found: list[float] = []
    first: list[float] = []
    average = NAN
    for value in values:
        if math.isnan(value):
            found.append(NAN)
        elif len(first) < n:
            first.append(value)
            average = mean(first)
            found.append(average if len(first) == n else NAN)
        else:
            average += (value - average) / n
            found.append(average)
    return found


def changes(values: Values) -> list[float]:
    return [NAN, *(after - before for before, after in pairwise(values))]


def rsi(values: Values, n: int) -> list[float]:
    moves = changes(values)
    gains = wilder([NAN if math.isnan(one) else max(one, 0.0) for one in moves], n)
    losses = wilder([NAN if math.isnan(one) else max(-one, 0.0) for one in moves], n)
    return [100.0 if l == 0 else 100 - 100 / (1 + g / l) for g, l in zip(gains, losses, strict=True)]  # noqa: E741


def true_range(high: Values, low: Values, close: Values) -> list[float]:
    before = shifted(close, 1)
    return [
        NAN if math.isnan(c) else max(h, c) - min(l, c)
        for h, l, c in zip(high, low, before, strict=True)  # noqa: E741
    ]


def slower(
    ts: Sequence[int], step: int, slow: int, rows: Sequence[Values]
) -> tuple[list[list[float]], list[int]]:
    """Candles of `slow` ms (open, high, low, close, volume), and the index at which each is known."""
    bars: list[list[float]] = []
    known: list[int] = []
    bucket: int | None = None
    for at, start in enumerate(ts):
        row = [column[at] for column in rows]
        if start // slow != bucket:
            if bucket is not None and len(known) < len(bars):
                known.append(at)
            bucket = start // slow
            bars.append(list(row))
        else:
            bar = bars[-1]
            bars[-1] = [bar[0], max(bar[1], row[1]), min(bar[2], row[2]), row[3], bar[4] + row[4]]
        if (start + step) % slow == 0 and len(known) < len(bars):
            known.append(at)
    return bars[: len(known)], known


def held(count: int, known: Sequence[int], values: Values) -> list[float]:
    """Each candle's newest known value."""
    found, last, place = [], NAN, 0
    for at in range(count):
        while place < len(known) and known[place] <= at:
            last = values[place]
            place += 1
        found.append(last)
    return found


def since(ts: Sequence[int], period: int, price: Values, volume: Values) -> list[float]:
    found, bucket, paid, traded = [], None, 0.0, 0.0
    for start, each, size in zip(ts, price, volume, strict=True):
        if start // period != bucket:
            bucket, paid, traded = start // period, 0.0, 0.0
        paid, traded = paid + each * size, traded + size
        found.append(paid / traded if traded else NAN)
    return found
