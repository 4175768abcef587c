"""Conditions on other instruments: the same in whatever order and blocks candles come (I8, I17)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from barfinex import sdk
from barfinex.detector.beside import Beside, Others
from barfinex.detector.program import Program
from barfinex.domain.candles import Candles, Floats, Series
from barfinex.domain.errors import BadInput
from barfinex.sdk import close, of
from tests.detector.market import MINUTE, walk

ETH, BTC = walk(300, 3, symbol="ETH-USDT"), walk(300, 4, symbol="BTC-USDT")
EXPR = of("BTC-USDT", sdk.ema(5)) - close


def value(others: Others, series: Series) -> Floats:
    program = Program([EXPR])
    program.beside = Beside(others)
    _, [found] = program.run(program.start(), series, 0, len(series.ts))
    return np.asarray(found)


def whole() -> Floats:
    others = Others()
    others.know(BTC)
    return value(others, ETH)


def test_what_is_seen_closed_a_candle_before() -> None:
    program = Program([sdk.ema(5)])
    _, [alone] = program.run(program.start(), BTC, 0, 300)
    np.testing.assert_array_equal(whole()[1:], alone[:-1] - ETH.close[1:])
    assert np.isnan(whole()[:5]).all()


@pytest.mark.parametrize("first", ["other", "own"])
def test_live_it_is_the_same_whoever_is_told_first(first: str) -> None:
    others, program = Others(), Program([EXPR])
    program.beside = Beside(others)
    states, found = program.start(), []
    for at in range(300):
        if first == "other":
            others.add(Candles(BTC, at, at + 1))
        states, [one] = program.run(states, ETH, at, at + 1)
        found.append(one[0])
        if first == "own":
            others.add(Candles(BTC, at, at + 1))
    np.testing.assert_array_equal(found, whole())


def test_what_has_said_nothing_for_long_is_not_known() -> None:
    kept = np.r_[0:100, 120:300]
    names = ("ts", "open", "high", "low", "close", "volume")
    gappy = replace(BTC, **{name: getattr(BTC, name)[kept] for name in names})
    others = Others()
    others.know(gappy)
    found = others.column("BTC-USDT", "close", "1m", ETH.ts, MINUTE)
    assert np.isnan(found[[0, 105, 120]]).all()
    assert found[104] == BTC.close[99]
    assert found[121] == BTC.close[120]


def test_of_an_instrument_that_is_not_there_nothing_is_known() -> None:
    assert np.isnan(value(Others(), ETH)).all()


def test_more_than_candles_cannot_be_asked_of_another() -> None:
    with pytest.raises(BadInput, match="candles alone"):
        of("BTC-USDT", sdk.imbalance_5)
    with pytest.raises(BadInput, match="is no symbol"):
        of("", close)
