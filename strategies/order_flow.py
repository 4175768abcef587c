"""Order flow: when the book leans one way and takers push the same way.

A sample to learn from, for markets with a book: candle files have none. Nothing here promises a profit.
"""

from barfinex.sdk import Bracket, Condition, Strategy, imbalance_5, signed_volume, sma, spread_bps, volume

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
    exit_long=[Condition("fades", imbalance_5 < -0.1, description="the book leans the other way")],
    exit_short=[Condition("fades", imbalance_5 > 0.1, description="the book leans the other way")],
    threshold=0.8,
    bracket=Bracket(stop=0.004, target=0.004, hold=20),
    cooldown=3,
)
