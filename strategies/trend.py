"""Trend: go along with a cross of two averages when the move has some strength behind it.

A sample to learn from, quick enough for one-second candles; nothing here promises a profit.
"""

from barfinex.sdk import Bracket, Condition, Strategy, close, crosses_above, crosses_below, ema, rsi, soft

fast, slow = ema(5), ema(20)

strategy = Strategy(
    name="trend",
    description="follows a cross of EMA(5) and EMA(20), both ways",
    long=[
        Condition("cross", crosses_above(fast, slow), weight=0.6, description="the fast average overtakes"),
        Condition(
            "side", close > ema(50), weight=0.2, description="price on the upper side of the long average"
        ),
        Condition(
            "push", soft(rsi(14), 45, 60), weight=0.2, description="buyers have the upper hand, by degrees"
        ),
    ],
    short=[
        Condition(
            "cross", crosses_below(fast, slow), weight=0.6, description="the fast average falls behind"
        ),
        Condition(
            "side", close < ema(50), weight=0.2, description="price on the lower side of the long average"
        ),
        Condition(
            "push", soft(rsi(14), 55, 40), weight=0.2, description="sellers have the upper hand, by degrees"
        ),
    ],
    exit_long=[Condition("cross_back", crosses_below(fast, slow))],
    exit_short=[Condition("cross_back", crosses_above(fast, slow))],
    threshold=0.75,
    bracket=Bracket(stop=0.004, target=0.006, hold=45),
    cooldown=2,
)
