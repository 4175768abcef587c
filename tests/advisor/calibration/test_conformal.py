"""Conformal intervals: one miss in ten, in a steady market and in one that turns."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from barfinex.advisor.calibration.conformal import WINDOW, Conformal, Interval
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput


def followed(net: Floats) -> tuple[Conformal, list[Interval | None]]:
    state, served = Conformal(), []
    for r in net.tolist():
        served.append(state.interval(0.1))
        state = state.observed(0.1, served[-1], r)
    return state, served


def brackets(n: int, seed: int, noise: float = 0.1) -> Floats:
    """Trades that lose 1R or win 2R, with slippage."""
    rng = np.random.default_rng([24, seed])
    return np.where(rng.random(n) < 0.4, 2.0, -1.0) + rng.normal(0.0, noise, n)


def test_one_in_ten_is_missed() -> None:
    state, _ = followed(brackets(3_000, 0))
    assert state.missed / state.n == pytest.approx(0.1, abs=0.015)


def test_also_when_the_market_turns() -> None:
    """Slippage of ten times the size from the middle on; a fixed window would miss far more."""
    net = np.concatenate((brackets(1_500, 1), brackets(1_500, 2, noise=1.0)))
    state, served = followed(net)
    assert state.missed / state.n == pytest.approx(0.1, abs=0.91 / (0.01 * 3_000))
    assert state.missed / state.n == pytest.approx(0.1, abs=0.02)
    early, late = served[1_400], served[-1]
    assert early is not None
    assert late is None or late.width > early.width


def test_its_ends_are_the_quantiles_of_what_was_missed() -> None:
    state, _ = followed(brackets(200, 5))
    found, tail = state.interval(0.3), state.alpha / 2.0
    assert found is not None
    expected = 0.3 + np.quantile(state.residuals, (tail, 1.0 - tail))
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-12)


def test_it_says_nothing_before_it_has_seen_thirty() -> None:
    state, served = followed(brackets(31, 3))
    assert served[:30] == [None] * 30
    assert served[30] is not None
    assert state.interval(0.1) is not None


def test_too_many_misses_open_the_whole_line_and_hits_close_it() -> None:
    flat = (0.0,) * 30
    state = Conformal(0.001, flat, flat).observed(0.0, Interval(0.0, 0.0), 5.0)
    assert state.interval(0.0) is None
    for _ in range(20):
        state = state.observed(0.0, state.interval(0.0), 0.0)
    assert state.interval(0.0) is not None


def test_its_memory_is_bounded_and_plain_json() -> None:
    state, _ = followed(brackets(WINDOW + 50, 4))
    assert len(state.residuals) == WINDOW
    assert state.ranked == tuple(sorted(state.residuals))
    assert msgspec.json.decode(msgspec.json.encode(state), type=Conformal) == state


@pytest.mark.parametrize(("predicted", "net"), [(float("nan"), 0.0), (0.0, float("inf"))])
def test_what_is_not_known_is_refused(predicted: float, net: float) -> None:
    with pytest.raises(BadInput):
        Conformal().observed(predicted, None, net)


@pytest.mark.parametrize("residual", [float("nan"), float("inf")])
def test_a_residual_that_is_none_is_no_state(residual: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Conformal(0.1, (0.0, residual), (0.0, residual))


def test_a_prediction_that_is_not_known_has_no_interval() -> None:
    with pytest.raises(BadInput, match="predicted"):
        Conformal().interval(float("nan"))
