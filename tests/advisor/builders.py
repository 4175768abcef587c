"""What the Advisor's tests are made of: a seeded market, signals, facts with nothing to object to, and a
desk."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
from msgspec.structs import replace

from barfinex.advisor.calibration.hierarchical import fit_hierarchical
from barfinex.advisor.costs import Costs
from barfinex.advisor.desk import Desk
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.features.vector import Features
from barfinex.advisor.learning.known import Known
from barfinex.advisor.learning.ladder import Ladder
from barfinex.advisor.learning.logistic import train
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.learning.serving import Serving, Trained
from barfinex.advisor.motion import Motion
from barfinex.advisor.quotes import Quote
from barfinex.advisor.regimes.tracker import Standing as RegimeState
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.advisor.stages.context import Account, Facts
from barfinex.advisor.stages.review import RuleReviewer
from barfinex.advisor.trace import Case
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Floats, Series
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction, Regime, Signal, SignalKind

STEP = 60_000
BRACKET = Bracket(stop=0.02, target=0.06)
COSTS = Costs(0.0005, 2.0, 1.0)
EVEN = (0.2, 0.2, 0.2, 0.2, 0.2)


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


NOW = 300 * STEP
MOTION = Motion(121, 100.0, 0.002, 1.0, 0.5, 0.003, 0.5, 0.0, 0.0, 0.0, NOW, STEP, final=True, sound=True)
QUOTE = Quote(99.99, 100.01, NOW, "candle", 2.0)
ACCOUNT = Account(100_000.0, 0.0, 0, False, False, "", False)


def features(row: list[float] | None = None, known_at: int = NOW) -> Features:
    """All twenty-four, of a row or all at a tenth."""
    return Features(tuple(row or [0.1] * len(NAMES)), (), known_at, NAMES[0])


def facts(**changes: Any) -> Facts:
    """A market and an account with nothing to object to."""
    regime = RegimeState(Regime.RANGE, Regime.RANGE, EVEN, 10, False, "")
    base = Facts(MOTION, QUOTE, features(), regime, ACCOUNT, (), None, True, False, False)
    return replace(base, **changes)


def known(**changes: Any) -> Known:
    """A strategy of which a hundred effective outcomes are known."""
    return replace(Known(Ladder(), 0.5, 0.5, 0.5, 100.0, 120, False), **changes)


def desk(config: AdvisorConfig | None = None, **changes: Any) -> Desk:
    """Nobody objects, nothing is held, and no model serves."""
    made: dict[str, Any] = {
        "config": config or AdvisorConfig(),
        "costs": COSTS,
        "carry": 0.0,
        "serving": None,
        "verdict": Verdict(1.0, rejected=False, drift=False),
        "known": known(),
        "payoff": Payoff(2.5, -1.1, 100.0),
        "reviewer": RuleReviewer(),
        "share": 1.0,
        "held": (),
        "rho_of": lambda a, b: 0.0,
        "now": NOW,
        "halted": "",
        "journal_stalled": False,
        "is_repeated": False,
    }
    return Desk(**{**made, **changes})


@lru_cache(maxsize=4)
def serving(slope: float = 1.0, until: int = NOW - STEP) -> Serving:
    """A model of the first feature alone, trained on 300 rows."""
    rng = np.random.default_rng(3)
    table = rng.normal(size=(300, len(NAMES)))
    won = (rng.random(300) < 1.0 / (1.0 + np.exp(-slope * table[:, 0]))).astype(np.float64)
    model = train(NAMES, table, won, np.ones(300), 0.5)
    calibrator = fit_hierarchical(model.logits(table), np.full((300, 5), 0.2), won)
    return Serving.of(Trained(model, calibrator, until), table)


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
