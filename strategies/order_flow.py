"""Order flow: when the book leans one way and takers push the same way.

Book and trades exist live and on the embedded market; candle files have none, so it does not trade in a
backtest. A sample to learn from; nothing here promises a profit.
"""

from barfinex.sdk import (
    Bracket,
    Condition,
    Strategy,
    imbalance_5,
    rising,
    signed_volume,
    sma,
    spread_bps,
    volume,
)

push = signed_volume / volume  # -1: all sold into the bids, 1: all bought from the asks
tight = Condition(
    "tight", spread_bps <= sma(spread_bps, 20), weight=0.2, description="the spread is not wide"
)

strategy = Strategy(
    name="order_flow",
    description="follows a book that leans and takers that push, while the spread is tight",
    long=[
        Condition("lean", imbalance_5 > 0.2, weight=0.4, description="more is bid than offered"),
        Condition("push", push > 0.3, weight=0.4, description="takers buy"),
        tight,
    ],
    short=[
        Condition("lean", imbalance_5 < -0.2, weight=0.4, description="more is offered than bid"),
        Condition("push", push < -0.3, weight=0.4, description="takers sell"),
        tight,
    ],
    exit_long=[Condition("fades", rising(-imbalance_5, 3), description="the book turns, three candles long")],
    exit_short=[Condition("fades", rising(imbalance_5, 3), description="the book turns, three candles long")],
    threshold=0.8,
    bracket=Bracket(stop=0.004, target=0.004, hold=20),
    cooldown=3,
)
