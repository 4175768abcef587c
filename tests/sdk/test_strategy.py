"""A strategy that could not work is refused when it is written, with the reason and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from barfinex.domain.errors import BadInput
from barfinex.sdk import (
    Bracket,
    BreakEven,
    Condition,
    Strategy,
    Target,
    Trail,
    atr,
    between,
    close,
    ema,
    open,  # noqa: A004  # the word of the trade
    shift,
    sma,
    soft,
)

UP = Condition("up", close > open)
BRACKET = Bracket(stop=0.02)


def strategy(**changes: Any) -> Strategy:
    return Strategy(**{"name": "sample", "long": [UP], "bracket": BRACKET, **changes})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Condition("up", close > open, weight=float("nan")), "weight nan"),
        (lambda: Condition("up", close > open, weight=float("inf")), "weight inf"),
        (lambda: Condition("up", close > open, weight=-1.0), "weight -1.0"),
        (lambda: Condition("up", close > open, weight=0.0), "weight 0.0"),
        (lambda: Condition("", close > open), "is no name"),
        (lambda: Condition("up", close == open), "False for `when`"),  # type: ignore[arg-type]
        (lambda: strategy(threshold=1.5), "threshold 1.5, and its weights only add up to 1"),
        (lambda: strategy(threshold=0.0), "threshold 0.0"),
        (lambda: strategy(threshold=float("nan")), "threshold nan"),
        (lambda: strategy(exit_long=[UP], exit_threshold=2.0), "exit_long: has the threshold 2"),
        (lambda: strategy(long=[]), "no condition to enter"),
        (lambda: strategy(long=[UP, UP]), "two conditions of one id"),
        (lambda: strategy(long=UP), "no list of conditions"),
        (lambda: strategy(name="<b>"), "is no name"),
        (lambda: strategy(bracket=None), "has no bracket"),
        (lambda: strategy(instruments="BTC"), "one text for instruments"),
        (lambda: strategy(timeframe="1x"), "timeframe"),
        (lambda: strategy(cooldown=-1), "cooldown"),
        (lambda: strategy(ttl=0), "ttl"),
        (lambda: Bracket(stop=0.0), "bracket.stop"),
        (lambda: Bracket(stop=float("nan")), "bracket.stop"),
        (lambda: Bracket(stop=1.0), "bracket.stop"),
        (lambda: Bracket(stop=close > open), "bracket.stop"),
        (lambda: Bracket(stop=0.1, target=-0.1), "bracket.target"),
        (lambda: Bracket(stop=0.1, hold=0), "bracket.hold"),
        (lambda: Trail(0.0), "bracket.trail.distance"),
        (lambda: Trail(1.0), "bracket.trail.distance"),
        (lambda: Trail(close > open), "bracket.trail.distance"),
        (lambda: Trail(0.01, activation=-0.01), "bracket.trail.activation"),
        (lambda: Trail(0.01, activation=float("nan")), "bracket.trail.activation"),
        (lambda: Trail(0.01, step=0.0), "bracket.trail.step"),
        (lambda: BreakEven(float("inf")), "bracket.break_even.trigger"),
        (lambda: BreakEven(0.01, buffer=0.01), "buffer below the trigger"),
        (lambda: BreakEven(0.01, buffer=float("nan")), "bracket.break_even.buffer"),
        (lambda: Target(0.0, 0.01), "the part 0.0"),
        (lambda: Target(0.5, -0.01), "bracket.targets"),
        (lambda: Bracket(stop=0.1, trail=0.01), "Give trail=Trail(0.01)"),  # type: ignore[arg-type]
        (lambda: Bracket(stop=0.1, break_even=True), "Give break_even=BreakEven"),  # type: ignore[arg-type]
        (lambda: Bracket(stop=0.1, targets=Target(1.0, 0.1)), "no list of targets"),  # type: ignore[arg-type]
        (lambda: Bracket(stop=0.1, targets=[Target(0.6, 0.1)] * 2), "take 1.2 of the quantity"),
        (lambda: Bracket(stop=0.1, target=0.2, targets=[Target(0.6, 0.1)]), "stand beside a target"),
        (lambda: ema(0), "length 0"),
        (lambda: sma(close, 2.5), "length 2.5"),  # type: ignore[arg-type]
        (lambda: shift(close, -1), "length -1"),
        (lambda: close + float("nan"), "operand nan"),
        (lambda: close > "5", "operand '5'"),  # type: ignore[operator]
        (lambda: close & (close > open), "got numbers"),
        (lambda: ema(close > open, 5), "no series of numbers"),
        (lambda: (close > open) + 1, "got what is true or false"),
        (lambda: close > open and close > 1, "Write & | ~"),
        (lambda: 1 < close < 2, "Write & | ~"),
        (lambda: soft(close, 1, 1), "both 1"),
    ],
)
def test_what_could_not_work_is_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        make()
    assert says in str(caught.value)
    assert caught.value.remedy


def test_weights_that_add_up_to_a_hair_below_the_threshold_reach_it() -> None:
    parts = [Condition(str(weight), close > open, weight=weight) for weight in (0.7, 0.2, 0.1)]
    assert sum(one.weight for one in parts) < 1.0
    assert strategy(long=parts).threshold == 1.0


def test_lists_become_tuples_and_a_bracket_may_follow_the_market() -> None:
    made = strategy(instruments=["BTC-USDT"], bracket=Bracket(stop=2 * atr(14) / close, hold=5))
    assert made.long == (UP,)
    assert made.instruments == ("BTC-USDT",)


def test_equal_expressions_are_equal_and_different_ones_are_not() -> None:
    assert (ema(20) > close) == (ema(close, 20) > close)
    assert ema(20) != ema(21)
    assert between(close, 1, 2) != between(close, 1, 3)
