"""Oscillators and candle patterns; those of TA-Lib keep its values, warm-up and sources.

Lengths are in candles. A last argument such as "1h" asks for a slower timeframe.
"""

from __future__ import annotations

from barfinex.sdk.expressions import Expr
from barfinex.sdk.indicators import close, ema, high, low, macd, open, sma, stdev  # noqa: A004  # the word of the trade
from barfinex.sdk.slower import Slow, timed
from barfinex.sdk.talibs import ta
from barfinex.sdk.trends import Length


def stoch_k(n: Length = 14, smooth: Length = 3, timeframe: Slow = None) -> Expr:
    """Slow %K in [0, 100]: where the close lies in the range of n candles, averaged over `smooth` (Lane).
    Warm-up as %D's of the same lengths."""
    return timed(
        timeframe, ta("STOCH", high, low, close, output="slowk", fastk_period=n, slowk_period=smooth)
    )


def stoch_d(n: Length = 14, smooth: Length = 3, average: Length = 3, timeframe: Slow = None) -> Expr:
    """Slow %D in [0, 100]: %K averaged over `average` candles (Lane). Warm-up n + smooth + average - 3."""
    params = {"fastk_period": n, "slowk_period": smooth, "slowd_period": average}
    return timed(timeframe, ta("STOCH", high, low, close, output="slowd", **params))


def stoch_rsi(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Where the RSI(n) lies in its own range of 5 candles, in [0, 100] (Chande and Kroll 1994)."""
    return timed(timeframe, ta("STOCHRSI", close, output="fastk", timeperiod=n))


def cci(n: Length = 20, timeframe: Slow = None) -> Expr:
    """(typical - its mean) / (0.015 x mean deviation) (Lambert 1980). Warm-up n - 1."""
    return timed(timeframe, ta("CCI", high, low, close, timeperiod=n))


def williams_r(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Where the close lies below the highest high of n candles, in [-100, 0] (Williams). Warm-up n - 1."""
    return timed(timeframe, ta("WILLR", high, low, close, timeperiod=n))


def roc(n: Length = 10, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Change over n candles, in per cent. Warm-up n."""
    return timed(timeframe, ta("ROC", of, timeperiod=n))


def momentum(n: Length = 10, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Change over n candles, in the units of the series. Warm-up n."""
    return timed(timeframe, ta("MOM", of, timeperiod=n))


def cmo(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Chande's momentum: gains less losses over their sum, in [-100, 100] (Chande 1994). Warm-up n."""
    return timed(timeframe, ta("CMO", close, timeperiod=n))


def ultimate(timeframe: Slow = None) -> Expr:
    """Ultimate oscillator over 7, 14 and 28 candles, in [0, 100] (Williams 1985). Warm-up 28."""
    return timed(timeframe, ta("ULTOSC", high, low, close))


def trix(n: Length = 30, timeframe: Slow = None) -> Expr:
    """Change a candle of a triple exponential average, in per cent (Hutson 1983). Warm-up 3n - 2."""
    return timed(timeframe, ta("TRIX", close, timeperiod=n))


def macd_signal(fast: Length = 12, slow: Length = 26, signal: Length = 9, timeframe: Slow = None) -> Expr:
    """Exponential average of `macd(fast, slow)` (Appel 1979). Warm-up slow + signal - 2."""
    return timed(timeframe, ema(macd(fast, slow), signal))


def macd_histogram(fast: Length = 12, slow: Length = 26, signal: Length = 9, timeframe: Slow = None) -> Expr:
    """`macd` less its signal line, in quote units (Aspray 1986). Warm-up slow + signal - 2."""
    return timed(timeframe, macd(fast, slow) - ema(macd(fast, slow), signal))


def zscore(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """(x - mean) / standard deviation over n values; inf or NaN where nothing moved. Warm-up n - 1."""
    return timed(timeframe, (of - sma(of, n)) / stdev(of, n))


def bullish(pattern: str, timeframe: Slow = None) -> Expr:
    """True at a candle that ends a bullish pattern of TA-Lib: `bullish("engulfing")`, `bullish("hammer")`.

    Raises:
        BadInput: no such pattern.
    """
    return timed(timeframe, _pattern(pattern) > 0.0)


def bearish(pattern: str, timeframe: Slow = None) -> Expr:
    """True at a candle that ends a bearish pattern of TA-Lib: `bearish("engulfing")`.

    Raises:
        BadInput: no such pattern.
    """
    return timed(timeframe, _pattern(pattern) < 0.0)


def _pattern(name: str) -> Expr:
    return ta(f"CDL{name.upper().replace('_', '').replace(' ', '')}", open, high, low, close)
