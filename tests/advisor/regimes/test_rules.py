"""The cold rules rank a candle among those before it, never among later ones."""

from __future__ import annotations

import numpy as np

from barfinex.advisor.regimes.rules import ENOUGH, TRAILING, TRUST, judge
from barfinex.advisor.regimes.states import STATES, UNKNOWN, State

RNG = np.random.default_rng(4)
VOL, TREND = RNG.normal(-5.0, 0.3, 900), RNG.normal(0.0, 1.5, 900)
NONE = np.empty((2, 0))


def test_blocks_change_nothing() -> None:
    whole, trust = judge(NONE, VOL, TREND)
    rows = np.stack((VOL, np.abs(TREND)))
    for start in range(0, 900, 37):
        stop = min(start + 37, 900)
        before = rows[:, max(0, start - TRAILING) : start]
        seen, part = judge(before, VOL[start:stop], TREND[start:stop])
        assert np.array_equal(seen, whole[start:stop])
        assert np.array_equal(part, trust[:, start:stop])


def test_too_few_are_unknown_and_equally_probable() -> None:
    seen, trust = judge(NONE, VOL[: ENOUGH + 1], TREND[: ENOUGH + 1])
    assert (seen[:ENOUGH] == UNKNOWN).all()
    assert seen[ENOUGH] != UNKNOWN
    assert np.allclose(trust[:, 0], 0.2)


def test_each_state_is_named() -> None:
    before = np.stack((VOL[:500], np.abs(TREND[:500])))
    vol = np.array([-5.0, -5.0, -5.0, -3.0, -3.0])
    trend = np.array([4.0, -4.0, 0.1, 4.0, 0.1])
    seen, trust = judge(before, vol, trend)
    names = [STATES[number] for number in seen.tolist()]
    assert names == [State.TREND_UP, State.TREND_DOWN, State.RANGE, State.BREAKOUT, State.STRESS]
    assert np.allclose(trust.max(axis=0), TRUST)
    assert np.allclose(trust.sum(axis=0), 1.0)


def test_what_is_not_known_is_unknown() -> None:
    before = np.stack((VOL[:500], np.abs(TREND[:500])))
    seen, _ = judge(before, np.array([np.nan]), np.array([np.nan]))
    assert seen.tolist() == [UNKNOWN]
