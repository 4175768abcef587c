"""Fifty conditions that see the future or repaint, and fifty that do neither.

Each cheat is one that people have traded on: what a whole column tempts one to write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from barfinex import sdk
from barfinex.sdk import Columns, Condition, close, high, low, on, open, volume  # noqa: A004  # the word of the trade

Shown = Columns
Function = Callable[[Shown], Any]


def _after(x: Any, n: int) -> Any:
    """The value n candles later; the last ones see themselves."""
    return x[np.minimum(np.arange(len(x)) + n, len(x) - 1)]


def _rank(x: Any) -> Any:
    return np.argsort(np.argsort(x)) / max(len(x), 1)


def _centred(x: Any, n: int) -> Any:
    return np.convolve(np.pad(x, n // 2, mode="edge"), np.ones(n) / n, mode="valid")[: len(x)]


def _smooth(x: Any) -> Any:
    parts = np.fft.rfft(x)
    parts[max(2, len(parts) // 10) :] = 0
    return np.fft.irfft(parts, len(x))


def _fitted(x: Any, degree: int) -> Any:
    at = np.arange(len(x))
    return np.polyval(np.polyfit(at, x, min(degree, len(x) - 1)), at) if len(x) > 1 else x


def _pivots(x: Any, n: int, best: Callable[..., Any]) -> Any:
    """Whether a candle is the extreme of the n on either side: only later candles tell."""
    padded = np.pad(x, n, mode="edge")
    return x == best(sliding_window_view(padded, 2 * n + 1), axis=1)


def _kept(function: Callable[[list[float], Shown], Any]) -> Function:
    """With a memory of its own, which every call adds to."""
    memory: list[float] = []
    return lambda x: function(memory, x)


def _count_calls(memory: list[float], x: Shown) -> Any:
    memory.append(0.0)
    return np.full(len(x), float(len(memory) % 3 == 0))


def _best_so_far(memory: list[float], x: Shown) -> Any:
    memory.append(float(x.high.max()))
    return x.close > 0.97 * max(memory)


def _seen_before(memory: list[float], x: Shown) -> Any:
    known = [one in memory for one in x.close]
    memory.extend(x.close)
    return np.array(known)


CHEATS: dict[str, Function] = {
    "next close": lambda x: _after(x.close, 1) > x.close,
    "next open": lambda x: _after(x.open, 1) > x.close,
    "next high": lambda x: _after(x.high, 1) > x.high,
    "five ahead": lambda x: _after(x.close, 5) > x.close,
    "rolled": lambda x: np.roll(x.close, -1) > x.close,
    "rolled twice": lambda x: np.roll(x.low, -2) > x.low,
    "appended": lambda x: np.append(x.close[1:] > x.close[:-1], False),
    "whole mean": lambda x: x.close > x.close.mean(),
    "whole median": lambda x: x.close > np.median(x.close),
    "whole deviation": lambda x: np.abs(x.close - x.close[0]) > x.close.std(),
    "whole maximum": lambda x: x.close > 0.98 * x.high.max(),
    "whole minimum": lambda x: x.close < 1.02 * x.low.min(),
    "whole quantile": lambda x: x.volume > np.quantile(x.volume, 0.9),
    "normalised": lambda x: (x.close - x.close.min()) / (np.ptp(x.close) + 1e-9) > 0.8,
    "standardised": lambda x: (x.volume - x.volume.mean()) / (x.volume.std() + 1e-9) > 1.5,
    "ranked": lambda x: _rank(x.close) > 0.9,
    "percentile rank of returns": lambda x: _rank(np.diff(x.close, prepend=x.close[0])) > 0.95,
    "last close": lambda x: x.close < x.close[-1],
    "last volume": lambda x: x.volume > x.volume[-1],
    "from the end": lambda x: np.arange(len(x))[::-1] % 7 == 0,
    "length": lambda x: np.full(len(x), float(len(x) % 2)),
    "centred average": lambda x: x.close > _centred(x.close, 5),
    "centred volume": lambda x: x.volume > 1.5 * _centred(x.volume, 9),
    "same convolution": lambda x: x.close > np.convolve(x.close, np.ones(7) / 7, mode="same")[: len(x)],
    "fourier": lambda x: x.close > _smooth(x.close),
    "line": lambda x: x.close > _fitted(x.close, 1),
    "cubic": lambda x: x.close < _fitted(x.close, 3),
    "gradient": lambda x: np.gradient(x.close) > 0 if len(x) > 1 else np.zeros(1),
    "second gradient": lambda x: np.gradient(np.gradient(x.close)) > 0 if len(x) > 1 else np.zeros(1),
    "pivot low": lambda x: _pivots(x.low, 3, np.min),
    "pivot high": lambda x: ~_pivots(x.high, 2, np.max),
    "swing": lambda x: _pivots(x.close, 5, np.min),
    "reversed sum": lambda x: np.cumsum(x.volume[::-1])[::-1] > x.volume.sum() / 2,
    "reversed maximum": lambda x: x.close < np.maximum.accumulate(x.high[::-1])[::-1] * 0.99,
    "reversed minimum": lambda x: x.low <= np.minimum.accumulate(x.low[::-1])[::-1],
    "filled backwards": lambda x: (
        np.interp(np.arange(len(x)), np.arange(0, len(x), 4), x.close[::4]) > x.close
    ),
    "resampled whole": lambda x: (
        x.close > np.repeat(x.close[:: max(1, len(x) // 10)], max(1, len(x) // 10) + 1)[: len(x)]
        if len(x) > 20
        else np.zeros(len(x))
    ),
    "hour's own high": lambda x: x.high >= _hourly(x.high, np.max),
    "hour's own close": lambda x: x.close < _hourly(x.close, lambda one: one[-1]),
    "sorted": lambda x: x.close > np.sort(x.close)[len(x) // 2],
    "running mean from the first shown": lambda x: x.close > np.cumsum(x.close) / np.arange(1, len(x) + 1),
    "vwap from the first shown": lambda x: x.close > np.cumsum(x.close * x.volume) / np.cumsum(x.volume),
    "own average from the first shown": lambda x: x.close > _recursive(x.close),
    "drawdown from the first shown": lambda x: x.close < 0.99 * np.maximum.accumulate(x.close),
    "correlation": lambda x: np.full(
        len(x), float(np.corrcoef(x.close, x.volume)[0, 1] > 0 if len(x) > 2 else 0)
    ),
    "argmax": lambda x: np.arange(len(x)) == np.argmax(x.high),
    "histogram": lambda x: np.digitize(x.close, np.histogram(x.close, 10)[1]) > 8,
    "calls counted": _kept(_count_calls),
    "best ever seen": _kept(_best_so_far),
    "seen before": _kept(_seen_before),
}


def _hourly(x: Any, of: Callable[[Any], Any]) -> Any:
    """A figure of the whole hour at each of its candles, the first included."""
    return np.concatenate([np.full(len(part), of(part)) for part in np.array_split(x, max(1, len(x) // 60))])


def _recursive(x: Any) -> Any:
    found = np.empty(len(x))
    for at, value in enumerate(x):
        found[at] = value if not at else found[at - 1] + 0.1 * (value - found[at - 1])
    return found


def _window(x: Any, n: int, of: Callable[..., Any]) -> Any:
    """Over the last n values; false where there are fewer, or where one is not known."""
    windows = sliding_window_view(np.concatenate((np.full(n - 1, np.nan), x)), n)
    return of(windows)


HONEST: dict[str, Any] = {
    "average": close > sdk.ema(20),
    "cross": sdk.crosses_above(sdk.ema(9), sdk.ema(21)),
    "cross down": sdk.crosses_below(sdk.sma(5), sdk.sma(20)),
    "oversold": sdk.rsi(14) < 35,
    "soft": sdk.soft(sdk.rsi(14), 50, 70),
    "band": close < sdk.bollinger_lower(20),
    "breakout": close > sdk.shift(sdk.highest(high, 20), 1),
    "breakdown": close < sdk.shift(sdk.lowest(low, 20), 1),
    "calm": sdk.atr(10) < sdk.atr(40),
    "busy": volume > sdk.sma(volume, 30),
    "rising": sdk.rising(close, 3),
    "falling": sdk.falling(sdk.ema(5), 2),
    "body": abs(close - open) > 0.6 * (high - low),
    "change": sdk.change(5) > 0.002,
    "macd": sdk.macd() > sdk.macd_signal(),
    "histogram": sdk.rising(sdk.macd_histogram(), 2),
    "adx": sdk.adx(14) > 25,
    "di": sdk.plus_di(14) > sdk.minus_di(14),
    "stoch": sdk.crosses_above(sdk.stoch_k(), sdk.stoch_d()),
    "cci": sdk.cci(20) > 100,
    "mfi": sdk.mfi(14) < 40,
    "obv": sdk.obv() > sdk.sma(sdk.obv(), 20),
    "cmf": sdk.cmf(20) > 0,
    "kama": close > sdk.kama(10),
    "hull": sdk.rising(sdk.hma(16), 2),
    "supertrend": sdk.supertrend_up(),
    "psar": close > sdk.psar(),
    "donchian": close >= sdk.donchian_upper(20),
    "keltner": close > sdk.keltner_upper(20),
    "aroon": sdk.aroon(14) > 50,
    "williams": sdk.williams_r(14) < -80,
    "slope": sdk.slope(14) > 0,
    "zscore": sdk.zscore(20) < -1.5,
    "vwma": close > sdk.vwma(20),
    "vwap of the hour": close > sdk.vwap("1h"),
    "engulfing": sdk.bullish("engulfing"),
    "relative volume": sdk.relative_volume(20) > 1.5,
    "within": sdk.within(sdk.rsi(14) < 40, 5),
    "count": sdk.count(close > open, 5) >= 4,
    "session": sdk.session("08:00", "16:30"),
    "hour": sdk.between(sdk.hour, 6, 18),
    "slower average": close > sdk.ema(5, "15m"),
    "slower trend": on("1h", close > open),
    "slower rsi": sdk.rsi(7, "5m") < 45,
    "and or not": ((close > sdk.ema(10)) & (volume > sdk.sma(volume, 10))) | ~(close > open),
    "plain body": lambda x: x.close > x.open,
    "plain range": lambda x: (x.high - x.low) > 0.004 * x.close,
    "plain before": Condition(
        "it", lambda x: np.concatenate(([False], x.close[1:] > x.close[:-1])), lookback=1
    ),
    "plain window": Condition(
        "it", lambda x: x.close > _window(x.close, 10, lambda w: w.mean(axis=1)), lookback=9
    ),
    "plain highest": Condition(
        "it", lambda x: x.close >= _window(x.high, 5, lambda w: w.max(axis=1)) * 0.999, lookback=4
    ),
}
