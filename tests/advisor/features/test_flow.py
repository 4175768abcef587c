"""Flow features come of the candle they were measured on, or are missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.advisor.features.flow import ENOUGH, LOOKBACK, FlowWindow
from barfinex.advisor.features.table import NAMES
from barfinex.domain.flow import BookFlow, TapeFlow
from barfinex.events.provider_market import FlowMeasured
from tests.advisor.features.made import STEP, market

SERIES = market()
RNG = np.random.default_rng(8)
SPREADS, DEPTHS = RNG.uniform(1.0, 3.0, 300), RNG.uniform(1e4, 9e4, 300)
BOOK = BookFlow(
    samples=60,
    spread_bps=2.0,
    microprice=100.0,
    imbalance_1=0.1,
    imbalance_5=0.3,
    imbalance_10=0.2,
    depth_10=5e4,
    depletion=0.0,
    replenishment=0.0,
)
TAPE = TapeFlow(trades=10, volume=8.0, signed_volume=2.0, cvd=0.0, vwap=100.0, per_second=0.2, burst=2.0)


def measured(at: int, **changes: Any) -> FlowMeasured:
    book = replace(BOOK, spread_bps=SPREADS[at].item(), depth_10=DEPTHS[at].item())
    tape = replace(TAPE, signed_volume=float(at % 5))
    fields: dict[str, Any] = {"book": book, "tape": tape, **changes}
    return FlowMeasured(instrument="BTC-USDT", timeframe="1m", candle_ts=at * STEP, **fields)


def window(stop: int, start: int = 0) -> FlowWindow:
    flow = FlowWindow()
    for at in range(start, stop):
        flow.fold(measured(at))
    return flow


def test_each_is_what_its_formula_says() -> None:
    found = window(200).reading(SERIES.block(0, 200), 0.002)
    spreads = np.log(SPREADS[200 - LOOKBACK : 200])
    depths = DEPTHS[200 - LOOKBACK : 200]
    assert found.known_at == 200 * STEP
    assert set(found.values) <= set(NAMES)
    assert found.values == pytest.approx(
        {
            "signed_volume": 4.0 / 8.0,
            "cvd_slope": 10.0 / 40.0,
            "book_imbalance": 0.3,
            "microprice_offset": np.log(100.0 / SERIES.close[199]) / 0.002,
            "spread_z": (spreads[-1] - spreads.mean()) / spreads.std(ddof=1),
            "depth_percentile": (depths < depths[-1]).mean(),
        }
    )


def test_what_was_measured_later_is_not_read() -> None:
    early, late = window(150), window(152)
    assert early.reading(SERIES.block(0, 150), 0.002).values["cvd_slope"] == 0.25
    candles = SERIES.block(0, 150)
    for name in ("signed_volume", "cvd_slope", "book_imbalance", "microprice_offset"):
        assert late.reading(candles, 0.002).values[name] == early.reading(candles, 0.002).values[name]


def test_a_candle_that_was_not_measured_has_no_flow() -> None:
    found = window(150).reading(SERIES.block(0, 151), 0.002)
    assert set(found.values.values()) == {None}
    assert set(FlowWindow().reading(SERIES.block(), 0.002).values.values()) == {None}


def test_a_gap_in_the_tape_leaves_the_slope_out() -> None:
    flow = FlowWindow()
    for at in range(100):
        flow.fold(measured(at, **({"tape": None} if at == 97 else {})))
    found = flow.reading(SERIES.block(0, 100), 0.002).values
    assert found["cvd_slope"] is None
    assert found["signed_volume"] == 0.5


def test_too_few_books_compare_with_nothing() -> None:
    few = window(ENOUGH - 1).reading(SERIES.block(0, ENOUGH - 1), None).values
    assert few["spread_z"] is few["depth_percentile"] is few["microprice_offset"] is None
    assert few["book_imbalance"] == 0.3
    enough = window(ENOUGH).reading(SERIES.block(0, ENOUGH), None).values
    assert enough["spread_z"] is not None


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_figures_that_are_none_are_missing(bad: float) -> None:
    flow = window(99)
    broken = replace(BOOK, spread_bps=bad, depth_10=bad, microprice=bad)
    flow.fold(measured(99, book=broken, tape=replace(TAPE, volume=0.0)))
    found = flow.reading(SERIES.block(0, 100), 0.002).values
    assert [name for name, number in found.items() if number is not None] == ["cvd_slope", "book_imbalance"]


def test_equal_spreads_have_no_deviation() -> None:
    flow = FlowWindow()
    for at in range(60):
        flow.fold(measured(at, book=BOOK))
    assert flow.reading(SERIES.block(0, 60), 0.002).values["spread_z"] is None


def test_a_second_word_on_a_candle_comes_too_late() -> None:
    flow = window(60)
    flow.fold(measured(59, book=replace(BOOK, imbalance_5=-0.9)))
    assert flow.reading(SERIES.block(0, 60), 0.002).values["book_imbalance"] == 0.3
