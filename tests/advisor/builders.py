"""What the Advisor's tests are made of: a seeded market, signals, and stages already passed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from msgspec.structs import replace

from barfinex.advisor.learning.labels import Labels
from barfinex.advisor.learning.platt import Platt
from barfinex.advisor.stages.calibration import Calibration, calibrate
from barfinex.advisor.stages.context import Context
from barfinex.advisor.stages.conviction import score_conviction
from barfinex.advisor.stages.evidence import weigh_evidence
from barfinex.advisor.stages.quality import Quality
from barfinex.advisor.stages.synthesis import RuleSynthesizer, Synthesis, synthesize
from barfinex.advisor.trace import Case, Decline
from barfinex.domain.candles import Floats, Series
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction, Regime, Signal, SignalKind

STEP = 60_000
BRACKET = Bracket(stop=0.02, target=0.04)


def market(closes: Floats | None = None) -> Series:
    """One-minute candles, by default 300 of a calm random walk; every candle has a range."""
    if closes is None:
        closes = 100.0 * np.exp(np.random.default_rng(7).normal(0.0, 0.002, 300).cumsum())
    ts = np.arange(len(closes), dtype=np.int64) * STEP
    high, low = closes * 1.001, closes * 0.999
    return Series("BTC-USDT", "1m", ts, closes.copy(), high, low, closes.copy(), np.ones(len(closes)))


def signal(number: int = 1, at: int = 299, **changes: Any) -> Signal:
    """An entry signal at candle `at` that may be acted on for two minutes."""
    base = Signal(
        id=f"sig-{number:016x}",
        strategy="sample",
        instrument="BTC-USDT",
        timeframe="1m",
        kind=SignalKind.ENTRY,
        direction=Direction.LONG,
        score=1.0,
        threshold=0.5,
        conditions=(),
        candle_ts=at * STEP,
        candle_hash="0",
        price=100.0,
        expires_at=(at + 3) * STEP,
        bracket=BRACKET,
    )
    return replace(base, **changes)


def case(**changes: Any) -> Case:
    sent = signal(**changes)
    return Case.of(sent, sent.candle_ts + STEP)


def context(decided: Case | None = None, **changes: Any) -> Context:
    """A market with nothing to object to."""
    base = Context(decided or case(), 121, 100.0, 0.002, 1.0, 0.0, 0.0, 0.0, True, True, 2.0, Regime.RANGE)
    return replace(base, **changes)


def quality(facts: Context | None = None, grade: float = 1.0) -> Quality:
    facts = facts or context()
    return Quality(facts.case, facts, grade, ())


def calibration(facts: Context | None = None, grade: float = 1.0) -> Calibration:
    raw = score_conviction(weigh_evidence(quality(facts, grade)), Labels(0.45, 20))
    return calibrate(raw, Platt())


def synthesis(facts: Context | None = None) -> Synthesis:
    found = synthesize(calibration(facts), RuleSynthesizer())
    return found.output if isinstance(found, Decline) else found


def round_trip(trade_id: str, net_pnl: str) -> RoundTrip:
    one = Decimal(1)
    return RoundTrip(
        id=trade_id,
        strategy="sample",
        instrument="BTC-USDT",
        direction=Direction.LONG,
        quantity=one,
        entry_ts=0,
        exit_ts=STEP,
        entry_price=one,
        exit_price=one,
        fees=Decimal(0),
        net_pnl=Decimal(net_pnl),
        reason="stop",
    )
