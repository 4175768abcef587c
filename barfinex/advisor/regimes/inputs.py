"""What a regime is read from: exponentially weighted figures of the log returns, six to a candle.

Every figure is a recursion whose state is carried from block to block: a candle's numbers are the same to the
last bit whatever blocks it came in, and rest on nothing after it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from barfinex.domain.candles import Floats

FAST, MIDDLE, SLOW = 1 / 24, 1 / 48, 1 / 240
"""Weight of the newest candle."""
WARM = 60
"""Candles after which the figures tell of the market more than of their beginning."""
FLOOR = 1e-12
"""Variance below which a price stands still: a millionth a candle."""
VOL, VOL_SLOW, TREND, EFFICIENCY, VOL_OF_VOL, SURPRISE = range(6)
"""Rows of what `measure` gives."""
COLUMNS = 6


class Carried(NamedTuple):
    """Where the recursions stand: `taken` candles, their last log close, volatility and slow variance,
    the filters' states, and the last figures [6] (NaN before the first)."""

    taken: int
    log_close: float
    vol: float
    slow: float
    fast: Floats
    middle: Floats
    far: Floats
    figures: Floats


def fresh() -> Carried:
    """Before the first candle."""
    nothing = np.full(COLUMNS, np.nan)
    return Carried(0, 0.0, 0.0, 0.0, np.zeros(1), np.zeros((4, 1)), np.zeros(1), nothing)


def measure(carried: Carried, close: Floats) -> tuple[Floats, Carried]:
    """The figures of each candle, [6, n], and where the recursions then stand.

    - VOL, VOL_SLOW: ln of the deviation per candle, of EW squared returns over 24 and 240 candles;
    - TREND: EW mean return over 48 candles in its own standard errors, signed;
    - EFFICIENCY: |EW mean| over EW mean of |return|, in [0, 1]: 1 is a straight line;
    - VOL_OF_VOL: EW mean of |change of VOL| over 48 candles;
    - SURPRISE: squared return over the slow variance that was known before it; 1 for the first.

    The sums are weighed as if they had begun full (divided by 1 - (1 - weight)^n), as Adam does (Kingma and
    Ba 2015). A close that is no positive finite number moves nothing: the figures before it stand.

    Args:
        close: [n], n >= 1, quote units.
    """
    usable = (close > 0.0) & (close < np.inf)
    if usable.all():
        return _recur(carried, np.log(close))
    table, after = carried.figures[:, None], carried
    if usable.any():
        found, after = _recur(carried, np.log(close[usable]))
        table = np.concatenate((table, found), axis=1)
    return np.ascontiguousarray(table[:, np.cumsum(usable)]), after


def _recur(carried: Carried, logs: Floats) -> tuple[Floats, Carried]:
    first = carried.taken == 0
    returns = logs - _behind(logs, logs.item(0) if first else carried.log_close)
    squares = returns * returns
    counts = np.arange(carried.taken + 1, carried.taken + 1 + len(logs), dtype=np.float64)
    fast, fast_state = smooth(FAST, squares, carried.fast)
    slow, far = smooth(SLOW, squares, carried.far)
    variance, slow = fast / filled(FAST, counts), slow / filled(SLOW, counts)
    table = np.empty((COLUMNS, len(logs)))
    vol = np.multiply(np.log(variance + FLOOR), 0.5, out=table[VOL])
    np.multiply(np.log(slow + FLOOR), 0.5, out=table[VOL_SLOW])
    changes = np.abs(vol - _behind(vol, vol.item(0) if first else carried.vol))
    steps = np.stack((returns, np.abs(returns), squares, changes))
    middle, middle_state = smooth(MIDDLE, steps, carried.middle)
    middle /= filled(MIDDLE, counts)
    mean, path, power, table[VOL_OF_VOL] = middle
    # Independent returns: Var(EW mean) = variance x weight / (2 - weight).
    np.divide(mean, np.sqrt((power + FLOOR) * (MIDDLE / (2.0 - MIDDLE))), out=table[TREND])
    np.divide(np.abs(mean), path + FLOOR, out=table[EFFICIENCY])
    np.divide(squares, _behind(slow, carried.slow) + FLOOR, out=table[SURPRISE])
    if carried.taken <= 1:
        table[SURPRISE, : 2 - carried.taken] = 1.0
    return table, Carried(
        carried.taken + len(logs),
        logs.item(-1),
        vol.item(-1),
        slow.item(-1),
        fast_state,
        middle_state,
        far,
        table[:, -1].copy(),
    )


def _behind(values: Floats, before: float) -> Floats:
    """Each value's predecessor, `before` the first one's."""
    shifted = np.empty_like(values)
    shifted[0] = before
    shifted[1:] = values[:-1]
    return shifted


def smooth(weight: float, values: Floats, state: Floats) -> tuple[Floats, Floats]:
    """s = (1 - weight) s + weight x along the last axis from s = 0, and the filter's state after it."""
    # scipy.signal takes most of a second to import: only who trades with regimes shall wait for it.
    from scipy.signal import lfilter

    smoothed, after = lfilter([weight], [1.0, weight - 1.0], values, zi=state)
    return smoothed, after


def filled(weight: float, counts: Floats) -> Floats:
    """How much of a weighted mean's weight `counts` values have."""
    return np.asarray(-np.expm1(counts * np.log1p(-weight)))
