"""Stage 1: what was known of the market when the signal came."""

from __future__ import annotations

from bisect import bisect_right
from math import isfinite, sqrt
from typing import ClassVar, NamedTuple

import numpy as np

from barfinex.advisor.codes import Code
from barfinex.advisor.regime import classify
from barfinex.advisor.trace import Case, Decline, Objection, Step, judged
from barfinex.domain.candles import Candles, Floats, Provenance
from barfinex.domain.signal import Regime
from barfinex.domain.view import MarketView
from barfinex.events.advisor import ContextGathered

WINDOW = 121
"""Candles looked at, so 120 returns: a decision costs the same after a day and after a year."""
USUAL, RECENT = 60, 20
TREND_MAX = 20.0


class Context(Step, frozen=True):
    """Facts as of the signal.

    `volatility` is the standard deviation of the last 60 log returns (a fraction of price per candle),
    `trend` the t-statistic of their mean (within ±20), `volatility_ratio` the deviation of the last 20 over
    that of the window, `idle_share` the share of candles without a range, `age_steps` the time since the last
    close in candles. `final` is of the signal's own candle, `unsure_share` the share of candles that were
    repaired or made up. `sound` is False when the prices give no finite figures; these are neutral then.
    """

    stage: ClassVar[str] = "context"
    candles: int
    price: float
    volatility: float
    volatility_ratio: float
    trend: float
    idle_share: float
    age_steps: float
    final: bool
    sound: bool
    spread_bps: float
    regime: Regime
    unsure_share: float = 0.0

    def event(self) -> ContextGathered:
        case = self.case
        return ContextGathered(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            strategy=case.signal.strategy,
            as_of=case.as_of,
            candles=self.candles,
            price=self.price,
            volatility=self.volatility,
            trend=self.trend,
            spread_bps=self.spread_bps,
            regime=self.regime,
        )


def gather_context(case: Case, market: MarketView, spread_bps: float) -> Context | Decline[Context]:
    """Read the candles that had closed by the signal's own; `spread_bps` is the venue's configured spread."""
    signal = case.signal
    objections = []
    if not case.as_of <= signal.expires_at:
        objections.append(Objection(Code.SIGNAL_EXPIRED, case.as_of, signal.expires_at))
    held = market.get(signal.instrument, signal.timeframe)
    end = 0 if held is None else _known(held, signal.candle_ts)
    if held is None or end == 0:
        objections.append(Objection(Code.CANDLES_MISSING, 0, 1))
        blank = Context(
            case, 0, signal.price, 0.0, 1.0, 0.0, 0.0, 0.0, False, False, spread_bps, Regime.UNKNOWN
        )
        return judged(blank, objections)
    return judged(_read(case, held, end, spread_bps), objections)


def _known(held: Candles, candle_ts: int) -> int:
    """Where the candles up to `candle_ts` end in the series; 0 when there are none (I17)."""
    ts, stop = held.series.ts, held.stop
    if ts.item(stop - 1) > candle_ts:
        stop = bisect_right(ts, candle_ts, held.start, stop)
    return stop if stop > held.start else 0


def _read(case: Case, held: Candles, end: int, spread_bps: float) -> Context:
    series = held.series
    begin = max(held.start, end - WINDOW)
    count = end - begin
    motion = _measure(series.close[begin:end])
    idle = np.count_nonzero(series.high[begin:end] <= series.low[begin:end])
    return Context(
        case,
        count,
        series.close.item(end - 1) if motion.sound else case.signal.price,
        motion.volatility,
        motion.volatility_ratio,
        motion.trend,
        int(idle) / count,
        max(0, case.as_of - series.ts.item(end - 1) - series.step_ms) / series.step_ms,
        series.worst(end - 1, end) is Provenance.FINAL,
        motion.sound,
        spread_bps,
        classify(count - 1, motion.trend, motion.trend_recent, motion.volatility_ratio),
        series.unsure(begin, end) / count,
    )


class _Motion(NamedTuple):
    volatility: float
    volatility_ratio: float
    trend: float
    trend_recent: float
    sound: bool


def _measure(close: Floats) -> _Motion:
    """Volatility and trend in one pass over the log returns."""
    with np.errstate(all="ignore"):
        logs = np.log(close)
    returns = logs[1:] - logs[:-1]
    if len(returns) < 2 or not isfinite(float(returns.dot(returns))):
        return _Motion(0.0, 1.0, 0.0, 0.0, len(returns) < 2 and isfinite(float(logs[-1])))
    whole, _ = _moments(logs, returns, len(returns))
    usual, trend = _moments(logs, returns, USUAL)
    recent, trend_recent = _moments(logs, returns, RECENT)
    return _Motion(usual, recent / whole if whole > 0.0 else 1.0, trend, trend_recent, True)


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
