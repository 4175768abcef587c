"""Features of what stands beside the candles: funding, earlier signals, the bracket, the strategy's past."""

from __future__ import annotations

from math import log1p

from barfinex.advisor.features.vector import Reading
from barfinex.domain.signal import Signal


def funding(rate: float | None, known_at: int) -> Reading:
    """`rate`: the fraction of their value that longs pay to shorts at the next settlement."""
    return Reading({"funding": None if rate is None else -rate}, known_at)


def earlier(signal: Signal, last_ts: int | None, step_ms: int) -> Reading:
    """`last_ts`: the candle (its start, ms UTC) of the last signal of this side before this one."""
    since = None if last_ts is None else (signal.candle_ts - last_ts) / step_ms
    known_at = signal.candle_ts + step_ms
    return Reading({"since_signal": log1p(since) if since is not None and since > 0 else None}, known_at)


def bracket(signal: Signal, atr: float | None, step_ms: int) -> Reading:
    """`atr`: a fraction of price."""
    ends = signal.bracket
    values = {
        "stop_atr": None if ends is None or atr is None else ends.stop / atr,
        "reward_risk": None if ends is None else ends.reward_risk,
    }
    return Reading(values, signal.candle_ts + step_ms)


def strategy(hit_rate: float, drawdown_r: float, losing_streak: int, known_at: int) -> Reading:
    """From admitted labels alone, of which the last was known at `known_at`: a trade that is still open tells
    nothing here (and would tell the future in training)."""
    values = {"hit_rate": hit_rate, "drawdown_r": drawdown_r, "losing_streak": float(losing_streak)}
    return Reading(values, known_at)
