"""The strategy that independent engines were compared with: two averages cross, the market is not hot."""

from barfinex.sdk import Bracket, Condition, Strategy, crosses_above, crosses_below, ema, rsi

fast, slow = ema(20), ema(100)

strategy = Strategy(
    name="reference",
    description="EMA(20) over EMA(100) while RSI(14) is below 60; long only",
    long=[
        Condition(
            "cross",
            crosses_above(fast, slow),
            weight=0.6,
            description="the short trend overtakes the long one",
        ),
        Condition("cool", rsi(14) < 60, weight=0.4, description="not overbought"),
    ],
    exit_long=[Condition("cross", crosses_below(fast, slow), description="the short trend falls back")],
    bracket=Bracket(stop=0.02, target=0.04),
)
