"""Figures of a run against plain loops."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.candles import Series
from barfinex.domain.order import Fill, Side
from barfinex.domain.position import Portfolio
from barfinex.events.inspector import TradingHalted
from barfinex.events.provider import OrderFilled
from barfinex.runtime.results import DAY_MS, HALTS_MAX, Collector, equity_curve, max_drawdown, sharpe
from tests.bus.facts import enveloped
from tests.factories import BTC, MINUTE, START, fill, flat

D = Decimal
EQUITY = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=60)


@given(EQUITY)
def test_drawdown_is_the_largest_fall_below_an_earlier_peak(curve: list[float]) -> None:
    peak = worst = 0.0
    for value in curve:
        peak = max(peak, value)
        worst = max(worst, (peak - value) / peak)
    assert max_drawdown(np.array(curve)) == pytest.approx(worst, abs=1e-12)


def test_no_curve_has_no_drawdown() -> None:
    assert max_drawdown(np.array([])) == 0.0


@given(st.lists(st.floats(50.0, 200.0), min_size=3, max_size=40), st.integers(1, 5))
def test_sharpe_is_mean_over_deviation_of_daily_returns(ends: list[float], a_day: int) -> None:
    """Only the last value of each UTC day counts; a close at midnight belongs to the day that ends."""
    times, values = [], []
    for day, end in enumerate(ends):
        for k in range(1, a_day + 1):
            times.append(day * DAY_MS + k * DAY_MS // a_day)
            values.append(end if k == a_day else 7.0)
    daily = [after / before - 1 for before, after in pairwise(ends)]
    found = sharpe(np.array(times, dtype=np.int64), np.array(values))
    if stdev(daily) < 1e-9:
        return
    assert found == pytest.approx(mean(daily) / stdev(daily) * 365**0.5, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("values", [[100.0], [100.0, 101.0], [100.0, 100.0, 100.0, 100.0]])
def test_too_few_days_or_no_change_at_all_have_no_sharpe(values: list[float]) -> None:
    times = np.arange(1, len(values) + 1, dtype=np.int64) * DAY_MS
    assert sharpe(times, np.array(values)) is None


def looped(series: list[Series], fills: list[Fill], cash: Decimal) -> list[float]:
    """Equity at every close, folded fill by fill."""
    times = sorted({int(ts) + one.step_ms for one in series for ts in one.ts})
    curve = []
    for now in times:
        book, marks = Portfolio(cash), dict[str, Decimal]()
        for each in fills:
            if each.ts < now:
                book.apply(each)
        for one in series:
            closed = [float(p) for ts, p in zip(one.ts, one.close, strict=True) if ts + one.step_ms <= now]
            marks[one.instrument] = D(repr(closed[-1] if closed else float(one.open[0])))
        curve.append(float(book.equity(marks)))
    return curve


FILLS = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals(D("0.1"), D(5), places=1),
        st.integers(0, 19),
        st.sampled_from([BTC, "ETH"]),
    ),
    max_size=12,
)


@given(FILLS)
def test_the_equity_curve_is_cash_and_holdings_at_every_close(
    made: list[tuple[Side, Decimal, int, str]],
) -> None:
    """I16: the vectorised curve is the fold of the fills."""
    series = [
        flat(*[100.0 + k * 1.5 for k in range(20)]),
        flat(*[50.0 - k for k in range(4)], instrument="ETH", timeframe="5m", step=5 * MINUTE),
    ]
    fills = [
        fill(side=side, quantity=quantity, price=D(90 + minute), ts=START + minute * MINUTE, instrument=name)
        for side, quantity, minute, name in sorted(made, key=lambda each: each[2])
    ]
    times, curve = equity_curve(series, fills, D(10_000))
    assert curve.tolist() == pytest.approx(looped(series, fills, D(10_000)))
    assert times[0] == START + MINUTE
    assert np.all(np.diff(times) > 0)


def test_only_the_finest_series_of_an_instrument_marks_it() -> None:
    fine, coarse = flat(1.0, 2.0), flat(99.0, timeframe="5m")
    times, curve = equity_curve([coarse, fine], [fill(price=D(1), fee=D(0))], D(10))
    assert times.tolist() == [START + MINUTE, START + 2 * MINUTE]
    assert curve.tolist() == [10.0, 11.0]


def test_a_collector_counts_events_and_sums_money_exactly() -> None:
    collector = Collector(lambda: Counter({OrderFilled: 10}))
    for _ in range(10):
        event = OrderFilled(instrument=BTC, order_id="o", fill=fill(fee=D("0.1")), filled=D(1), quantity=D(1))
        collector.tap(enveloped(event))
    report = collector.report()
    assert (report["fills"], report["fees"], report["trades"], report["net_pnl"]) == (10, 1.0, 0, 0.0)


def test_a_halt_is_reported_with_its_time_scope_and_reason() -> None:
    """A run that stopped trading half-way must not look as if it had found nothing more to do."""
    collector = Collector()
    halted = TradingHalted(way="inspector", reason="a fall of 10 %")
    for _ in range(HALTS_MAX + 5):
        collector.tap(enveloped(halted))
    halts = collector.report()["halts"]
    assert halts[0] == {"at": 0, "scope": "global", "reason": "a fall of 10 %"}
    assert len(halts) == HALTS_MAX
