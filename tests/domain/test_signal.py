"""A signal and its bracket hold numbers that mean something, or they do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.domain.conviction import Conviction
from barfinex.domain.signal import Bracket
from tests.factories import signal

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("stop", [NAN, INF, 0.0, 1.0, -0.01])
def test_a_stop_is_a_fraction_of_the_price(stop: float) -> None:
    with pytest.raises(ValueError, match="stop"):
        Bracket(stop)


@pytest.mark.parametrize("target", [NAN, INF, 0.0, -0.01, 100.0])
def test_a_target_is_positive_and_bounded(target: float) -> None:
    with pytest.raises(ValueError, match="target"):
        Bracket(0.02, target)


@pytest.mark.parametrize("hold", [0, -1])
def test_a_holding_time_is_positive(hold: int) -> None:
    with pytest.raises(ValueError, match="hold_ms_max"):
        Bracket(0.02, hold_ms_max=hold)


def test_reward_to_risk_needs_a_target() -> None:
    assert Bracket(0.02, 0.05).reward_risk == 2.5
    assert Bracket(0.02).reward_risk is None


@pytest.mark.parametrize(
    "changes", [{"price": NAN}, {"price": 0.0}, {"price": INF}, {"score": NAN}, {"threshold": INF}]
)
def test_a_signal_without_finite_numbers_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="finite"):
        signal(**changes)


@pytest.mark.parametrize("value", [NAN, -0.01, 1.01, INF])
def test_conviction_is_a_probability(value: float) -> None:
    with pytest.raises(ValueError, match="raw"):
        Conviction(value, 0.5, 0)
    with pytest.raises(ValueError, match="calibrated"):
        Conviction(0.5, value, 0)
