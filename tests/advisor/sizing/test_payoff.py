"""A payoff is what its labels say, as far as there are enough of them."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from barfinex.advisor.sizing import cells as subject
from barfinex.advisor.sizing.payoff import Payoffs, geometry


def test_without_a_label_the_prior_stands() -> None:
    found = Payoffs(1.5, -1.0).of("s", "trend")
    assert (found.win, found.loss, found.weight) == (1.5, -1.0, 0.0)
    assert found.break_even == pytest.approx(0.4)


def test_the_expected_r_is_zero_at_the_break_even() -> None:
    payoffs = Payoffs()
    for r in (2.0, -1.1, 0.3, -0.4, 1.7):
        payoffs.admit("s", "range", r, 1.0)
    found = payoffs.of("s", "range")
    p = found.break_even
    assert p * found.win + (1.0 - p) * found.loss == pytest.approx(0.0, abs=1e-12)


def test_one_level_shrinks_by_the_weight_of_the_prior() -> None:
    payoffs = Payoffs(1.0, -1.0, prior_weight=20.0)
    payoffs.admit("other", "range", 4.0, 1.0)
    assert payoffs.of("s", "trend").win == pytest.approx((4.0 + 20.0) / 21.0)


def test_a_cell_is_nearer_to_its_labels_than_its_strategy_and_that_than_the_rest() -> None:
    payoffs = Payoffs(1.0, -1.0)
    for _ in range(40):
        payoffs.admit("s", "trend", 3.0, 1.0)
    cell, strategy, rest = payoffs.of("s", "trend"), payoffs.of("s", "range"), payoffs.of("t", "range")
    assert 1.0 < rest.win < strategy.win < cell.win < 3.0
    assert cell.loss == strategy.loss == rest.loss == -1.0
    assert cell.weight == pytest.approx(40.0, rel=0.06)
    assert strategy.weight == 0.0


def test_many_labels_give_the_truth_timeouts_included() -> None:
    rng = np.random.default_rng(1)
    payoffs = Payoffs()
    for _ in range(6_000):
        timeout = rng.random() < 0.3
        r = rng.normal(0.0, 0.3) if timeout else (2.0 if rng.random() < 0.4 else -1.05)
        payoffs.admit("s", "trend", float(r), 1.0)
    found = payoffs.of("s", "trend")
    gain = 0.3 * np.sqrt(2.0 / np.pi)
    assert found.win == pytest.approx((0.28 * 2.0 + 0.15 * gain) / 0.43, abs=0.12)
    assert found.loss == pytest.approx(-(0.42 * 1.05 + 0.15 * gain) / 0.57, abs=0.12)


def test_what_counts_little_moves_little() -> None:
    light, heavy = Payoffs(), Payoffs()
    light.admit("s", "trend", 5.0, 0.1)
    heavy.admit("s", "trend", 5.0, 1.0)
    assert 1.0 < light.of("s", "trend").win < heavy.of("s", "trend").win


def test_the_past_fades() -> None:
    payoffs = Payoffs()
    for r in [3.0] * 1_000 + [1.0] * 1_000:
        payoffs.admit("s", "trend", r, 1.0)
    assert payoffs.of("s", "trend").win < 1.2


def test_cells_are_bounded_and_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CELLS_MAX", 4)
    payoffs = Payoffs()
    for name in "abcd":
        payoffs.admit(name, "trend", 2.0, 1.0)
    assert payoffs.of("a", "trend").weight == 0.0
    assert payoffs.of("d", "trend").weight == 1.0


@pytest.mark.parametrize(("r", "weight"), [(nan, 1.0), (inf, 1.0), (1.0, nan), (1.0, -0.1), (1.0, inf)])
def test_what_is_no_number_is_not_learned(r: float, weight: float) -> None:
    payoffs = Payoffs()
    with pytest.raises(ValueError, match="finite"):
        payoffs.admit("s", "trend", r, weight)
    assert payoffs.of("s", "trend") == Payoffs().of("s", "trend")


@pytest.mark.parametrize("prior", [(-1.0, -1.0, 20.0), (1.0, 0.0, 20.0), (nan, -1.0, 20.0), (1.0, -1.0, 0.0)])
def test_a_prior_that_is_none_is_said_so(prior: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="give a finite"):
        Payoffs(*prior)


def test_a_bracket_alone_says_what_its_ends_leave_after_costs() -> None:
    """By hand: 2 % to the stop, 6 % to the target, 10 bps still to pay, so 0.05 R."""
    assert geometry(0.02, 0.06, 0.001) == pytest.approx((2.95, -1.05))
    assert geometry(0.02, 0.0, 0.001) == pytest.approx((0.95, -1.05)), "no target: as far as the stop"
    assert geometry(0.02, 0.06, 0.2) == pytest.approx((0.01, -11.0)), "a win is above zero"
