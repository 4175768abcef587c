"""A market that closes at times: its nights are no gaps, and the horizon is one of time."""

from __future__ import annotations

import numpy as np

from barfinex.advisor.learning.waiting import WaitingRoom
from barfinex.advisor.motion import has_sessions, motion_of
from barfinex.domain.candles import Series
from barfinex.domain.signal import Direction, Regime
from barfinex.domain.view import MarketView
from barfinex.events.advisor_response import DecisionResponded

HOUR = 3_600_000
OPEN = 7


def exchange(days: int, around_the_clock: bool = False) -> Series:
    """Hourly candles of seven hours a day (or all), the price still at 100."""
    hours = np.arange(days * 24, dtype=np.int64)
    kept = hours if around_the_clock else hours[hours % 24 < OPEN]
    flat = np.full(len(kept), 100.0)
    return Series(
        "SPY", "1h", kept * HOUR, flat.copy(), flat * 1.001, flat * 0.999, flat.copy(), np.ones(len(kept))
    )


def decision(series: Series, at: int) -> DecisionResponded:
    return DecisionResponded(
        instrument="SPY", decision_id="dec-1", signal_id="sig-1", strategy="s", timeframe="1h",
        direction=Direction.LONG, approved=False, code="", stage="", value="", limit="", p_final=0.5, lcb=0.4,
        expected_r=0.0, r_range=(), size=0.0, candle_ts=series.ts.item(at), entry=100.0, mid=100.0, stop=0.01,
        target=0.02, horizon=48, cost=0.001, slippage=0.0, features=(), missing=(), posterior=(),
        regime=Regime.RANGE, rungs=(), base_rate=0.5, logit=None, model_id="", trace_hash="",
    )  # fmt: skip


def without(series: Series, gone: list[int]) -> Series:
    kept = np.delete(np.arange(len(series.ts)), gone)
    opened, high, low, close = (
        column[kept] for column in (series.open, series.high, series.low, series.close)
    )
    return Series("SPY", "1h", series.ts[kept], opened, high, low, close, series.volume[kept])


def labelled(series: Series, at: int, blocks: int) -> list[tuple[float, str, int]]:
    market, room = MarketView(5_000), WaitingRoom(48)
    market.fold(series.block(0, at + 1))
    decided_at = series.ts.item(at) + HOUR
    room.expect(decision(series, at), decided_at, market)
    for start in range(at + 1, len(series.ts), blocks):
        block = series.block(start, min(start + blocks, len(series.ts)))
        room.fold(block)
        found = room.admit(block.known_at)
        if found:
            return [(one.r_net, one.barrier, one.touched_at - decided_at) for one in found]
    return []


def test_nights_are_no_gaps_and_two_days_are_two_days() -> None:
    series = exchange(60)
    assert has_sessions(series.block(), series.ts.item(300))
    assert motion_of(series.block(), series.ts.item(300), 100.0).absent < 0.05
    for blocks in (1, 5, 200):
        ((r_net, barrier, lasted),) = labelled(series, 300, blocks)
        assert (round(r_net, 9), barrier, lasted) == (-0.1, "horizon", 48 * HOUR)


def test_where_nobody_closes_a_candle_that_is_missing_is_a_gap() -> None:
    series = exchange(40, around_the_clock=True)
    assert not has_sessions(series.block(), series.ts.item(600))
    holed = without(series, [610])
    assert labelled(series, 600, 7) != []
    assert labelled(holed, 600, 1) == labelled(holed, 600, 7) == []
    torn = without(series, list(range(560, 600)))
    assert motion_of(torn.block(), series.ts.item(605), 100.0).absent > 0.2
