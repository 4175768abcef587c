"""The page of a run over history: complete in itself, and what it counts is what plain arithmetic counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Direction
from barfinex.studio.report import Told, months, write
from tests.detector.market import BTC, MINUTE, walk

DAY = 86_400_000


@settings(max_examples=30)
@given(st.integers(1, 900), st.integers(0, 20_000))
def test_months_are_what_was_gained_between_their_ends(days: int, first: int) -> None:
    times = (first + np.arange(1, days + 1)) * DAY
    equity = 100.0 + np.cumsum(np.random.default_rng(days).normal(0, 0.1, days))
    ends: dict[tuple[int, int], float] = {}
    for ts, value in zip(times.tolist(), equity.tolist(), strict=True):
        at = datetime.fromtimestamp((ts - 1) / 1000, UTC)
        ends[at.year, at.month] = value
    before, expected = float(equity[0]), {}
    for (year, month), value in ends.items():
        expected[year, month] = value / before - 1
        before = value
    found = {
        (year, month): one for year, each in months(times, equity).items() for month, one in each.items()
    }
    assert found.keys() == expected.keys()
    np.testing.assert_allclose(list(found.values()), list(expected.values()), atol=1e-12)


def trade(at: int, net: str) -> RoundTrip:
    return RoundTrip(
        id=f"trd-{at}",
        strategy="<b>odd</b>",
        instrument=BTC,
        direction=Direction.SHORT if at % 2 else Direction.LONG,
        quantity=Decimal(1),
        entry_ts=at * MINUTE,
        exit_ts=(at + 5) * MINUTE,
        entry_price=Decimal(100),
        exit_price=Decimal(101),
        fees=Decimal(0),
        net_pnl=Decimal(net),
        reason="target",
    )


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    series = walk(5_000)
    rows = [{"strategy": "odd", "condition": "up", "trades": 2, "wins": 1, "net_pnl": -3.0}]
    equity = 1_000 + np.arange(5_000.0)
    trades = [trade(10, "2.5"), trade(31, "-1")]
    told = Told("Run <1>", {"trades": "2"}, series.ts + MINUTE, equity, [series], trades, rows)
    write(told, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "Run &lt;1&gt;" in text
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text)
    assert text.count('class="plotly-graph-div"') == 3


def test_a_run_without_trades_has_a_page_too(tmp_path: Path) -> None:
    series = walk(10)
    write(Told("nothing", {}, series.ts + MINUTE, np.full(10, 1e6), [series], [], []), tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 1_000
