"""The Detector: strategies watch closed candles and say what they see. It never places or sizes an order."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from barfinex.bus.port import Port
from barfinex.detector.flows import Flows
from barfinex.detector.loader import Loaded
from barfinex.detector.runner import Runner, Standing
from barfinex.domain.candles import Candles
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected, StrategyDisabled, StrategyLoaded
from barfinex.events.inspector import PositionOpened, TradeClosed
from barfinex.events.provider import CandlesClosed
from barfinex.events.provider_market import FlowMeasured


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

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._flows: defaultdict[tuple[str, str], Flows] = defaultdict(Flows)
        self._runners = {one.strategy.name: Runner(one, flows=self._flows) for one in loaded.strategies}
        self._failed: list[Runner] = []
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
        while self._failed:
            runner = self._failed.pop(0)
            assert runner.failure is not None, "only a strategy that failed is put there"
            one = runner.loaded
            port.emit(StrategyDisabled(strategy=one.strategy.name, file=one.file, reason=runner.failure))

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
            self._flows[event.instrument, event.timeframe].add(event)
        elif isinstance(event, SignalDetected):
            runner = self._runners.get(event.signal.strategy)
            if runner is not None:
                runner.note(event.signal)
