"""The twenty-four features and what they are.

Some of what one might list beside them says the same again: ln of the deviation of 20 candles is `log_rv_60`
+ `rv_ratio`; the return of 20 candles is `oscillator_z`, that of 60 `trend_t`, each in its own unit; a gap or
jump is a `ret_1` beyond 4, as it is measured by the candles before it.
"""

from __future__ import annotations

from barfinex.domain.value import Value, Word


class Source(Word):
    CANDLES = "candles"
    FLOW = "flow"
    CONTEXT = "context"
    SIGNAL = "signal"
    STRATEGY = "strategy"


class Feature(Value, frozen=True):
    """`lookback` in candles, 0 where it is none; a `signed` one is turned so that + speaks for the signal."""

    name: str
    unit: str
    formula: str
    lookback: int
    source: Source
    signed: bool = False


C, F, X, S, T = Source.CANDLES, Source.FLOW, Source.CONTEXT, Source.SIGNAL, Source.STRATEGY
TABLE = (
    Feature("ret_1", "ATR", "ln(close / close before) over the ATR of the candles before", 15, C, True),
    Feature("ret_5", "ATR", "ln(close / close 5 before) over the ATR of the candles before", 19, C, True),
    Feature("vwap_distance", "ATR", "ln(close / VWAP of 60 candles) over ATR", 60, C, True),
    Feature(
        "range_place",
        "-1 low … 1 high",
        "place of the close in the range of 20, and of 60, averaged",
        60,
        C,
        True,
    ),
    Feature("trend_t", "standard errors", "mean return over its standard error", 60, C, True),
    Feature(
        "oscillator_z", "deviations", "Chande's momentum (2 RSI / 100 - 1) x sqrt(2 n / pi)", 20, C, True
    ),
    Feature("log_rv_60", "ln fraction", "ln of the root mean squared return of 60 candles", 60, C),
    Feature("rv_ratio", "ln ratio", "the same of 20 candles less that of 60", 60, C),
    Feature("atr_percentile", "share", "share of the last 240 ATRs that are lower", 254, C),
    Feature("signed_volume", "-1 … 1", "taker buys less sells over volume, this candle", 1, F, True),
    Feature("cvd_slope", "-1 … 1", "the same over 5 candles: the slope of their CVD", 5, F, True),
    Feature("book_imbalance", "-1 … 1", "bids less asks over both, best 5 levels", 1, F, True),
    Feature("microprice_offset", "ATR", "ln(microprice / close) over ATR", 15, F, True),
    Feature("spread_z", "deviations", "ln spread less its mean, over its deviation", 60, F),
    Feature("depth_percentile", "share", "share of the last depths that are lower", 60, F),
    Feature("hour_sin", "-1 … 1", "sine of the hour of the close, UTC", 1, C),
    Feature("hour_cos", "-1 … 1", "cosine of the same", 1, C),
    Feature("funding", "fraction", "what the position is paid at the next settlement", 0, X, True),
    Feature("since_signal", "ln candles", "ln(1 + candles since the last signal of this side)", 0, X),
    Feature("stop_atr", "ATR", "stop distance over ATR", 15, S),
    Feature("reward_risk", "ratio", "target distance over stop distance", 0, S),
    Feature("hit_rate", "share", "the strategy's recent hit rate, shrunk", 0, T),
    Feature("drawdown_r", "R", "the strategy's drawdown from its peak", 0, T),
    Feature("losing_streak", "trades", "losses in a row", 0, T),
)
NAMES = tuple(one.name for one in TABLE)
SIGNED = frozenset(one.name for one in TABLE if one.signed)
CANDLE = tuple(one.name for one in TABLE if one.source is Source.CANDLES)
"""Those that `candles.row` gives, in its order."""
