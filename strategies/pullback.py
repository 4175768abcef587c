"""Pullback: with the trend of a slower timeframe, after a dip on the own one.

A sample to learn from, for candles of a minute or longer; nothing here promises a profit.
"""

from barfinex.sdk import (
    Bracket,
    Condition,
    Strategy,
    atr,
    close,
    crosses_above,
    crosses_below,
    ema,
    rsi,
    within,
)

uptrend, downtrend = ema(5, "15m") > ema(15, "15m"), ema(5, "15m") < ema(15, "15m")
span = atr(14) / close

strategy = Strategy(
    name="pullback",
    description="enters when RSI(14) turns after a dip against the trend of closed candles of 15 minutes",
    long=[
        Condition("trend", uptrend, weight=0.5, description="the quarters rise"),
        Condition("dip", within(rsi(14) < 40, 10), weight=0.2, description="it was sold lately"),
        Condition("turn", crosses_above(rsi(14), 45), weight=0.3, description="buyers are back"),
    ],
    short=[
        Condition("trend", downtrend, weight=0.5, description="the quarters fall"),
        Condition("rally", within(rsi(14) > 60, 10), weight=0.2, description="it was bought lately"),
        Condition("turn", crosses_below(rsi(14), 55), weight=0.3, description="sellers are back"),
    ],
    exit_long=[Condition("turned", ~uptrend, description="the quarters do not rise any more")],
    exit_short=[Condition("turned", ~downtrend, description="the quarters do not fall any more")],
    bracket=Bracket(stop=2.5 * span, target=4 * span, hold=120),
    cooldown=3,
    warmup=1_500,  # of candles of a minute: a hundred quarters of an hour
)
