"""Whole systems on linear futures: funding and liquidations, on any partition of the candles."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.audit.journal import HashJournal
from barfinex.config import Config
from barfinex.domain.trading import Cause
from barfinex.events.inspector import FillUnexplained, TradeClosed, TradingHalted
from barfinex.events.provider import FundingSettled, OrderFilled
from barfinex.provider.venues.rates import Listed
from barfinex.runtime.history import Outcome
from tests.scenarios.world import T0, config, play, walk

D = Decimal
SYMBOLS = ("AAA-USD", "BBB-USD")
NO_LIMITS = {"daily_loss_max": 1, "daily_fall_max": 1, "weekly_fall_max": 1, "drawdown_max": 1}


def rates(symbol: str, every_s: int, seed: int) -> Listed:
    rng = np.random.default_rng(seed)
    times = tuple(T0 + 1_000 * at for at in range(every_s, 1_200, every_s))
    drawn = tuple(D(int(n)).scaleb(-6) for n in rng.integers(-90, 90, len(times)))
    return Listed(symbol, f"{symbol}_funding", "seeded", times, drawn)


def futures(leverage: int, **changes: Any) -> Config:
    terms = {"market": "linear", "leverage": str(leverage), "tick": "0.01", "lot": "0.01"}
    return config([{"symbol": symbol, **terms} for symbol in SYMBOLS], **changes)


def funded(block: int) -> tuple[Outcome, HashJournal]:
    series = [walk("AAA-USD", 11, 1_200), walk("BBB-USD", 12, 1_100, gap=0.001)]
    series += [walk("AAA-USD", 13, 20, step_ms=60_000)]
    paid = [rates("AAA-USD", 60, 1), rates("BBB-USD", 7, 2)]
    outcome, journal, _ = play(series, futures(20, venue={"latency_ms": 20}), block=block, rates=paid)
    return outcome, journal


@cache
def whole() -> HashJournal:
    return funded(0)[1]


@pytest.mark.parametrize("block", [1, 37])
def test_funding_comes_at_the_same_moment_in_any_partition(block: int) -> None:
    """I8: a time of funding ends what passes quietly."""
    assert funded(block)[1].head == whole().head


@settings(max_examples=3, deadline=None)
@given(block=st.integers(2, 300))
def test_any_partition_gives_the_same_journal(block: int) -> None:
    """I8, with funding over two series."""
    assert funded(block)[1].head == whole().head


def test_funding_is_in_the_result_of_each_trade_and_of_the_run() -> None:
    """I16: what was settled is what the trades bore, to the last digit; the witness has counted the cash."""
    outcome, journal = funded(0)
    events = [each.event for each in journal.envelopes]
    settled = [each for each in events if isinstance(each, FundingSettled)]
    trades = [each.trade for each in events if isinstance(each, TradeClosed)]
    assert len(settled) > 20
    assert sum((each.amount for each in settled), D(0)) == outcome.collector.funding
    still = outcome.collector.funding - sum((each.funding for each in trades), D(0))
    assert len({each.funding for each in trades}) > 5
    report = outcome.report(futures(20))
    assert report["funding"] == float(outcome.collector.funding)
    held = Counter[str]()
    for each in events:
        if isinstance(each, OrderFilled):
            held[each.instrument] += int(each.fill.quantity * each.fill.side.sign * 100)
    assert still == 0 or any(held.values())


def ruinous(block: int) -> tuple[Outcome, HashJournal]:
    """Rates that use the margin of a long up while it is held."""
    series = [walk("AAA-USD", 11, 1_200), walk("BBB-USD", 12, 1_200)]
    times = tuple(T0 + 1_000 * at for at in range(10, 1_200, 10))
    ruin = (D("0.02"),) * len(times)
    paid = [Listed(symbol, f"{symbol}_funding", "seeded", times, ruin) for symbol in SYMBOLS]
    outcome, journal, _ = play(series, futures(20, inspector=NO_LIMITS), block=block, rates=paid)
    return outcome, journal


def test_a_liquidation_closes_the_trade_and_halts_its_instrument() -> None:
    outcome, journal = ruinous(0)
    events = [each.event for each in journal.envelopes]
    closed = [each.trade for each in events if isinstance(each, TradeClosed)]
    stopped = [each for each in events if isinstance(each, TradingHalted)]
    halts = [str(each.scope) for each in stopped if each.cause is Cause.LIQUIDATED]
    assert sum(trade.reason == "liquidation" for trade in closed) >= len(halts) > 0
    assert len(halts) == len(set(halts)), "no entry passes after it"
    assert not [each for each in events if isinstance(each, FillUnexplained)]
    assert ruinous(1)[1].head == journal.head, "I8"
    assert outcome.collector.reasons["liquidation"] > 0
