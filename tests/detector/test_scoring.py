"""The scorer: which candles fire, what is kept of them; being shown candles early changes nothing."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.detector.loader import load
from barfinex.detector.scoring import AHEAD_MAX, PIECE, Rule, Scorer
from barfinex.domain.candles import Candles, Series, series_of
from barfinex.domain.signal import Bracket as Levels
from barfinex.sdk import (
    Bracket,
    BreakEven,
    Columns,
    Condition,
    Strategy,
    Target,
    Trail,
    atr,
    close,
    open,  # noqa: A004  # the word of the trade
    rsi,
    soft,
)
from tests.detector.market import BTC, blocks, of_closes, strategy, walk

ROOT = Path(__file__).parents[2]
ORACLE = ROOT.parent / "shared" / "bench" / "reference.py"
BRACKET = Bracket(stop=0.02)


def fired(made: Strategy, series: Series, cuts: list[int]) -> list[tuple[int, str, Any]]:
    """What the scorer says at the last candle of each block: (index, rule, (values, bracket))."""
    scorer, found = Scorer(made), []
    for block in blocks(series, cuts):
        at = scorer.deliver(block)
        assert at == block.stop - 1
        found += [(at, rule.name, scored) for rule in Rule if (scored := scorer.scored(rule, at)) is not None]
    return found


def ahead(made: Strategy, series: Series, rules: list[Rule]) -> list[int]:
    """The candles at which a rule fires, found by asking ahead and jumping from one to the next."""
    scorer, found, at = Scorer(made), [], 0
    while at < len(series.ts):
        block = Candles(series, at, len(series.ts))
        first = scorer.first(block, rules, at)
        if first is None:
            break
        scorer.deliver(Candles(series, at, first + 1))
        found.append(first)
        at = first + 1
    return found


@settings(max_examples=25)
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(1, 299), max_size=20))
def test_what_fires_at_a_candle_does_not_depend_on_the_blocks(seed: int, cuts: list[int]) -> None:
    """I8: the last candle of every block says what it says one by one, to the last bit."""
    series, made = walk(300, seed), strategy(bracket=Bracket(stop=2 * atr(5) / close, target=0.05))
    singles = fired(made, series, list(range(300)))
    ends = {block.stop - 1 for block in blocks(series, cuts)}
    assert fired(made, series, cuts) == [one for one in singles if one[0] in ends]
    assert ahead(made, series, list(Rule)) == sorted({at for at, *_ in singles})


def test_a_long_series_is_computed_piece_by_piece_and_only_as_far_as_needed() -> None:
    series = walk(3 * PIECE)
    scorer = Scorer(strategy())
    first = scorer.first(series.block(), [Rule.LONG], 0)
    assert first is not None
    assert first < PIECE
    assert scorer._computed == PIECE


def test_a_look_ahead_has_a_bound_and_stops_there() -> None:
    """I10: a position that no condition ends does not make the whole series be kept."""
    series = walk(AHEAD_MAX + 100)
    scorer = Scorer(strategy())
    assert scorer.first(series.block(), [], 0) == AHEAD_MAX - 1
    scorer.deliver(Candles(series, 0, AHEAD_MAX))
    assert scorer.first(Candles(series, AHEAD_MAX, AHEAD_MAX + 100), [], 0) is None


def test_candles_that_came_before_are_passed_over() -> None:
    """Delivery is at least once: what is old is not scored again."""
    series, scorer = walk(50), Scorer(strategy())
    assert scorer.deliver(Candles(series, 0, 30)) == 29
    assert scorer.deliver(Candles(series, 10, 30)) is None
    assert scorer.deliver(Candles(series, 10, 50)) == 49
    other = Scorer(strategy())
    other.deliver(series.block())
    assert scorer.scored(Rule.LONG, 49) == other.scored(Rule.LONG, 49) is not None


def test_an_entry_that_scores_alike_both_ways_is_no_signal() -> None:
    up, down = Condition("up", close > 1), Condition("any", close > 0)
    series = of_closes(2, 2)
    assert fired(Strategy(name="tie", long=[up], short=[down], bracket=BRACKET), series, [1]) == []
    stronger = Condition("any", close > 0, weight=2.0)
    made = Strategy(name="more", long=[up], short=[stronger], bracket=BRACKET)
    assert [(at, rule) for at, rule, _ in fired(made, series, [1])] == [(0, "SHORT"), (1, "SHORT")]


def test_a_bracket_that_follows_the_market_is_fixed_at_the_candle_and_unknown_gives_no_entry() -> None:
    series = walk(60)
    made = Strategy(
        name="wide",
        long=[Condition("always", close > 0)],
        bracket=Bracket(stop=2 * atr(14) / close, target=4 * atr(14) / close, hold=10),
    )
    found = fired(made, series, list(range(60)))
    assert found[0][0] == 14, "no entry while the ATR is unknown"
    levels = found[0][2][1]
    assert isinstance(levels, Levels)
    assert levels.target == pytest.approx(2 * levels.stop)
    assert levels.hold_ms_max == 600_000


def test_a_trail_a_break_even_and_targets_are_fixed_at_the_candle() -> None:
    span = atr(14) / close
    made = Strategy(
        name="full",
        long=[Condition("always", close > 0)],
        bracket=Bracket(
            stop=0.05,
            trail=Trail(2 * span, activation=span),
            break_even=BreakEven(span, buffer=0.0001),
            targets=[Target(0.5, 3 * span), Target(0.25, 0.09)],
        ),
    )
    found = fired(made, walk(60), list(range(60)))
    assert found[0][0] == 14, "no entry while the ATR is unknown"
    levels = found[0][2][1]
    assert isinstance(levels, Levels)
    assert levels.trail is not None
    assert levels.break_even is not None
    one = levels.trail.activation
    assert (levels.trail.distance, levels.trail.step) == pytest.approx((2 * one, one / 5))
    assert (levels.break_even.trigger, levels.break_even.buffer) == pytest.approx((one, 0.0001))
    assert [(t.part, t.distance) for t in levels.targets] == [(0.5, pytest.approx(3 * one)), (0.25, 0.09)]


def test_a_break_even_that_would_stand_above_the_price_gives_no_entry() -> None:
    made = Strategy(
        name="tight",
        long=[Condition("always", close > 0)],
        bracket=Bracket(stop=0.05, break_even=BreakEven(atr(14) / close, buffer=0.5)),
    )
    assert not fired(made, walk(60), list(range(60)))


def test_degrees_are_weighted_and_kept_with_the_signal() -> None:
    made = Strategy(
        name="soft",
        long=[
            Condition("up", close > open, weight=0.5),
            Condition("push", soft(rsi(2), 50, 100), weight=1.0),
        ],
        threshold=1.2,
        bracket=BRACKET,
    )
    [(_, _, (values, _))] = fired(made, of_closes(1, 2, 3), []) or [(0, "", ([0.0], None))]
    assert values == [0.0], "closes equal opens here: the score stays at 1.0, below 1.2"


def sometimes_wrong(kind: str) -> Any:
    def function(shown: Columns) -> Any:
        bad = shown.close == 7.0
        if kind == "raises" and bad.any():
            raise ZeroDivisionError("no")
        if kind == "shape" and bad.any():
            return np.ones(len(shown) + 1)
        return np.where(bad, {"nan": math.nan, "inf": math.inf, "two": 2.0}.get(kind, 0.0), 0.5)

    return function


@pytest.mark.parametrize("kind", ["raises", "shape", "nan", "inf", "two"])
@pytest.mark.parametrize("cuts", [[], [2], [4], [1, 2, 3, 4, 5, 6]])
def test_a_function_that_goes_wrong_is_found_at_the_same_candle_in_any_partition(
    kind: str, cuts: list[int]
) -> None:
    """I8: a fault is a fact about one candle."""
    made = Strategy(name="bad", long=[Condition("odd", sometimes_wrong(kind))], bracket=BRACKET)
    series, scorer = of_closes(1, 2, 3, 4, 7, 5, 6), Scorer(made)
    for block in blocks(series, cuts):
        scorer.deliver(block)
    assert scorer.fault is not None
    assert scorer.fault.at == 4
    assert scorer.fault.reason.startswith(f"odd at {BTC} 1m candle 240000: ")
    assert Scorer(made).first(series.block(), [Rule.LONG], 0) == 4


def test_the_reference_strategy_fires_where_a_plain_loop_says() -> None:
    """Parity with the oracle's rules, on the oracle's own series when it is there."""
    if ORACLE.exists():
        spec = importlib.util.spec_from_file_location("oracle", ORACLE)
        assert spec is not None
        assert spec.loader is not None
        oracle = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(oracle)
        table = oracle.make_series(3, 40_000)
        series = series_of(BTC, "1m", table.tolist())
    else:
        print("the oracle is not here: a random walk takes its place")
        series = walk(40_000, step=0.001)
    [loaded] = load(ROOT / "strategies", ["reference"]).strategies
    entries, exits = by_hand(series.close.tolist())
    assert len(entries) > 50
    assert ahead(loaded.strategy, series, [Rule.LONG]) == entries
    assert ahead(loaded.strategy, series, [Rule.EXIT_LONG]) == exits


def by_hand(closes: list[float]) -> tuple[list[int], list[int]]:
    fast = slow = closes[0]
    gain = loss = 0.0
    was_above = False
    entries, exits = [], []
    for t in range(1, len(closes)):
        change = closes[t] - closes[t - 1]
        up, down = max(change, 0.0), max(-change, 0.0)
        if t <= 14:
            gain, loss = gain + up / 14, loss + down / 14
        else:
            gain, loss = (gain * 13 + up) / 14, (loss * 13 + down) / 14
        fast += 2 / 21 * (closes[t] - fast)
        slow += 2 / 101 * (closes[t] - slow)
        above = fast > slow
        strength = 100.0 - 100.0 / (1.0 + gain / loss) if loss > 0 else 100.0
        if t >= 100 and above and not was_above and strength < 60:
            entries.append(t)
        if t >= 100 and not above and was_above:
            exits.append(t)
        was_above = above
    return entries, exits
