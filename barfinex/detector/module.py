"""The Detector: strategies watch closed candles and say what they see. It never places or sizes an order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import ClassVar

from barfinex.bus.port import Port
from barfinex.detector.flows import Flows
from barfinex.detector.footing import Footing
from barfinex.detector.loader import Loaded, LoadedStrategy
from barfinex.detector.scoring import ENTRIES, EXITS, Rule, Scorer
from barfinex.detector.signals import ttl_ms, write
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.signal import Direction, Signal, SignalKind
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected, StrategyDisabled, StrategyLoaded
from barfinex.events.inspector import PositionOpened, TradeClosed
from barfinex.events.provider import CandlesClosed
from barfinex.events.provider_market import FlowMeasured


@dataclass(slots=True)
class Standing:
    """Where a strategy stands on an instrument: flat, or in a trade. Times are ms UTC."""

    trade_id: str | None = None
    direction: Direction = Direction.LONG
    entries_from: int = 0
    exits_from: int = 0

    @property
    def rules(self) -> tuple[Rule, ...]:
        return ENTRIES if self.trade_id is None else EXITS[self.direction]

    @property
    def acts_from(self) -> int:
        """The first `known_at` at which it may signal: not while its last signal may still be acted on."""
        return self.entries_from if self.trade_id is None else self.exits_from


@dataclass(slots=True)
class Runner:
    """A running strategy with its scorers (per instrument and timeframe) and standings (per instrument)."""

    loaded: LoadedStrategy
    scorers: dict[tuple[str, str], Scorer] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    footings: defaultdict[tuple[str, str], Footing] = field(default_factory=lambda: defaultdict(Footing))
    failure: str | None = None
    flows: defaultdict[tuple[str, str], Flows] = field(default_factory=lambda: defaultdict(Flows))

    def wants(self, block: Candles, finest_ms: int) -> bool:
        strategy = self.loaded.strategy
        if self.failure is not None:
            return False
        if strategy.instruments and block.instrument not in strategy.instruments:
            return False
        if strategy.timeframe is None:
            return block.series.step_ms == finest_ms
        return block.timeframe == strategy.timeframe

    def scorer(self, block: Candles) -> Scorer:
        found = self.scorers.get(block.key)
        if found is None:
            found = self.scorers[block.key] = Scorer(self.loaded.strategy, self.flows[block.key])
        return found

    def standing(self, instrument: str) -> Standing:
        found = self.standings.get(instrument)
        if found is None:
            found = self.standings[instrument] = Standing()
        return found

    def quiet(self, block: Candles, enough: int) -> int:
        """How many of the coming candles pass; an answer beyond `enough` is not looked for."""
        standing, series = self.standing(block.instrument), block.series
        since, acts_from = block.start, standing.acts_from - series.step_ms
        if series.ts.item(since) < acts_from:
            since = series.after(acts_from - 1)
        scorer = self.scorer(block)
        since = max(since, scorer.new_from(block) + self.loaded.strategy.warmup - 1 - scorer.seen)
        found = scorer.first(block, standing.rules, since, enough)
        return len(block) if found is None else found - block.start + 1

    def take(self, block: Candles) -> int | None:
        """Move forward; the index of the block's last candle if it is new and was scored."""
        scorer = self.scorer(block)
        self.footings[block.key].take(block)
        at = scorer.deliver(block)
        if scorer.fault is not None and scorer.fault.at < block.stop:
            self.failure = scorer.fault.reason
            self.scorers.clear()
            return None
        return at

    def look(self, block: Candles, at: int, now: int) -> Signal | None:
        """What there is to say at the block's last candle, unless it closed too long ago to act on."""
        standing, strategy = self.standing(block.instrument), self.loaded.strategy
        if block.known_at < standing.acts_from or now > block.known_at + ttl_ms(strategy, block):
            return None
        scorer = self.scorer(block)
        if scorer.seen < strategy.warmup:
            return None
        for rule in standing.rules:
            scored = scorer.scored(rule, at)
            if scored is not None:
                rests_on = self.footings[block.key].worst(block)
                signal = write(strategy, rule, block.last(), scored, standing.trade_id, now, rests_on)
                self.note(signal)
                return signal
        return None

    def note(self, signal: Signal) -> None:
        """Say nothing of that kind again while somebody may still act on this."""
        standing = self.standing(signal.instrument)
        if signal.kind is SignalKind.ENTRY:
            standing.entries_from = signal.expires_at
        else:
            standing.exits_from = signal.expires_at

    def leave(self, instrument: str, now: int) -> None:
        """A trade ended: flat, and waiting as long as the strategy wants to."""
        cooldown = self.loaded.strategy.cooldown
        steps = [timeframe_ms(timeframe) for symbol, timeframe in self.scorers if symbol == instrument]
        wait = cooldown * min(steps) if steps else 0
        self.standings[instrument] = Standing(entries_from=now + wait)


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
