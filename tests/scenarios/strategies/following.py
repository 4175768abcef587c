"""Strategies whose stops follow the price and whose targets are several: eager, so that stories are full."""

from barfinex.sdk import (
    Bracket,
    BreakEven,
    Condition,
    Strategy,
    Target,
    Trail,
    atr,
    close,
    crosses_above,
    crosses_below,
    ema,
)

up, down = crosses_above(ema(4), ema(12)), crosses_below(ema(4), ema(12))
span = atr(14) / close

trailing = Strategy(
    name="trailing",
    long=[Condition("up", up)],
    short=[Condition("down", down)],
    bracket=Bracket(stop=0.004, trail=Trail(3 * span, activation=span), hold=60),
)
even = Strategy(
    name="even",
    long=[Condition("up", up & (close > ema(30)))],
    short=[Condition("down", down & (close < ema(30)))],
    bracket=Bracket(stop=0.005, target=0.012, break_even=BreakEven(0.002, buffer=0.0005), hold=80),
)
scaled = Strategy(
    name="scaled",
    long=[Condition("up", close > ema(40))],
    exit_long=[Condition("down", down & (close < ema(60)))],
    bracket=Bracket(
        stop=0.006,
        trail=Trail(0.003, activation=0.003),
        break_even=BreakEven(0.0015),
        targets=[Target(0.5, 0.004), Target(0.3, 0.008)],
    ),
)
