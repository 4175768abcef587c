"""What strategies are written with. Averages take a length alone, over the close, or a series and a length.

Lengths are in candles; a timeframe after them, as in `ema(50, "1h")`, asks for slower candles. A result is
NaN, and any comparison with it false, for its first candles: its warm-up.
"""

from __future__ import annotations

import numpy as np

from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Apply, Array, Column, Expr, Operand, number, series
from barfinex.sdk.operators import Deviation, Ema, Shift, Wilder, Window
from barfinex.sdk.slower import Slow, timed

LENGTH_MAX = 100_000

open = Expr(Column("open"))  # noqa: A001  # the word of the trade
high = Expr(Column("high"))
low = Expr(Column("low"))
close = Expr(Column("close"))
volume = Expr(Column("volume"))
typical = (high + low + close) / 3.0


def _length(n: object) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= LENGTH_MAX:
        reason = f"is no whole number of candles from 1 to {LENGTH_MAX}"
        raise BadInput(f"length {n!r}", reason, "Write ema(20) or ema(close, 20).")
    return n


def _over(of: Expr | int, n: int | str | None, timeframe: Slow = None) -> tuple[Expr, int, Slow]:
    """What was meant by (20), (20, "1h"), (high, 20) or (high, 20, "1h")."""
    if isinstance(n, str) and timeframe is None:
        n, timeframe = None, n
    return (close, _length(of), timeframe) if n is None else (_numbers(of), _length(n), timeframe)


def _numbers(of: object) -> Expr:
    if not isinstance(of, Expr) or of.is_truth:
        raise BadInput(
            f"{of!r}", "is no series of numbers", "Use close, high, ema(20) or an expression of them."
        )
    return of


def ema(of: Expr | int, n: int | str | None = None, timeframe: Slow = None) -> Expr:
    """Exponential moving average: y += 2 / (n + 1) (x - y), seeded with the first value. Warm-up n - 1."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, Expr(Ema(n), (of,)))


def sma(of: Expr | int, n: int | str | None = None, timeframe: Slow = None) -> Expr:
    """Mean of the last n values. Warm-up n - 1."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, Expr(Window(np.add, n), (of,)) / float(n))


def wilder(of: Expr | int, n: int | str | None = None, timeframe: Slow = None) -> Expr:
    """Wilder's average: y += (x - y) / n, seeded with the mean of n (Wilder 1978). Warm-up n - 1."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, Expr(Wilder(n), (of,)))


def strength(gain: Array, loss: Array) -> Array:
    """Wilder's relative strength of averaged gains and losses."""
    return np.where(loss == 0.0, 100.0, 100.0 - 100.0 / (1.0 + gain / loss))


def rsi(of: Expr | int, n: int | str | None = None, timeframe: Slow = None) -> Expr:
    """Relative strength in [0, 100]: 100 - 100 / (1 + gain / loss) of averaged changes; 100 without losses.

    The averages are Wilder's (Wilder 1978). Warm-up n: the first n changes are averaged.
    """
    of, n, timeframe = _over(of, n, timeframe)
    change = of - shift(of, 1)
    gain, loss = wilder(maximum(change, 0.0), n), wilder(maximum(-change, 0.0), n)
    return timed(timeframe, number(strength, gain, loss))


def true_range() -> Expr:
    """Span of the candle and the close before it, in quote units. Warm-up 1 (Wilder 1978)."""
    before = shift(close, 1)
    return maximum(high, before) - minimum(low, before)


def atr(n: int = 14, timeframe: Slow = None) -> Expr:
    """Average true range: Wilder's average of `true_range`, in quote units. Warm-up n."""
    return timed(timeframe, wilder(true_range(), n))


def stdev(of: Expr | int, n: int | str | None = None, timeframe: Slow = None) -> Expr:
    """Population standard deviation of the last n values. Warm-up n - 1."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, Expr(Deviation(n), (of,)))


def bollinger_upper(
    of: Expr | int, n: int | str | None = None, width: float = 2.0, timeframe: Slow = None
) -> Expr:
    """sma + width x stdev. Warm-up n - 1 (Bollinger 2001)."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, sma(of, n) + width * stdev(of, n))


def bollinger_lower(
    of: Expr | int, n: int | str | None = None, width: float = 2.0, timeframe: Slow = None
) -> Expr:
    """sma - width x stdev. Warm-up n - 1 (Bollinger 2001)."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, sma(of, n) - width * stdev(of, n))


def macd(fast: int = 12, slow: int = 26, timeframe: Slow = None) -> Expr:
    """ema(fast) - ema(slow) in quote units (Appel 1979); signal line: `ema(macd(), 9)`. Warm-up slow - 1."""
    return timed(timeframe, ema(fast) - ema(slow))


def shift(of: Expr, n: int = 1) -> Expr:
    """The value n candles ago; NaN, or false, for the first n."""
    return Expr(Shift(_length(n), of.is_truth), (of,))


def highest(of: Expr, n: int) -> Expr:
    """Greatest of the last n values, this one's included: `close > shift(highest(high, 20), 1)`."""
    return Expr(Window(np.maximum, _length(n)), (_numbers(of),))


def lowest(of: Expr, n: int) -> Expr:
    """Least of the last n values, this candle's included."""
    return Expr(Window(np.minimum, _length(n)), (_numbers(of),))


def rising(of: Expr, n: int = 1) -> Expr:
    """True when each of the last n steps was up. Warm-up n."""
    return lowest(of - shift(of, 1), n) > 0.0


def falling(of: Expr, n: int = 1) -> Expr:
    """True when each of the last n steps was down. Warm-up n."""
    return highest(of - shift(of, 1), n) < 0.0


def crosses_above(a: Expr, b: Operand) -> Expr:
    """True when a > b at this candle and a <= b at the one before; false while either is unknown."""
    return (a > b) & shift(a <= b, 1)


def crosses_below(a: Expr, b: Operand) -> Expr:
    """True when a <= b at this candle and a > b at the one before; false while either is unknown."""
    return (a <= b) & shift(a > b, 1)


def between(of: Expr, least: Operand, most: Operand) -> Expr:
    """True when least <= x <= most."""
    return (of >= least) & (of <= most)


def _counted(x: Array) -> Array:
    return np.asarray(x, np.float64)


def count(when: Expr, n: int) -> Expr:
    """At how many of the last n candles it was true, this one's included. Warm-up n - 1."""
    if not when.is_truth:
        raise BadInput("count()", f"is given {when!r}", "Give what is true or false: close > open.")
    return Expr(Window(np.add, _length(n)), (Expr(Apply(_counted), (when,)),))


def within(when: Expr, n: int) -> Expr:
    """True when it was true at one of the last n candles, this one's included. Warm-up n - 1."""
    return count(when, n) > 0.0


def change(of: Expr | int = 1, n: int | str | None = None, timeframe: Slow = None) -> Expr:
    """Fraction gained over n candles: x / x[n ago] - 1. Warm-up n."""
    of, n, timeframe = _over(of, n, timeframe)
    return timed(timeframe, of / shift(of, n) - 1.0)


def maximum(a: Operand, b: Operand) -> Expr:
    """The greater of two series at each candle."""
    return number(np.maximum, a, b)


def minimum(a: Operand, b: Operand) -> Expr:
    """The lesser of two series at each candle."""
    return number(np.minimum, a, b)


def clip(x: Array, start: Array, full: Array) -> Array:
    """From 0 at `start` to 1 at `full`."""
    degree: Array = np.minimum(np.maximum((x - start) / (full - start), 0.0), 1.0)
    return degree


def soft(of: Expr, start: float, full: float) -> Expr:
    """A degree for a condition: 0 at `start`, 1 at `full`, linear between; `full` may be the lesser."""
    if start == full:
        raise BadInput("soft()", f"start and full are both {start}", "Use a comparison for an edge.")
    return Expr(Apply(clip), (_numbers(of), series(start), series(full)))
