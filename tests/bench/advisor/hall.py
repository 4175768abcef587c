"""The Advisor alone on a real bus: a seeded market, a signal at every candle, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from time import perf_counter_ns

import numpy as np

from barfinex.advisor.module import AdvisorModule
from barfinex.advisor.stages.review import Reviewer
from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Series
from barfinex.domain.ids import ident, kin
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction, Signal, SignalKind
from barfinex.domain.verdict import Approved
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.base import Envelope
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import IntentApproved, TradeClosed
from barfinex.events.provider import CandlesClosed

STEP = 60_000
WARM = 600
"""Candles before the first signal: features have their history, regimes their mixture."""
TAIL = 20
"""Candles after the last signal: in them its trade ends. More than the horizon of a label."""
TRADED = 10
"""One decision in so many is a real trade, which ends five candles on."""
OPEN = AdvisorConfig(
    base_rate=0.5,
    quality_min=0.0,
    conviction_min=0.0,
    uncertainty_max=1.0,
    spread_to_stop_max=1.0,
    stop_atr_min=0.0,
    reward_risk_min=0.0,
    expected_r_min=-100.0,
    expected_r_lcb_min=-100.0,
    horizon_candles=16,
    regime_refit_candles=1_440,
)
"""It gates, and next to nothing misses a limit: decisions reach the last stage."""


def market(seed: int, size: int) -> Series:
    """One-minute candles of a random walk whose volatility wanders."""
    rng = np.random.default_rng(seed)
    loud = np.exp(0.5 * np.sin(np.arange(size) / 400.0) + rng.normal(0.0, 0.1, size))
    close = 100.0 * np.exp((rng.normal(0.0, 0.001, size) * loud).cumsum())
    first = np.concatenate(([100.0], close[:-1]))
    wick = np.abs(rng.normal(0.0, 0.0004, (2, size))) * loud
    high, low = np.maximum(first, close) * (1.0 + wick[0]), np.minimum(first, close) * (1.0 - wick[1])
    ts = np.arange(size, dtype=np.int64) * STEP
    return Series("BTC-USDT", "1m", ts, first, high, low, close, rng.exponential(10.0, size))


def signals(series: Series, seed: int, places: Iterable[int]) -> Iterator[Signal]:
    """A signal at each of the candles `places`, of three strategies, either way."""
    rng = np.random.default_rng([seed, 13])
    for number, at in enumerate(places):
        side, ratio = rng.random(2).tolist()
        ts = series.ts.item(at)
        yield Signal(
            id=ident("sig", seed, number, ts),
            strategy=f"strategy-{number % 3}",
            instrument=series.instrument,
            timeframe=series.timeframe,
            kind=SignalKind.ENTRY,
            direction=Direction.LONG if side < 0.5 else Direction.SHORT,
            score=1.0,
            threshold=0.5,
            conditions=(),
            candle_ts=ts,
            candle_hash="0",
            price=series.close.item(at),
            expires_at=ts + 3 * STEP,
            bracket=Bracket(stop=0.003, target=0.003 * (1.0 + ratio)),
        )


@dataclass(frozen=True, slots=True)
class Trade:
    """The real trade of a signal; `won` decides what it came to."""

    signal: Signal
    exit_ts: int
    won: bool

    def closed(self) -> TradeClosed:
        signal, price = self.signal, Decimal(str(self.signal.price))
        gain = Decimal("0.004" if self.won else "-0.003") * signal.direction.sign
        trip = RoundTrip(
            id=kin("trd", signal.id),
            strategy=signal.strategy,
            instrument=signal.instrument,
            direction=signal.direction,
            quantity=Decimal(1),
            entry_ts=signal.candle_ts + STEP,
            exit_ts=self.exit_ts,
            entry_price=price,
            exit_price=price * (1 + gain),
            fees=price * Decimal("0.0005"),
            net_pnl=price * (gain * signal.direction.sign - Decimal("0.0005")),
            reason="target" if self.won else "stop",
        )
        return TradeClosed(instrument=signal.instrument, trade=trip, r_net=1.1 if self.won else -1.1)


def module(reviewer: Reviewer | None = None) -> AdvisorModule:
    return AdvisorModule(OPEN, fee=0.0002, spread_bps=1.0, slippage_bps=0.5, reviewer=reviewer)


class Hall:
    """Publishes what the other modules would.

    `took_ns` are the times from a signal to its answer, `answers` how often each decision was answered,
    `stages` where each answer came from ("": it passed), `labels` how many were learned. With `keep` the
    journal keeps its envelopes, and `said` is a hash of each event of the Advisor.
    """

    def __init__(self, series: Series, *, keep: bool = False, reviewer: Reviewer | None = None) -> None:
        self.journal, self.clock = HashJournal(keep=keep), VirtualClock(0)
        self._transport, self.module, self._series = LockstepTransport(), module(reviewer), series
        self._bus = Bus(self._transport, self.journal, self.clock, "run", arriving=True)
        answers = self._bus.answers("advisor", self._transport.spawner("advisor"))
        self._transport.attach(self.module, answers)
        self._bus.tap(self._sent, SignalDetected)
        self._bus.tap(self._answered, DecisionResponded)
        self._bus.tap(self._learned, OutcomeLabelled)
        if keep:
            self._bus.taps.append(self._heard)
        self.said: list[bytes] = []
        self.labels = 0
        self.answers: dict[str, int] = {}
        self.stages: list[str] = []
        self.took_ns: list[int] = []
        self._began = 0

    async def candles(self, start: int, stop: int) -> None:
        block = self._series.block(start, stop)
        self.clock.move(block.known_at)
        self._bus.publish(CandlesClosed(candles=block), "provider")
        await self._transport.settle()

    async def decide(self, *sent: Signal) -> None:
        """Signals that come at one moment."""
        for signal in sent:
            self._bus.publish(SignalDetected(signal=signal), "detector")
        await self._transport.settle()

    async def approve(self, signal: Signal) -> None:
        """The Inspector lets the intent of a signal through."""
        order = OrderRequest(
            id=kin("trd", signal.id) + "-e",
            instrument=signal.instrument,
            side=Side.BUY if signal.direction is Direction.LONG else Side.SELL,
            type=OrderType.MARKET,
            quantity=Decimal(1),
            purpose=Purpose.ENTRY,
            trade_id=kin("trd", signal.id),
            strategy=signal.strategy,
            intent_id=kin("int", signal.id),
        )
        permit = Approved(kin("apr", signal.id), order, order.fingerprint(), signal.expires_at)
        event = IntentApproved(
            instrument=signal.instrument, intent_id=order.intent_id, checks=(), approval=permit
        )
        self._bus.publish(event, "inspector")
        await self._transport.settle()

    async def trade(self, ended: Trade) -> None:
        self._bus.publish(ended.closed(), "inspector")
        await self._transport.settle()

    def _learned(self, _envelope: Envelope) -> None:
        self.labels += 1

    def _heard(self, envelope: Envelope) -> None:
        if envelope.source == "advisor":
            self.said.append(sha256(envelope.event.body()).digest())

    def _sent(self, _envelope: Envelope) -> None:
        self._began = perf_counter_ns()

    def _answered(self, envelope: Envelope) -> None:
        self.took_ns.append(perf_counter_ns() - self._began)
        answer = envelope.event
        assert isinstance(answer, DecisionResponded)
        self.answers[answer.decision_id] = self.answers.get(answer.decision_id, 0) + 1
        self.stages.append(answer.stage)


async def story(hall: Hall, series: Series, seed: int, count: int, changed: int = -1) -> None:
    """Candle by candle: a decision at each, and a trade of one in ten; the outcome of trade number `changed`
    is the other one."""
    await hall.candles(0, WARM)
    open_trades: dict[int, Trade] = {}
    places = range(WARM, WARM + count)
    for number, (at, signal) in enumerate(zip(places, signals(series, seed, places), strict=True)):
        await hall.candles(at, at + 1)
        ended = open_trades.pop(at, None)
        if ended is not None:
            await hall.trade(ended)
        await hall.decide(signal)
        if not hall.stages[-1]:
            await hall.approve(signal)
        if number % TRADED == 0:
            won = (number // TRADED % 2 == 0) is not (number // TRADED == changed)
            open_trades[at + 5] = Trade(signal, series.ts.item(at + 5) + STEP, won)
