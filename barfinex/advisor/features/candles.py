"""Features of closed candles, one candle or many, to the same bit.

A candle's figures are reductions over its own last `WINDOW` candles, row by row: where the history was cut,
and how many rows are made at once, cannot matter, and nothing after the candle is read.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barfinex.advisor.features.table import CANDLE
from barfinex.advisor.features.vector import Reading
from barfinex.domain.candles import Candles, Floats, Ints, Series

Flags = NDArray[np.bool_]

WINDOW = 256
ATR = 14
RANKED = 240
TREND_MAX = 20.0
DAY_MS = 86_400_000
CHUNK = 512
"""Rows made at once: their windows stay in the processor's cache."""


def row(candles: Candles) -> tuple[Floats, Flags]:
    """The features `CANDLE` of the last candle, [11], and which are missing (those are 0).

    Missing is what has too short a history, rests on a price that is not positive and finite or on a volume
    below 0, or has nothing to be measured by (no range, no volume).
    """
    series, stop = candles.series, candles.stop
    start = max(candles.start, stop - WINDOW)
    block = np.array([column[start:stop] for column in _columns(series)])
    if stop - start < WINDOW:
        block = np.concatenate((np.full((4, WINDOW - (stop - start)), np.nan), block), axis=1)
    return _measure(block, series.ts.item(stop - 1) + series.step_ms)


def rows(series: Series, ends: Ints) -> tuple[Floats, Flags]:
    """The same of many candles, [m, 11] each: row k is of the candles before index `ends[k]`.

    Raises:
        ValueError: an end is not in [1, number of candles].
    """
    if len(ends) and not (ends.min() >= 1 and ends.max() <= len(series.ts)):
        raise ValueError(f"ends are not inside [1, {len(series.ts)}]: give where each window ends")
    padded = np.full((4, WINDOW - 1 + len(series.ts)), np.nan)
    for line, column in zip(padded, _columns(series), strict=True):
        line[WINDOW - 1 :] = column
    values, missing = np.empty((len(ends), len(CANDLE))), np.empty((len(ends), len(CANDLE)), dtype=np.bool_)
    for begin in range(0, len(ends), CHUNK):
        part = slice(begin, begin + CHUNK)
        windows = ends[part, None] - 1 + np.arange(WINDOW)
        closed = series.ts[ends[part] - 1] + series.step_ms
        values[part], missing[part] = _measure(padded[:, windows], closed)
    return values, missing


def reading(candles: Candles) -> Reading:
    """The last candle's features, known from its close."""
    values, missing = row(candles)
    found = zip(CANDLE, values.tolist(), missing.tolist(), strict=True)
    return Reading({name: None if gone else value for name, value, gone in found}, candles.known_at)


def atr(candles: Candles) -> float | None:
    """Mean true range of the last 14 candles, as a fraction of price (in logs); None where it is not
    known."""
    series, stop = candles.series, candles.stop
    start = stop - ATR - 1
    if start < candles.start:
        return None
    columns = np.array([column[start:stop] for column in _columns(series)[:3]])
    with np.errstate(all="ignore"):  # What is no price has no logarithm, or leaves an infinite range.
        value = float(np.add.reduce(_ranges(*np.log(columns)))) / ATR
    return value if 0.0 < value < np.inf else None


def _columns(series: Series) -> tuple[Floats, Floats, Floats, Floats]:
    return series.high, series.low, series.close, series.volume


def _prices(raw: Floats) -> Floats:
    """What is a price; NaN for what is none."""
    return np.where((raw > 0.0) & (raw < np.inf), raw, np.nan)


def _ranges(high: Floats, low: Floats, close: Floats) -> Floats:
    """True ranges (Wilder 1978) in logs, one fewer than candles; NaN where a high is below its low."""
    before = close[..., :-1]
    true = np.maximum(high[..., 1:], before) - np.minimum(low[..., 1:], before)
    return np.where(high[..., 1:] >= low[..., 1:], true, np.nan)


def _measure(block: Floats, closed: Ints | int) -> tuple[Floats, Flags]:
    """Of [4, m, WINDOW] high, low, close and volume, and the m closes in ms: values and what is missing. Of
    [4, WINDOW] and one close the same of one candle, [11]: on plain numbers numpy is twice as fast."""
    with np.errstate(all="ignore"):
        prices = _prices(block[:3])
        high, low, close = np.log(prices)
        returns = close[..., 1:] - close[..., :-1]
        ranges = _ranges(high, low, close)
        range_now = _sums(ranges[..., -ATR:]) / ATR
        last = close[..., -1]
        found = {
            "ret_1": returns[..., -1] / (_sums(ranges[..., -ATR - 1 : -1]) / ATR),
            "ret_5": (last - close[..., -6]) / (_sums(ranges[..., -ATR - 5 : -5]) / ATR),
            "vwap_distance": (last - np.log(_vwap(prices, block[3]))) / range_now,
            "range_place": (_place(high, low, last, 20) + _place(high, low, last, 60)) / 2.0,
            **_motion(returns),
            "atr_percentile": _percentile(ranges),
            **_hours(closed),
        }
    table = np.array([found[name] for name in CANDLE]).T
    missing = ~np.isfinite(table)
    table[missing] = 0.0
    return table, missing


def _sums(rows: NDArray[Any]) -> Any:
    """Of each row; the ufunc itself, for a tenth of a decision is spent on the way to it."""
    return np.add.reduce(rows, axis=-1)


def _vwap(prices: Floats, volume: Floats) -> Any:
    """Of the last 60 candles, each at the mean of its high, low and close."""
    high, low, close = prices[..., -60:]
    weights = np.where(volume[..., -60:] >= 0.0, volume[..., -60:], np.nan)
    return _sums((high + low + close) / 3.0 * weights) / _sums(weights)


def _place(high: Floats, low: Floats, last: Floats, count: int) -> Any:
    """Where the close lies in the range of the last `count` candles: -1 at its low, 1 at its high."""
    top = np.maximum.reduce(high[..., -count:], axis=-1)
    bottom = np.minimum.reduce(low[..., -count:], axis=-1)
    return 2.0 * (last - bottom) / (top - bottom) - 1.0


def _motion(returns: Floats) -> dict[str, Any]:
    """What direction and size of the last 60 and 20 returns tell."""
    long, short = returns[..., -60:], returns[..., -20:]
    squares = long * long
    power = _sums(squares) / 60
    mean = _sums(long) / 60
    off = long - mean[..., None]
    error = np.sqrt(_sums(off * off) / (59 * 60))
    level = 0.5 * np.log(power)
    momentum = _sums(short) / _sums(np.abs(short))
    # A straight line has no error to be measured by, but for rounding.
    trend = np.where(error > 1e-9 * np.abs(mean), mean / error, np.nan)
    return {
        "trend_t": np.maximum(np.minimum(trend, TREND_MAX), -TREND_MAX),
        "oscillator_z": momentum * sqrt(2.0 * 20 / pi),
        "log_rv_60": level,
        "rv_ratio": 0.5 * np.log(_sums(squares[..., -20:]) / 20) - level,
    }


def _percentile(ranges: Floats) -> Floats:
    """Share of the last `RANKED` ATRs, the newest among them, that are below the newest."""
    sums = np.cumsum(ranges[..., -(RANKED + ATR - 1) :], axis=-1)
    averages = sums[..., ATR - 1 :].copy()
    averages[..., 1:] -= sums[..., :-ATR]
    newest = averages[..., -1:]
    return np.where(newest[..., 0] > 0.0, _sums(averages < newest) / RANKED, np.nan)


def _hours(closed: Ints | int) -> dict[str, Any]:
    angle = (closed % DAY_MS) * (2.0 * pi / DAY_MS)
    return {"hour_sin": np.sin(angle), "hour_cos": np.cos(angle)}
