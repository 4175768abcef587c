"""Averages, trend and channel indicators; those of TA-Lib keep its values, warm-up and sources.

Lengths are in candles, prices in quote units. A last argument such as "1h" asks for a slower timeframe.
"""

from __future__ import annotations

from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Expr
from barfinex.sdk.indicators import atr, close, ema, high, highest, low, lowest
from barfinex.sdk.slower import Slow, timed
from barfinex.sdk.talibs import ta

Length = int


def wma(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Linearly weighted average: weights 1 to n, the newest the greatest. Warm-up n - 1."""
    return timed(timeframe, ta("WMA", of, timeperiod=n))


def hma(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Hull's average: wma(2 wma(n/2) - wma(n), sqrt n) (Hull 2005)."""
    return timed(timeframe, ta("HMA", of, timeperiod=n))


def dema(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Double exponential average: 2 ema - ema(ema) (Mulloy 1994). Warm-up 2n - 2."""
    return timed(timeframe, ta("DEMA", of, timeperiod=n))


def tema(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Triple exponential average: 3 ema - 3 ema(ema) + ema(ema(ema)) (Mulloy 1994). Warm-up 3n - 3."""
    return timed(timeframe, ta("TEMA", of, timeperiod=n))


def kama(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Kaufman's adaptive average: quick in a trend, slow in noise (Kaufman 1995). Warm-up n."""
    return timed(timeframe, ta("KAMA", of, timeperiod=n))


def adx(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Strength of a trend of either direction, in [0, 100] (Wilder 1978). Warm-up 2n - 1."""
    return timed(timeframe, ta("ADX", high, low, close, timeperiod=n))


def plus_di(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Upward directional movement as a share of the true range, in [0, 100] (Wilder 1978). Warm-up n."""
    return timed(timeframe, ta("PLUS_DI", high, low, close, timeperiod=n))


def minus_di(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Downward directional movement as a share of the true range, in [0, 100] (Wilder 1978). Warm-up n."""
    return timed(timeframe, ta("MINUS_DI", high, low, close, timeperiod=n))


def aroon(n: Length = 14, timeframe: Slow = None) -> Expr:
    """Aroon up less Aroon down, in [-100, 100]: how fresh the highest high is against the lowest low
    (Chande 1995). Warm-up n."""
    return timed(timeframe, ta("AROONOSC", high, low, timeperiod=n))


def psar(acceleration: float = 0.02, maximum: float = 0.2, timeframe: Slow = None) -> Expr:
    """Parabolic stop and reverse, a price (Wilder 1978). Warm-up 1."""
    return timed(timeframe, ta("SAR", high, low, acceleration=acceleration, maximum=maximum))


def supertrend(n: Length = 10, width: float = 3.0, timeframe: Slow = None) -> Expr:
    """SuperTrend's line, a price: below the market while it rises, above while it falls; `width` in ATR(n)
    (Seban). Warm-up n."""
    return timed(timeframe, ta("SUPERTREND", high, low, close, timeperiod=n, multiplier=width))


def supertrend_up(n: Length = 10, width: float = 3.0, timeframe: Slow = None) -> Expr:
    """True while SuperTrend says that the market rises. Warm-up n."""
    side = ta("SUPERTREND", high, low, close, output="trend", timeperiod=n, multiplier=width)
    return timed(timeframe, side > 0.0)


def donchian_upper(n: Length = 20, timeframe: Slow = None) -> Expr:
    """Highest high of the last n candles, this one's included (Donchian). Warm-up n - 1."""
    return timed(timeframe, highest(high, n))


def donchian_lower(n: Length = 20, timeframe: Slow = None) -> Expr:
    """Lowest low of the last n candles, this one's included (Donchian). Warm-up n - 1."""
    return timed(timeframe, lowest(low, n))


def keltner_upper(n: Length = 20, width: float = 2.0, timeframe: Slow = None) -> Expr:
    """ema(n) + width x atr(n) (Keltner 1960, after Raschke). Warm-up n."""
    return timed(timeframe, ema(n) + _wide(width) * atr(n))


def keltner_lower(n: Length = 20, width: float = 2.0, timeframe: Slow = None) -> Expr:
    """ema(n) - width x atr(n) (Keltner 1960, after Raschke). Warm-up n."""
    return timed(timeframe, ema(n) - _wide(width) * atr(n))


def _wide(width: float) -> float:
    if not width > 0.0:
        raise BadInput("keltner", f"has the width {width!r}", "Give a number above 0.")
    return width


def to_low(n: Length, timeframe: Slow = None) -> Expr:
    """From the close down to the lowest low of n candles, as a fraction of the close: a long's stop below
    structure, as `Bracket(stop=to_low(20))`. Warm-up n - 1."""
    return timed(timeframe, (close - lowest(low, n)) / close)


def to_high(n: Length, timeframe: Slow = None) -> Expr:
    """From the close up to the highest high of n candles, as a fraction of the close: a short's stop above
    structure. Warm-up n - 1."""
    return timed(timeframe, (highest(high, n) - close) / close)


def slope(n: Length, timeframe: Slow = None, of: Expr = close) -> Expr:
    """Slope of the least-squares line through the last n values, in units a candle. Warm-up n - 1."""
    return timed(timeframe, ta("LINEARREG_SLOPE", of, timeperiod=n))
