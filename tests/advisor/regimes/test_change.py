"""A change of volatility is hinted at; a calm market hints rarely, whatever the blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.regimes.change import ALARM, LASTS, fresh, hints

QUIET = np.random.default_rng(5).standard_t(5, 3_000) ** 2 / (5 / 3)


@given(st.lists(st.integers(1, 1_399), max_size=20))
def test_any_blocks_give_the_same(cuts: list[int]) -> None:
    surprise = QUIET[:1_400].copy()
    surprise[600:640] *= 9.0
    surprise[1_000:1_050] *= 0.01
    whole, _ = hints(fresh(), surprise)
    assert whole.any()
    bets, parts = fresh(), []
    edges = sorted({0, len(surprise), *cuts})
    for start, stop in pairwise(edges):
        part, bets = hints(bets, surprise[start:stop])
        parts.append(part)
    assert np.array_equal(np.concatenate(parts), whole)


def test_louder_is_hinted_at_within_two_dozen_candles() -> None:
    surprise = QUIET[:600].copy()
    surprise[500:] *= 9.0
    hinted, _ = hints(fresh(), surprise)
    assert not hinted[400:500].any()
    assert hinted[500:524].any()


def test_quieter_is_hinted_at() -> None:
    surprise = QUIET[:600].copy()
    surprise[500:] *= 0.05
    hinted, _ = hints(fresh(), surprise)
    assert hinted[500:560].any()


def test_false_alarms_are_no_oftener_than_promised() -> None:
    alarms = 0
    for seed in range(10):
        surprise = np.random.default_rng(seed).standard_normal(3_000) ** 2
        hinted, _ = hints(fresh(), surprise)
        alarms += int(np.count_nonzero(hinted[1:] & ~hinted[:-1]))
    assert alarms <= 30_000 / ALARM


def test_a_hint_lasts_as_long_as_the_fast_volatility_remembers() -> None:
    surprise = np.ones(600)
    surprise[300:303] = 1e6
    hinted, _ = hints(fresh(), surprise)
    assert np.count_nonzero(hinted) % LASTS == 0


def test_what_is_not_known_bets_nothing() -> None:
    hinted, bets = hints(fresh(), np.full(500, np.nan))
    assert not hinted.any()
    assert np.isfinite(bets.sums).all()
