"""Correlation is the textbook's, over what both have, and unknown when it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from barfinex.advisor.sizing.comovement import TOGETHER_MIN, WINDOW, settled
from barfinex.advisor.sizing.comovement import rho as rho_at
from barfinex.domain.candles import Candles, Floats, Series


def candles(name: str, returns: Floats, keep: Any = None) -> Candles:
    closes = 100.0 * np.exp(np.concatenate([[0.0], np.cumsum(returns)]))
    ts = np.arange(len(closes), dtype=np.int64) * 60_000
    if keep is not None:
        closes, ts = closes[keep], ts[keep]
    ones = np.ones(len(closes))
    return Series(name, "1m", ts, closes, closes.copy(), closes.copy(), closes.copy(), ones).block()


def rho(a: Candles, b: Candles) -> float | None:
    """Once all of them are looked at."""
    return rho_at(a, b, 10_000 * WINDOW * 60_000)


def pair(count: int, seed: int = 3) -> tuple[Floats, Floats]:
    rows = np.random.default_rng(seed).multivariate_normal([0, 0], [[1e-4, 6e-5], [6e-5, 1e-4]], count)
    return rows[:, 0], rows[:, 1]


def test_it_is_the_correlation_of_the_last_returns() -> None:
    a, b = pair(400)
    expected = np.corrcoef(a[-WINDOW:], b[-WINDOW:])[0, 1]
    assert rho(candles("A", a), candles("B", b)) == pytest.approx(expected, abs=1e-9)
    assert rho(candles("A", a), candles("A", a)) == pytest.approx(1.0)


def test_candles_that_one_lacks_are_left_out() -> None:
    a, b = pair(200)
    kept = np.arange(0, 201, 2)
    whole = rho(candles("A", a, kept), candles("B", b, kept))
    assert rho(candles("A", a, kept), candles("B", b)) == pytest.approx(whole)


def test_it_is_not_known_from_a_few_candles_nor_of_what_stands_still_or_is_no_price() -> None:
    a, b = pair(TOGETHER_MIN - 1)
    assert rho(candles("A", a), candles("B", b)) is None
    a, _ = pair(100)
    assert rho(candles("A", a), candles("B", np.zeros(100))) is None
    broken = np.where(np.arange(100) == 50, np.inf, 0.001)
    assert rho(candles("A", a), candles("B", broken)) is None


def test_only_what_closed_before_the_last_look_counts() -> None:
    a, b = pair(600)
    now = 550 * 60_000
    assert settled(60_000, now) == 500 * 60_000
    early = slice(0, 498)
    expected = rho(candles("A", a[early]), candles("B", b[early]))
    assert rho_at(candles("A", a), candles("B", b), now) == pytest.approx(expected)
    assert rho_at(candles("A", a[:540]), candles("B", b[:505]), now) == pytest.approx(expected)
