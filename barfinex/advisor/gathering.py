"""Gathers the facts of a case from what was folded: market, regime, account, and what is known of the
strategy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from barfinex.advisor.carry import Carry
from barfinex.advisor.features import candles as candle_features
from barfinex.advisor.features import sources
from barfinex.advisor.features.flow import FlowWindow
from barfinex.advisor.features.vector import Features, Reading
from barfinex.advisor.learning.learner import Learner
from barfinex.advisor.motion import Motion, known, motion_of
from barfinex.advisor.regimes.course import Rotation
from barfinex.advisor.regimes.tracker import RegimeTracker
from barfinex.advisor.regimes.tracker import Standing as RegimeState
from barfinex.advisor.stages.context import Account, Facts
from barfinex.advisor.standing import Standing
from barfinex.advisor.trace import Case
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Candles
from barfinex.domain.view import MarketView
from barfinex.events.provider_market import FlowMeasured

DEPTH = 2_000
SEEN_MAX = 4_096
TRACKERS_MAX = 1_024
SEED = 20
NOWHERE = RegimeTracker().state

Key = tuple[str, str]


@dataclass(slots=True)
class Market:
    """Candles, order flow and regimes by instrument and timeframe. A regime is followed from the first signal
    on: what nobody trades is nobody's concern."""

    refit_every: int
    view: MarketView = field(default_factory=lambda: MarketView(DEPTH))
    flows: dict[Key, FlowWindow] = field(default_factory=dict)
    trackers: dict[Key, RegimeTracker] = field(default_factory=dict)

    def fold(self, candles: Candles) -> list[Rotation]:
        """Take closed candles in; the changes of regime among them."""
        self.view.fold(candles)
        tracker = self.trackers.get(candles.key)
        return [] if tracker is None else tracker.advance(candles)

    def follow(self, key: Key) -> RegimeTracker | None:
        """The tracker of a series, begun on the candles that are held when it is first asked for."""
        tracker, held = self.trackers.get(key), self.view.get(*key)
        if tracker is None and held is not None and len(self.trackers) < TRACKERS_MAX:
            tracker = self.trackers[key] = RegimeTracker(SEED, self.refit_every)
            tracker.advance(held)
        return tracker

    def measure(self, event: FlowMeasured) -> None:
        self.flows.setdefault((event.instrument, event.timeframe), FlowWindow()).fold(event)

    def peek(self, candles: Candles) -> int:
        """How many of the coming candles change no regime before the last."""
        tracker = self.trackers.get(candles.key)
        return len(candles) if tracker is None else tracker.peek(candles)


class Gathering:
    """Everything a decision may rest on, as of its signal."""

    def __init__(
        self,
        config: AdvisorConfig,
        instruments: frozenset[str],
        spread_bps: float,
        market: Market,
        standing: Standing,
        learner: Learner,
        carry: Carry,
    ) -> None:
        self._config, self._instruments, self._spread_bps = config, instruments, spread_bps
        self._market, self._standing, self._learner, self._carry = market, standing, learner, carry
        self._latest: dict[tuple[str, str, str, int], int] = {}
        self.decided: dict[str, None] = {}
        self.learned_at = 0

    def facts(self, case: Case) -> Facts:
        signal, standing = case.signal, self._standing
        key = signal.instrument, signal.timeframe
        held = self._market.view.get(*key)
        motion = motion_of(held, signal.candle_ts, signal.price)
        told = standing.quality.get(signal.instrument)
        halt = standing.halt_of(signal.strategy, signal.instrument)
        return Facts(
            motion,
            standing.quotes.of(signal.instrument, motion.price, motion.closed_at, self._spread_bps),
            self._features(case, held, motion),
            self._regime(key),
            Account(
                standing.equity,
                standing.drawdown,
                len(standing.open),
                standing.waits,
                standing.holds(signal.strategy, signal.instrument),
                "" if halt is None else str(halt),
                standing.journal_stalled,
            ),
            tuple(sorted(told.parts.items())) if told is not None else (),
            told.score if told is not None else None,
            not self._instruments or signal.instrument in self._instruments,
            signal.id in self.decided,
            standing.is_stalled(signal.instrument),
        )

    def remember(self, case: Case) -> None:
        """The signal was decided: it is not decided again, and the next one of its side knows of it."""
        signal = case.signal
        self.decided[signal.id] = None
        if len(self.decided) > SEEN_MAX:  # A signal as old as that has expired long ago.
            del self.decided[next(iter(self.decided))]
        side = signal.strategy, signal.instrument, signal.timeframe, signal.direction.sign
        self._latest.pop(side, None)
        self._latest[side] = signal.candle_ts
        if len(self._latest) > SEEN_MAX:
            del self._latest[next(iter(self._latest))]

    def _regime(self, key: Key) -> RegimeState:
        tracker = self._market.follow(key)
        return NOWHERE if tracker is None else tracker.state

    def _features(self, case: Case, held: Candles | None, motion: Motion) -> Features:
        return Features.of(case.signal.direction, self._readings(case, held, motion))

    def _readings(self, case: Case, held: Candles | None, motion: Motion) -> Iterator[Reading]:
        signal = case.signal
        end = known(held, signal.candle_ts) if held is not None else 0
        step, atr = motion.step_ms, None
        if held is not None and end:
            upto = Candles(held.series, held.start, end)
            atr = candle_features.atr(upto)
            yield candle_features.reading(upto)
            flow = self._market.flows.get(upto.key)
            if flow is not None:
                yield flow.reading(upto, atr)
        side = signal.strategy, signal.instrument, signal.timeframe, signal.direction.sign
        if step:
            yield sources.earlier(signal, self._latest.get(side), step)
            yield sources.bracket(signal, atr, step)
        yield sources.funding(self._carry.rate(signal.instrument), 0)  # What was told was known.
        hit_rate, drawdown_r, losses = self._learner.strategies.state(signal.strategy)
        yield sources.strategy(hit_rate, drawdown_r, losses, self.learned_at)
