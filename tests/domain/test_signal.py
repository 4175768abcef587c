"""A signal and its bracket hold numbers that mean something, or they do not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import convert, to_builtins

from barfinex.domain.conviction import Conviction
from barfinex.domain.signal import Bracket, BreakEven, Scale, Trail
from barfinex.domain.value import Value
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


def test_reward_to_risk_of_several_targets_is_their_mean_by_part() -> None:
    assert Bracket(0.02, targets=(Scale(0.5, 0.02), Scale(0.25, 0.08))).reward_risk == pytest.approx(2.0)


@pytest.mark.parametrize("bad", [NAN, INF, -0.01])
@pytest.mark.parametrize(
    "make",
    [
        Trail,
        lambda x: Trail(0.01, x),
        lambda x: Trail(0.01, 0.0, x),
        BreakEven,
        lambda x: BreakEven(0.01, x),
        lambda x: Scale(x, 0.01),
        lambda x: Scale(0.5, x),
    ],
)
def test_no_distance_is_without_a_meaning(make: Callable[[float], Value], bad: float) -> None:
    with pytest.raises(ValueError, match="not inside"):
        make(bad)


def test_a_bracket_scales_out_of_what_there_is() -> None:
    half = Scale(0.5, 0.01)
    for targets in ((half, half, half), (Scale(0.1, 0.01),) * 9):
        with pytest.raises(ValueError, match="of the quantity"):
            Bracket(0.02, targets=targets)
    with pytest.raises(ValueError, match="there are targets"):
        Bracket(0.02, 0.04, targets=(half,))
    with pytest.raises(ValueError, match="buffer"):
        BreakEven(0.01, 0.01)


def test_what_a_bracket_has_not_is_not_written_and_an_old_one_is_read() -> None:
    """The journal of a run without the newer parts keeps its size."""
    assert to_builtins(Bracket(0.02, 0.04)) == {"stop": 0.02, "target": 0.04}
    old = {"stop": 0.02, "target": None, "hold_ms_max": None}
    assert convert(old, Bracket) == Bracket(0.02)
    full = Bracket(0.02, None, 5, Trail(0.01), BreakEven(0.01, 0.001), (Scale(0.5, 0.01),))
    assert convert(to_builtins(full), Bracket) == full


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
