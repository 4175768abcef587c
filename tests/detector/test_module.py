"""The Detector among events: what it says, when it keeps quiet, and how a strategy fails alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from barfinex import sdk
from barfinex.detector.module import DetectorModule
from barfinex.domain.candles import Candles
from barfinex.domain.ids import kin
from barfinex.domain.signal import Direction, SignalKind
from barfinex.events.base import Envelope
from barfinex.events.detector import (
    SignalDetected,
    SignalInvalidated,
    SignalUpdated,
    StrategyDisabled,
    StrategyLoaded,
)
from barfinex.events.provider import CandlesClosed
from barfinex.sdk import Columns, Condition, Strategy, close
from tests.detector.market import MINUTE, of_closes, strategy, walk
from tests.detector.world import ALWAYS, HIGH, World, always, drive, loaded, opened


@pytest.mark.parametrize("most", [2, 7, 100, 10_000])
async def test_the_same_is_said_whatever_the_blocks_are(most: int) -> None:
    """I8: entries, exits, brackets, hashes and expiries are equal to the last bit, down to one by one."""
    series, stops = walk(1_200, 5), list(range(30, 1_200, 37))
    strategies = [strategy(), strategy(name="waiting", cooldown=9, ttl=3), faulty(900), rich()]
    one_by_one = await drive(series, 1, strategies, stops)
    said = [event.signal for event in one_by_one if isinstance(event, SignalDetected)]
    assert {(signal.kind, signal.direction) for signal in said} == {
        (kind, direction) for kind in SignalKind for direction in Direction
    }
    assert sum(isinstance(event, StrategyDisabled) for event in one_by_one) == 1
    assert any(isinstance(event, SignalInvalidated) for event in one_by_one)
    assert await drive(series, most, strategies, stops) == one_by_one


def rich() -> Strategy:
    """What is not made of arrays alone: another library's recursion, slower candles, a warm-up."""
    trend = Condition("trend", sdk.ema(3, "5m") > sdk.ema(9, "5m"), weight=0.5)
    turn = Condition("turn", sdk.crosses_above(sdk.stoch_k(5), sdk.stoch_d(5)), weight=0.5)
    back = Condition("back", sdk.adx(7) < 20)
    return always(name="rich", long=[trend, turn], exit_long=[back], warmup=150)


async def test_a_signal_that_nobody_acted_on_is_followed_until_it_expires() -> None:
    world = World(always(long=[HIGH], ttl=4), fills=False)
    series = of_closes(1, 6, 7, 4, 8, 8, 8)
    for at in range(7):
        await world.close(Candles(series, at, at + 1))
    followed = [one for one in world.journal.events() if not isinstance(one, StrategyLoaded)]
    [first, again] = [one.signal for one in followed if isinstance(one, SignalDetected)]
    updated = [one for one in followed if isinstance(one, SignalUpdated)]
    [gone] = [one for one in followed if isinstance(one, SignalInvalidated)]
    assert [(one.signal_id, one.candle_ts, one.score) for one in updated] == [
        (first.id, 2 * MINUTE, 1.0),
        (again.id, 6 * MINUTE, 1.0),
    ]
    assert (gone.signal_id, gone.candle_ts) == (first.id, 3 * MINUTE)
    assert again.candle_ts == 5 * MINUTE


async def test_before_its_warm_up_is_over_a_strategy_says_nothing() -> None:
    world = World(always(warmup=5))
    said = [await world.close(Candles(walk(10), at, at + 1)) for at in range(6)]
    assert [bool(signals) for signals in said] == [False, False, False, False, True, False]


def faulty(after: int) -> Strategy:
    """Works until a candle, then raises."""

    def function(shown: Columns) -> Any:
        if (shown.volume == volume_at).any():
            raise ValueError("what is this?")
        return shown.close > shown.open

    volume_at = walk(1_200, 5).volume[after]
    return always(name="faulty", long=[Condition("odd", function)])


async def test_an_entry_carries_every_reason_and_is_bound_to_its_candle() -> None:
    world = World(always(long=[Condition("no", close > 100, weight=0.5), ALWAYS], threshold=1.0))
    [signal] = await world.close(of_closes(5, 6).block())
    assert [(one.id, one.value, one.contribution) for one in signal.conditions] == [
        ("always", 1.0, 1.0),
        ("no", 0.0, 0.0),
    ]
    assert (signal.score, signal.threshold, signal.price) == (1.0, 1.0, 6.0)
    assert (signal.candle_ts, signal.expires_at) == (MINUTE, 2 * MINUTE + MINUTE)
    assert signal.bracket is not None
    assert (signal.bracket.stop, signal.bracket.target) == (0.02, 0.04)
    assert signal.trade_id is None
    other = World(always())
    [different] = await other.close(of_closes(5, 6.5).block())
    assert different.candle_hash != signal.candle_hash


async def test_an_exit_names_its_trade_and_its_reason_first() -> None:
    world = World(always(exit_long=[Condition("never", close > 100), HIGH]))
    series = of_closes(1, 1, 6, 6)
    [entry] = await world.close(Candles(series, 0, 1))
    assert await world.close(Candles(series, 1, 2)) == []
    [exit_] = await world.close(Candles(series, 2, 3))
    assert exit_.kind is SignalKind.EXIT
    assert exit_.trade_id == kin("trd", entry.id)
    assert exit_.conditions[0].id == "high"
    assert exit_.bracket is None


async def test_history_that_arrives_at_once_signals_on_its_last_candle_alone() -> None:
    world = World(always(long=[HIGH]))
    assert await world.close(of_closes(6, 6, 6, 1).block()) == []
    assert len(await World(always(long=[HIGH])).close(of_closes(1, 1, 6).block())) == 1


async def test_a_candle_that_closed_too_long_ago_gives_no_signal() -> None:
    """I17's other half: a warm-up that ends in the past is no reason to act now."""
    world = World(always())
    world.clock.move(10 * MINUTE)
    assert await world.close(of_closes(6, 6).block()) == []


async def test_the_folded_past_warms_up_and_never_signals() -> None:
    series, whole, restarted = walk(400), World(strategy()), World(strategy())
    for at in range(200):
        event = CandlesClosed(candles=Candles(series, at, at + 1))
        restarted.module.fold(Envelope(at + 1, "run", "provider", 0, 0, 0, 0, event))
    assert restarted.journal.rows == []
    whole.fills = restarted.fills = False
    await whole.close(Candles(series, 0, 200))
    for at in range(200, 400):
        block = Candles(series, at, at + 1)
        assert await whole.close(block) == await restarted.close(block)


async def test_a_restart_in_a_trade_looks_for_the_exit() -> None:
    world, again = World(always(exit_long=[HIGH])), World(always(exit_long=[HIGH]))
    series = of_closes(1, 1, 6)
    [entry] = await world.close(Candles(series, 0, 1))
    for event in (CandlesClosed(candles=Candles(series, 0, 1)), opened(entry)):
        again.module.fold(Envelope(1, "run", "x", 0, MINUTE, 0, 0, event))
    [exit_] = await again.close(Candles(series, 1, 3))
    assert exit_.trade_id == kin("trd", entry.id)


async def test_a_restart_after_a_signal_does_not_repeat_it() -> None:
    world, again, series = World(always(ttl=3), fills=False), World(always(ttl=3)), of_closes(*[6.0] * 4)
    [signal] = await world.close(Candles(series, 0, 1))
    for event in (CandlesClosed(candles=Candles(series, 0, 1)), SignalDetected(signal=signal)):
        again.module.fold(Envelope(1, "run", "x", 0, MINUTE, 0, 0, event))
    assert [len(await again.close(Candles(series, at, at + 1))) for at in (1, 2, 3)] == [0, 0, 1]


async def test_an_unanswered_signal_is_repeated_only_when_it_expired() -> None:
    world, series = World(always(ttl=3), fills=False), of_closes(*[6.0] * 8)
    said = [bool(await world.close(Candles(series, at, at + 1))) for at in range(8)]
    assert said == [True, False, False, True, False, False, True, False]


async def test_after_a_trade_the_strategy_waits_as_long_as_it_wants_to() -> None:
    world, series = World(always(cooldown=2)), of_closes(*[6.0] * 6)
    await world.close(Candles(series, 0, 1))
    await world.stop("always")
    said = [bool(await world.close(Candles(series, at, at + 1))) for at in range(1, 4)]
    assert said == [False, True, False]


async def test_a_strategy_that_fails_stops_alone() -> None:
    """The others say exactly what they say without it."""
    series = walk(1_200, 5)
    alone = await drive(series, 100, [strategy()], [])
    both = await drive(series, 100, [strategy(), faulty(700)], [])
    ours = [e for e in both if isinstance(e, SignalDetected) and e.signal.strategy == "sample"]
    assert ours == alone
    [disabled] = [event for event in both if isinstance(event, StrategyDisabled)]
    assert disabled.strategy == "faulty"
    assert "ValueError: what is this?" in disabled.reason


async def test_a_failure_in_the_folded_past_is_told_once() -> None:
    world, series = World(faulty(3)), walk(1_200, 5)
    world.module.fold(
        Envelope(1, "run", "provider", 0, 0, 0, 0, CandlesClosed(candles=Candles(series, 0, 9)))
    )
    await world.close(Candles(series, 9, 10))
    await world.close(Candles(series, 10, 11))
    assert [type(event) for event in world.journal.events()] == [StrategyDisabled]


async def test_a_strategy_listens_to_its_instruments_and_its_timeframe() -> None:
    world = World(
        always(instruments=("ETH-USDT",)),
        always(name="slow", timeframe="5m"),
        always(name="any"),
        fills=False,
    )
    fine = await world.close(walk(1).block())
    other = await world.close(walk(1, symbol="ETH-USDT").block())
    coarse = await world.close(walk(1, timeframe="5m").block())
    assert [one.strategy for one in fine] == ["any"]
    assert [one.strategy for one in coarse] == ["slow"]
    assert [one.strategy for one in other] == ["always", "any"]
    unheard = DetectorModule(loaded(always(instruments=("ETH-USDT",))))
    assert unheard.quiet(walk(500).block()) == 500


async def test_it_says_at_the_start_what_runs() -> None:
    world = World(always(timeframe="5m"))
    world.module.start(world.port)
    [event] = world.journal.events()
    assert isinstance(event, StrategyLoaded)
    assert (event.strategy, event.file, event.timeframe) == ("always", "always.py", "5m")


async def test_a_question_ahead_changes_no_answer() -> None:
    """Being asked about all candles first, then given them one by one, is as if nobody had asked."""
    series, asked, fresh = walk(500), World(strategy()), World(strategy())
    asked.module.quiet(series.block())
    told = [[await world.close(Candles(series, at, at + 1)) for at in range(500)] for world in (asked, fresh)]
    assert told[0] == told[1]
    assert np.any([bool(signals) for signals in told[0]])
