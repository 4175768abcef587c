"""How the price has moved up to a candle: what quality, rules and costs are judged by."""

from __future__ import annotations

from bisect import bisect_right
from math import isfinite, sqrt

import numpy as np

from barfinex.domain.candles import Candles, Floats, Provenance
from barfinex.domain.value import Value

WINDOW = 121
"""Candles looked at, so 120 returns: a decision costs the same after a day and after a year."""
USUAL, RECENT, RANGES = 60, 20, 14
TREND_MAX = 20.0
SESSIONS_ABSENT = 0.05
"""A market that lacks more of its candles than these closes at times."""
GAPS_MIN = 3
"""Gaps from which a habit is seen: one outage, however long, is none."""


class Motion(Value, frozen=True):
    """Facts of the last candles, at most 121, up to one.

    `volatility` is the standard deviation of the last 60 log returns (a fraction of price per candle),
    `trend` the t-statistic of their mean (within ±20), `volatility_ratio` the deviation of the last 20 over
    that of the window, `atr` the mean true range of 14 candles as a fraction of price, `jump` the last return
    in deviations. Shares are of the window: `idle` had no range, `unsure` were repaired or made up, `absent`
    are missing between the first and the last, beyond what this market usually lacks. `closed_at` is when the
    last was known, ms UTC; `final` is of it alone. `sound` is False when the prices give no finite figures;
    these are neutral then.
    """

    candles: int
    price: float
    volatility: float = 0.0
    volatility_ratio: float = 1.0
    trend: float = 0.0
    atr: float = 0.0
    jump: float = 0.0
    idle: float = 0.0
    unsure: float = 0.0
    absent: float = 0.0
    closed_at: int = 0
    step_ms: int = 0
    final: bool = False
    sound: bool = False


def known(held: Candles, candle_ts: int) -> int:
    """Where the candles up to `candle_ts` end in the series; 0 when there are none (I17)."""
    ts, stop = held.series.ts, held.stop
    if ts.item(stop - 1) > candle_ts:
        stop = bisect_right(ts, candle_ts, held.start, stop)
    return stop if stop > held.start else 0


def motion_of(held: Candles | None, candle_ts: int, price: float) -> Motion:
    """The motion up to the candle that starts at `candle_ts`; `price` stands in where there is none."""
    end = 0 if held is None else known(held, candle_ts)
    if held is None or end == 0:
        return Motion(0, price)
    series = held.series
    begin = max(held.start, end - WINDOW)
    count = end - begin
    close, high, low = series.close[begin:end], series.high[begin:end], series.low[begin:end]
    with np.errstate(all="ignore"):
        logs = np.log(close)
        returns = logs[1:] - logs[:-1]
        atr = _true_range(high, low, close)
    moments = _measure(logs, returns)
    span = (series.ts.item(end - 1) - series.ts.item(begin)) // series.step_ms + 1
    return Motion(
        count,
        series.close.item(end - 1) if moments is not None else price,
        *(moments or (0.0, 1.0, 0.0)),
        atr,
        _jump(returns, moments),
        int(np.count_nonzero(high <= low)) / count,
        series.unsure(begin, end) / count,
        max(0.0, 1.0 - count / span - usually_absent(held, end)),
        series.ts.item(end - 1) + series.step_ms,
        series.step_ms,
        series.worst(end - 1, end) is Provenance.FINAL,
        moments is not None,
    )


def usually_absent(held: Candles, end: int) -> float:
    """The share of candles that the market usually does not have, before the last 121 up to `end`: nights and
    weekends where it closes, near none where it does not; 0 while too little is held, or they are missing in
    fewer than three gaps."""
    series, stop = held.series, end - WINDOW
    count = stop - held.start
    if count < WINDOW:
        return 0.0
    span = (series.ts.item(stop - 1) - series.ts.item(held.start)) // series.step_ms + 1
    if count == span:
        return 0.0
    gaps = np.count_nonzero(np.diff(series.ts[held.start : stop]) > series.step_ms)
    return 1.0 - count / span if gaps >= GAPS_MIN else 0.0


def has_sessions(held: Candles, candle_ts: int) -> bool:
    """Whether the market closes at times."""
    return usually_absent(held, known(held, candle_ts)) > SESSIONS_ABSENT


def _true_range(high: Floats, low: Floats, close: Floats) -> float:
    """Mean true range over the last 14 candles, a fraction of the last close (Wilder 1978); 0 when it cannot
    be told."""
    high, low, close = high[-RANGES:], low[-RANGES:], close[-RANGES - 1 :]
    before = close[:-1] if len(close) > len(high) else np.concatenate((low[:1], close[:-1]))
    spans = np.maximum(high, before) - np.minimum(low, before)
    share = float(np.add.reduce(spans) / len(spans) / close[-1])
    return share if isfinite(share) and share > 0.0 else 0.0


def _jump(returns: Floats, moments: tuple[float, float, float] | None) -> float:
    """The last log return in deviations of those before it."""
    if moments is None or len(returns) < 2:
        return 0.0
    before = returns[-USUAL:-1]
    deviation = sqrt(float(before.dot(before)) / len(before))
    return returns.item(-1) / deviation if deviation > 0.0 else 0.0


def _measure(logs: Floats, returns: Floats) -> tuple[float, float, float] | None:
    """Volatility, its ratio and trend in one pass over the log returns; None when they are not finite."""
    if len(returns) < 2 or not isfinite(float(returns.dot(returns))):
        return (0.0, 1.0, 0.0) if len(returns) < 2 and isfinite(float(logs[-1])) else None
    whole, _ = _moments(logs, returns, len(returns))
    usual, trend = _moments(logs, returns, USUAL)
    recent, _ = _moments(logs, returns, RECENT)
    return usual, recent / whole if whole > 0.0 else 1.0, trend


def _moments(logs: Floats, returns: Floats, count: int) -> tuple[float, float]:
    """Standard deviation (n - 1) of the last `count` returns, and the t-statistic of their mean."""
    count = min(count, len(returns))
    latest = returns[-count:]
    total = logs.item(-1) - logs.item(-1 - count)
    variance = max(0.0, (float(latest.dot(latest)) - total * total / count) / (count - 1))
    deviation = sqrt(variance)
    bound = TREND_MAX * deviation * sqrt(count)
    if abs(total) >= bound:
        return deviation, 0.0 if total == 0.0 else (TREND_MAX if total > 0.0 else -TREND_MAX)
    return deviation, total / (deviation * sqrt(count))
