"""Why nothing was said: the numbers are those that scoring used, and what stood in the way is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from barfinex import sdk
from barfinex.detector.scoring import Rule, Scorer
from barfinex.detector.whynot import ask, nearest
from barfinex.sdk import Bracket, Condition, Strategy, close, high, open  # noqa: A004  # the word of the trade
from barfinex.sdk.texts import text_of
from tests.cli.command import barfinex
from tests.detector.market import of_closes, strategy, walk


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (close > sdk.ema(20), "(close > ema(close, 20))"),
        (sdk.crosses_above(sdk.ema(5), sdk.sma(20)), "crosses_above(ema(close, 5), sma(close, 20))"),
        (sdk.crosses_below(close, 3), "crosses_below(close, 3)"),
        (sdk.soft(sdk.rsi(14), 45, 60), "soft(rsi(close, 14), 45, 60)"),
        (~(close > open) & (high >= 2.0 * close), "(~(close > open) & (high >= (2 * close)))"),
        (sdk.ema(9, "1h"), "on(1h, ema(close, 9))"),
        (sdk.cci(20), "CCI(high, low, close, timeperiod=20)"),
        (sdk.imbalance_5 > -close, "(imbalance_5 > -close)"),
        (sdk.highest(high, 3), "highest(high, 3)"),
    ],
)
def test_an_expression_reads_as_it_was_written(expr: Any, text: str) -> None:
    assert text_of(expr) == text


def test_scores_are_those_of_the_scorer() -> None:
    made, series = strategy(), walk(400)
    scorer, fired = Scorer(made), {}
    for at in range(400):
        scorer.deliver(series.block(at, at + 1))
        fired[at] = {rule.name.lower() for rule in Rule if scorer.scored(rule, at) is not None}
    for at in range(0, 400, 7):
        for answer in ask(made, series, at):
            assert (answer.short <= 1e-9 and not answer.hindered) == (answer.rule in fired[at])
            assert answer.score == pytest.approx(sum(one.value * one.weight for one in answer.conditions))


def test_both_sides_of_a_comparison_are_told() -> None:
    made = Strategy(name="odd", long=[Condition("up", close > 5)], bracket=Bracket(stop=0.02))
    [answer] = ask(made, of_closes(1, 2, 3), 2)
    assert (answer.short, answer.conditions[0].sides) == (1.0, (3.0, 5.0))


def test_what_stood_in_the_way_of_a_score_that_was_reached_is_named() -> None:
    up, down = Condition("up", close > 0), Condition("down", close > 0)
    both = Strategy(name="odd", long=[up], short=[down], bracket=Bracket(stop=0.02))
    assert "a tie is no signal" in ask(both, of_closes(1, 2), 1)[0].hindered
    wide = Strategy(name="odd", long=[up], bracket=Bracket(stop=close))
    assert "bracket.stop is 2" in ask(wide, of_closes(1, 2), 1)[0].hindered
    young = Strategy(name="odd", long=[up], bracket=Bracket(stop=0.02), warmup=9)
    assert "7 candles are left" in ask(young, of_closes(1, 2), 1)[0].hindered


def test_the_nearest_misses_come_first() -> None:
    parts = [Condition(str(level), close > level, weight=0.25) for level in (1, 2, 3, 4)]
    made = Strategy(name="odd", long=parts, bracket=Bracket(stop=0.02))
    found = nearest(made, of_closes(1, 4, 2, 9, 3), 0, 3)
    assert found == [(1, "long", 0.75), (4, "long", 0.5), (2, "long", 0.25)]


def test_the_command_reads_a_file_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "ETH-USDT_1m.csv"
    rows = "\n".join(
        ",".join(map(str, [int(ts) + 1_600_000_000_000, *rest])) for ts, *rest in walk(300).block().rows()
    )
    file.write_text(f"ts,open,high,low,close,volume\n{rows}\n")
    told = barfinex("why-not", "trend", "--data", file, "--json").json
    assert {one["rule"] for one in told["rules"]} == {"long", "short", "exit_long", "exit_short"}
    assert len(barfinex("why-not", "trend", "--data", file, "--near", 4, "--json").json["misses"]) == 4
    barfinex("why-not", "trend", "--data", file, "--at", "1969-01-01").refuses("before the first candle")
    barfinex("why-not", "trend", "--data", file, "--instrument", "X").refuses("has no candles to look at")
    barfinex("why-not", "nobody", "--data", file).refuses("nobody")
    barfinex("why-not", "trend", "--journal", tmp_path / "none.db").refuses("none.db")
