"""A strategy at work: where it stands on each instrument, and what it has to say at a candle's close."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from barfinex.detector.beside import Beside
from barfinex.detector.footing import Footing
from barfinex.detector.loader import LoadedStrategy
from barfinex.detector.scoring import ENTRIES, EXITS, Rule, Scorer
from barfinex.detector.signals import reasons_of, ttl_ms, write
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.signal import Direction, Signal, SignalKind
from barfinex.events.detector import SignalInvalidated, SignalUpdated

UNMET = "its conditions are not met any more"


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
    alive: dict[tuple[str, str], tuple[Signal, Rule]] = field(default_factory=dict)
    beside: defaultdict[tuple[str, str], Beside] = field(default_factory=lambda: defaultdict(Beside))

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
            found = self.scorers[block.key] = self.loaded.scorer(self.beside[block.key])
        return found

    def standing(self, instrument: str) -> Standing:
        found = self.standings.get(instrument)
        if found is None:
            found = self.standings[instrument] = Standing()
        return found

    def quiet(self, block: Candles, enough: int) -> int:
        """How many of the coming candles pass; an answer beyond `enough` is not looked for."""
        if block.key in self.alive:
            return 1
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
                if rule in ENTRIES and strategy.ttl > 1:
                    self.alive[block.key] = signal, rule
                return signal
        return None

    def follow(self, block: Candles, at: int) -> SignalUpdated | SignalInvalidated | None:
        """What became of the last entry signal at a later candle, until it expires or is acted on."""
        signal, rule = self.alive.get(block.key, (None, None))
        if signal is None or rule is None:
            return None
        standing = self.standing(block.instrument)
        if standing.trade_id is not None or block.known_at >= signal.expires_at:
            del self.alive[block.key]
            return None
        about = {"signal_id": signal.id, "strategy": signal.strategy, "instrument": signal.instrument}
        scored = self.scorer(block).scored(rule, at)
        if scored is None:
            del self.alive[block.key]
            return SignalInvalidated(**about, candle_ts=block.last_ts, reason=UNMET)
        reasons = reasons_of(self.loaded.strategy, rule, scored[0])
        score = sum(one.contribution for one in reasons)
        return SignalUpdated(**about, candle_ts=block.last_ts, score=score, conditions=tuple(reasons))

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
