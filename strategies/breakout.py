"""Breakout: a close beyond the range of the last thirty candles; the bracket follows the market's own range.

A sample to learn from, quick enough for one-second candles; nothing here promises a profit.
"""

from barfinex.sdk import (
    Bracket,
    Condition,
    Strategy,
    atr,
    close,
    high,
    highest,
    low,
    lowest,
    shift,
    sma,
    volume,
)

ceiling, floor = shift(highest(high, 30), 1), shift(lowest(low, 30), 1)
span = atr(14) / close  # what a candle usually covers, as a fraction of the price
calm = Condition("calm", atr(10) < 1.2 * atr(60), weight=0.2, description="no storm that is already over")
busy = Condition("busy", volume > sma(volume, 30), weight=0.2, description="more is traded than usual")

strategy = Strategy(
    name="breakout",
    description="leaves the range of the last 30 candles; stop and target in multiples of ATR(14)",
    long=[Condition("above", close > ceiling, weight=0.6, description="above the highest high"), calm, busy],
    short=[Condition("below", close < floor, weight=0.6, description="below the lowest low"), calm, busy],
    exit_long=[Condition("fell_back", close < shift(lowest(low, 8), 1), description="below the last eight")],
    exit_short=[
        Condition("rose_back", close > shift(highest(high, 8), 1), description="above the last eight")
    ],
    threshold=0.8,
    bracket=Bracket(stop=3 * span, target=4 * span, hold=60),
    cooldown=3,
)
