"""Mean reversion: what is stretched far from its average tends to come back, unless the market runs away.

A sample to learn from, quick enough for one-second candles; nothing here promises a profit.
"""

from barfinex.sdk import Bracket, Condition, Strategy, bollinger_lower, bollinger_upper, close, rsi, sma

middle, lower, upper = sma(20), bollinger_lower(20), bollinger_upper(20)

strategy = Strategy(
    name="mean_reversion",
    description="fades closes outside the Bollinger bands (20, 2), back to the middle",
    long=[
        Condition("stretched", close < lower, weight=0.7, description="below the lower band"),
        Condition("oversold", rsi(14) < 40, weight=0.3, description="sellers may be exhausted"),
    ],
    short=[
        Condition("stretched", close > upper, weight=0.7, description="above the upper band"),
        Condition("overbought", rsi(14) > 60, weight=0.3, description="buyers may be exhausted"),
    ],
    exit_long=[Condition("middle", close >= middle, description="back at the average")],
    exit_short=[Condition("middle", close <= middle, description="back at the average")],
    bracket=Bracket(stop=0.005, target=0.005, hold=30),
    cooldown=3,
)
