"""New versions of strategies: first in the shadow of the old one, then in its place, or back again."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from barfinex.detector.beside import Beside
from barfinex.detector.loader import LoadedStrategy
from barfinex.detector.runner import Runner
from barfinex.domain.candles import Candles, Series
from barfinex.events.base import Event
from barfinex.events.detector import StrategyReverted, StrategyStaged, StrategySwitched

KEPT = 2_000  # Candles of each series that a new version is warmed up on, unless a strategy asks for more.
PROBATION = 20  # Candles for which the old version is kept up beside the new one.
Key = tuple[str, str]


class Past:
    """The newest candles of each series."""

    def __init__(self, kept: int) -> None:
        self._blocks: defaultdict[Key, deque[Candles]] = defaultdict(lambda: deque(maxlen=kept))

    def add(self, block: Candles) -> None:
        self._blocks[block.key].append(block)

    def series(self) -> list[Series]:
        """Each as one series."""
        return [_joined(blocks) for blocks in self._blocks.values()]


def _joined(blocks: Iterable[Candles]) -> Series:
    parts = list(blocks)
    columns = [
        np.concatenate([getattr(one, name) for one in parts]) for name in ("ts", "open", "high", "low")
    ]
    columns += [
        np.concatenate([getattr(one, name) for one in parts]) for name in ("close", "volume", "marks")
    ]
    ts, open_, high, low, close, volume, marks = columns
    first = parts[0].series
    return Series(first.instrument, first.timeframe, ts, open_, high, low, close, volume, marks=marks)


class Versions:
    """Changes the runners of a Detector while it runs; `runners` is the Detector's own."""

    def __init__(self, runners: dict[str, Runner], beside: defaultdict[Key, Beside]) -> None:
        self._runners, self._beside = runners, beside
        self._shadows: dict[str, Runner] = {}
        self._former: dict[str, tuple[Runner, int]] = {}

    def stage(self, one: LoadedStrategy, past: Sequence[Series], finest: dict[str, int]) -> list[Event]:
        """Put a new version into the shadow of the old one; a strategy of a new name begins to run."""
        shadow = Runner(one, beside=self._beside)
        for series in past:
            block = series.block()
            if shadow.wants(block, finest.get(block.instrument, series.step_ms)):
                shadow.take(block)
        if shadow.failure is not None:
            return [_reverted(one, shadow.failure)]
        self._shadows[one.strategy.name] = shadow
        return [_about(StrategyStaged, one)]

    def forget(self, file: str, names: Collection[str]) -> None:
        """Of those that wait for their candle, drop what the file does not hold any more."""
        for name, shadow in list(self._shadows.items()):
            if shadow.loaded.file == file and name not in names:
                del self._shadows[name]

    def take(self, block: Candles, finest: int) -> list[Event]:
        """A candle has closed, and the runners have said what they say about it: who waited takes its place
        now, so that each candle is spoken of by one version alone."""
        said: list[Event] = []
        for name, shadow in list(self._shadows.items()):
            if not shadow.wants(block, finest):
                continue
            shadow.take(block)
            del self._shadows[name]
            said.append(self._switch(name, shadow))
        for name, (old, left) in list(self._former.items()):
            if old.wants(block, finest):
                old.take(block)
                self._former[name] = old, left - 1
            if left <= 0 or old.failure is not None:
                del self._former[name]
        return said

    def _switch(self, name: str, shadow: Runner) -> Event:
        if shadow.failure is not None:
            return _reverted(shadow.loaded, shadow.failure)
        old = self._runners.get(name)
        if old is not None:
            shadow.standings, shadow.alive = old.standings, old.alive  # Whose trade it is does not change.
            if old.failure is None:
                self._former[name] = old, PROBATION
        self._runners[name] = shadow
        return _about(StrategySwitched, shadow.loaded)

    def fallen(self, runner: Runner, block: Candles, finest: int) -> Event | None:
        """A strategy failed at this candle: the event when its former version goes on in its place."""
        name = runner.loaded.strategy.name
        old, _ = self._former.pop(name, (None, 0))
        if old is None or self._runners.get(name) is not runner:
            return None
        if old.wants(block, finest):
            old.take(block)
        old.standings, old.alive = runner.standings, runner.alive
        self._runners[name] = old
        return _reverted(runner.loaded, runner.failure or "it failed")


def _reverted(one: LoadedStrategy, reason: str) -> StrategyReverted:
    return StrategyReverted(
        strategy=one.strategy.name, file=one.file, source_hash=one.source_hash, reason=reason
    )


def _about(kind: type[StrategyStaged | StrategySwitched], one: LoadedStrategy) -> Event:
    return kind(strategy=one.strategy.name, file=one.file, source_hash=one.source_hash)
