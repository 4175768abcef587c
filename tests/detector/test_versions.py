"""A strategy that is saved while running: who speaks of which candle, and what if the new one fails."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.detector.loader import Loaded, LoadedStrategy
from barfinex.detector.module import DetectorModule
from barfinex.domain.candles import Candles
from barfinex.domain.signal import Signal, SignalKind
from barfinex.events.detector import (
    SignalDetected,
    StrategyDisabled,
    StrategyReverted,
    StrategyStaged,
    StrategySwitched,
)
from barfinex.events.provider import CandlesClosed
from barfinex.sdk import Columns, Condition, Strategy, close, shift, soft
from tests.detector.market import BTC, strategy, walk
from tests.detector.world import World, always

SERIES = walk(400, 5)
FILE = "always.py"


class Renewed(World):
    """A Detector whose strategies are saved anew; `answers`: entries are filled at once."""

    def __init__(self, *strategies: Strategy, fills: bool = False) -> None:
        super().__init__(fills=fills)
        loaded = Loaded(tuple(LoadedStrategy(one, FILE, "old") for one in strategies))
        self.module = DetectorModule(loaded, renewable=True)

    def save(self, *strategies: Strategy) -> None:
        found = [LoadedStrategy(one, FILE, "new") for one in strategies]
        self.module.stage(FILE, found, self.port)

    async def pass_by(self, start: int, stop: int) -> list[Signal]:
        signals: list[Signal] = []
        for at in range(start, stop):
            own = Candles.from_plain(Candles(SERIES, at, at + 1).plain())  # As live: a series of its own.
            signals += await self.close(own)
        return signals

    def said(self, *kinds: Any) -> list[Any]:
        return [one for one in self.journal.events() if isinstance(one, kinds)]


def threshold(level: float) -> Strategy:
    """Says something at every candle, by which its version is told."""
    return always(long=[Condition("always", close > 0, weight=level)], threshold=level)


@pytest.mark.parametrize("saved_at", [1, 50, 399])
async def test_every_candle_is_spoken_of_once_and_the_switch_is_at_a_candles_close(saved_at: int) -> None:
    world = Renewed(threshold(1.0))
    before = await world.pass_by(0, saved_at)
    world.save(threshold(0.5))
    after = await world.pass_by(saved_at, 400)
    assert [one.candle_ts for one in (*before, *after)] == SERIES.ts.tolist()
    assert [one.threshold for one in (*before, *after)] == [1.0] * (saved_at + 1) + [0.5] * (399 - saved_at)
    kinds = [type(one) for one in world.said(StrategyStaged, StrategySwitched)]
    assert kinds == [StrategyStaged, StrategySwitched]


async def test_the_new_version_is_warm_and_says_what_it_would_have_said_all_along() -> None:
    changed = strategy(cooldown=3)
    renewed, alone = Renewed(strategy(name=changed.name)), Renewed(changed)
    await renewed.pass_by(0, 200)
    renewed.save(changed)
    await renewed.pass_by(200, 201)
    await alone.pass_by(0, 201)
    for world in (renewed, alone):
        world.module._runners[changed.name].standings.clear()
    assert await renewed.pass_by(201, 400) == await alone.pass_by(201, 400) != []


async def test_an_open_position_keeps_its_owner_and_the_new_version_looks_for_the_exit() -> None:
    leave = Condition("leave", close > 0)
    world = Renewed(always(), fills=True)
    [entry] = await world.pass_by(0, 1)
    world.save(always(exit_long=[leave]))
    assert await world.pass_by(1, 2) == []  # The old version, which has no exit, speaks once more.
    [left] = await world.pass_by(2, 3)
    assert (left.kind, left.trade_id, left.instrument) == (SignalKind.EXIT, f"trd-{entry.id[4:]}", BTC)


def fails_from(candle: int) -> Strategy:
    def up(shown: Columns) -> Any:
        if (shown.volume == SERIES.volume[candle]).any():
            raise ValueError("no more")
        return shown.close > 0

    return always(long=[Condition("always", up, weight=0.5)], threshold=0.5)


@pytest.mark.parametrize("candle", [5, 50, 55, 69])
async def test_a_version_that_fails_gives_way_to_the_one_before(candle: int) -> None:
    """While warming up, in the shadow, or soon after the switch: no candle is left without a version."""
    world = Renewed(threshold(1.0))
    before = await world.pass_by(0, 50)
    world.save(fails_from(candle))
    after = await world.pass_by(50, 120)
    [reverted] = world.said(StrategyReverted)
    assert "ValueError: no more" in reverted.reason
    assert world.said(StrategyDisabled) == []
    spoken = [one.candle_ts for one in (*before, *after)]
    assert len(set(spoken)) == len(spoken) >= 119  # The candle on which it failed has nobody to speak of it.
    assert after[-1].threshold == 1.0


async def test_the_version_that_goes_on_has_missed_no_candle() -> None:
    """It was kept up beside the other, the candle at which that failed included."""
    rise = soft(close - shift(close, 200), -50.0, 50.0)  # Another number if a candle were missing.
    old = always(long=[Condition("rise", rise)], threshold=0.01)
    world, alone = Renewed(old), Renewed(old)
    await world.pass_by(0, 50)
    world.save(fails_from(55))
    await world.pass_by(50, 56)
    await alone.pass_by(0, 56)
    assert len(world.said(StrategyReverted)) == 1
    for each in (world, alone):
        each.module._runners[old.name].standings.clear()
    assert await world.pass_by(56, 400) == await alone.pass_by(56, 400) != []


async def test_a_version_that_fails_long_after_is_disabled_like_any_other() -> None:
    world = Renewed(threshold(1.0))
    world.save(fails_from(200))
    await world.pass_by(0, 300)
    assert [type(one) for one in world.said(StrategyReverted, StrategyDisabled)] == [StrategyDisabled]


async def test_a_disabled_strategy_comes_back_when_its_file_is_mended() -> None:
    world = Renewed(fails_from(10))
    await world.pass_by(0, 20)
    world.save(threshold(0.5))
    signals = await world.pass_by(20, 40)
    assert [one.threshold for one in signals] == [0.5] * 19


async def test_a_new_name_begins_and_one_that_is_gone_ends() -> None:
    world = Renewed(threshold(1.0))
    await world.pass_by(0, 10)
    world.save(always(name="other"))
    signals = await world.pass_by(10, 20)
    assert {one.strategy for one in signals} == {"other"}
    assert [one.strategy for one in world.said(StrategyDisabled)] == ["always"]


async def test_a_file_that_cannot_run_leaves_the_old_version_and_says_why() -> None:
    world = Renewed(threshold(1.0))
    await world.pass_by(0, 10)
    world.module.turn_down(FILE, "always.py:3: is no Python", world.port)
    assert len(await world.pass_by(10, 20)) == 10
    [reverted] = world.said(StrategyReverted)
    assert (reverted.strategy, reverted.reason) == ("always", "always.py:3: is no Python")


async def test_a_name_of_another_file_is_not_taken_over() -> None:
    world = Renewed(threshold(1.0))
    world.module.stage("other.py", [LoadedStrategy(threshold(0.5), "other.py", "new")], world.port)
    signals = await world.pass_by(0, 10)
    assert {one.threshold for one in signals} == {1.0}
    [disabled] = world.said(StrategyDisabled)
    assert "always.py has a strategy of that name" in disabled.reason


async def test_the_folded_past_warms_up_what_is_staged_later() -> None:
    world = Renewed(threshold(1.0))
    world.clock.move(SERIES.block(0, 300).known_at)
    await world.say(CandlesClosed(candles=SERIES.block(0, 300)))
    world.save(threshold(0.5))
    await world.pass_by(300, 301)
    assert len(world.said(SignalDetected)) == 2
    assert [len(one.ts) for one in world.module.past()] == [301]


async def test_a_new_version_that_was_taken_out_again_never_speaks() -> None:
    world = Renewed(threshold(0.5))
    await world.pass_by(0, 200)
    world.save(threshold(0.9))
    world.save()
    assert await world.pass_by(200, 203) == []
    kinds = [one.__class__.__name__ for one in world.said(StrategyStaged, StrategySwitched, StrategyDisabled)]
    assert kinds == ["StrategyStaged", "StrategyDisabled"]
