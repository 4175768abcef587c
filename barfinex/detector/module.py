"""The Detector: strategies watch closed candles and say what they see. It never places or sizes an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from barfinex.bus.port import Port
from barfinex.detector.beside import Beside, Others
from barfinex.detector.loader import Loaded, LoadedStrategy
from barfinex.detector.runner import Runner, Standing
from barfinex.detector.scoring import expressions
from barfinex.detector.versions import KEPT, Past, Versions
from barfinex.domain.candles import Candles, Series
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected, StrategyDisabled, StrategyLoaded, StrategyReverted
from barfinex.events.inspector import PositionOpened, TradeClosed
from barfinex.events.provider import CandlesClosed
from barfinex.events.provider_market import FlowMeasured
from barfinex.sdk.graph import columns_of
from barfinex.sdk.others import OTHER


class DetectorModule:
    """Strategies score candles as these close; what reaches a threshold is published with all its reasons."""

    name: ClassVar[str] = "detector"
    consumes: ClassVar[tuple[type[Event], ...]] = (
        CandlesClosed,
        FlowMeasured,
        PositionOpened,
        TradeClosed,
    )
    restores: ClassVar[tuple[type[Event], ...]] = (SignalDetected,)

    def __init__(self, loaded: Loaded, *, renewable: bool = False) -> None:
        """With `renewable` strategies may be staged later: the newest candles are kept to warm them up."""
        self._loaded = loaded
        self.others = Others()
        self._beside: defaultdict[tuple[str, str], Beside] = defaultdict(lambda: Beside(self.others))
        self._asks_others = any(map(_asks_others, loaded.strategies))
        self._runners = {one.strategy.name: Runner(one, beside=self._beside) for one in loaded.strategies}
        self._failed: list[Runner] = []
        self._versions = Versions(self._runners, self._beside)
        kept = max([KEPT, *(one.strategy.warmup for one in loaded.strategies)])
        self._past = Past(kept) if renewable else None
        self._finest: dict[str, int] = {}

    def start(self, port: Port) -> None:
        """Say which strategies run, and which files could not be loaded."""
        for one in self._loaded.strategies:
            strategy = one.strategy
            loaded = StrategyLoaded(
                strategy=strategy.name,
                file=one.file,
                source_hash=one.source_hash,
                instruments=tuple(strategy.instruments),
                timeframe=strategy.timeframe,
            )
            port.emit(loaded)
        for fault in self._loaded.faults:
            port.emit(StrategyDisabled(strategy=fault.strategy, file=fault.file, reason=fault.reason))

    def fold(self, envelope: Envelope) -> None:
        """Take a past event in: candles warm strategies up, and nothing is signalled on them."""
        event = envelope.event
        if isinstance(event, CandlesClosed):
            self._take(event.candles)
        else:
            self._place(event, envelope.known_at)

    async def handle(self, event: Event, port: Port) -> None:
        if not isinstance(event, CandlesClosed):
            self._place(event, port.now)
            return
        block = event.candles
        for runner, at in self._take(block):
            followed = runner.follow(block, at)
            if followed is not None:
                port.emit(followed)
            signal = runner.look(block, at, port.now)
            if signal is not None:
                port.emit(SignalDetected(signal=signal))
        finest = self._finest[block.instrument]
        self._tell_failures(block, finest, port)
        for said in self._versions.take(block, finest):
            port.emit(said)

    def _tell_failures(self, block: Candles, finest: int, port: Port) -> None:
        while self._failed:
            runner = self._failed.pop(0)
            assert runner.failure is not None, "only a strategy that failed is put there"
            one, name = runner.loaded, runner.loaded.strategy.name
            disabled = StrategyDisabled(strategy=name, file=one.file, reason=runner.failure)
            port.emit(self._versions.fallen(runner, block, finest) or disabled)

    def past(self) -> list[Series]:
        """The newest candles of each series, if they are kept."""
        return [] if self._past is None else self._past.series()

    def stage(self, file: str, found: Sequence[LoadedStrategy], port: Port) -> None:
        """Take the strategies that a file holds now: those it held before run until the new ones have shown
        that they work, and what it does not hold any more is taken out of service."""
        names = {one.strategy.name for one in found}
        for one in found:
            own = self._runners.get(one.strategy.name)
            if own is not None and own.loaded.file != file:
                reason = f"{own.loaded.file} has a strategy of that name"
                port.emit(StrategyDisabled(strategy=one.strategy.name, file=file, reason=reason))
                continue
            self._asks_others = self._asks_others or _asks_others(one)
            for said in self._versions.stage(one, self.past(), self._finest):
                port.emit(said)
        self._versions.forget(file, names)
        for name, runner in list(self._runners.items()):
            if runner.loaded.file == file and name not in names and runner.failure is None:
                runner.failure = "its file does not define it any more"
                port.emit(StrategyDisabled(strategy=name, file=file, reason=runner.failure))

    def turn_down(self, file: str, reason: str, port: Port) -> None:
        """A file that was saved cannot run: what it held before goes on."""
        held = [runner.loaded for runner in self._runners.values() if runner.loaded.file == file]
        for one in held:
            name = one.strategy.name
            port.emit(StrategyReverted(strategy=name, file=file, source_hash="", reason=reason))
        if not held:
            port.emit(StrategyDisabled(strategy=Path(file).stem, file=file, reason=reason))

    def quiet(self, candles: Candles) -> int:
        """How many of the coming candles may pass at once: up to the first at which a strategy would act."""
        finest = self._note(candles)
        count = len(candles)
        for runner in self._runners.values():
            if runner.wants(candles, finest):
                count = min(count, runner.quiet(candles, count))
        return count

    def _take(self, block: Candles) -> list[tuple[Runner, int]]:
        """Move every strategy that listens forward; those that may speak, with their last candle's index."""
        finest = self._note(block)
        if self._past is not None:
            self._past.add(block)
        if self._asks_others:
            self.others.add(block)
        scored = []
        for runner in self._runners.values():
            if runner.wants(block, finest):
                at = runner.take(block)
                if at is not None:
                    scored.append((runner, at))
                elif runner.failure is not None:
                    self._failed.append(runner)
        return scored

    def _note(self, block: Candles) -> int:
        step = block.series.step_ms
        finest = self._finest[block.instrument] = min(step, self._finest.get(block.instrument, step))
        return finest

    def _place(self, event: Event, known_at: int) -> None:
        if isinstance(event, PositionOpened):
            runner = self._runners.get(event.strategy)
            if runner is not None:
                runner.standings[event.instrument] = Standing(event.trade_id, event.direction)
        elif isinstance(event, TradeClosed):
            runner = self._runners.get(event.trade.strategy)
            if runner is not None:
                runner.leave(event.instrument, known_at)
        elif isinstance(event, FlowMeasured):
            self._beside[event.instrument, event.timeframe].add(event)
        elif isinstance(event, SignalDetected):
            runner = self._runners.get(event.signal.strategy)
            if runner is not None:
                runner.note(event.signal)


def _asks_others(one: LoadedStrategy) -> bool:
    """Whether a strategy may read other instruments' candles; of one that runs elsewhere nobody knows."""
    return one.host is not None or any(
        name.startswith(OTHER) for each in expressions(one.strategy) for name in columns_of(each)
    )
