"""A regime's turn leans towards what it pays, when there is enough to say so."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from barfinex.advisor.sizing import cells as subject
from barfinex.advisor.sizing.rotation import Evidence, Expectations


def learned(mean: float, count: int, seed: int = 1, regime: str = "trend") -> Expectations:
    rng, expectations = np.random.default_rng(seed), Expectations()
    for r in rng.normal(mean, 1.2, count).tolist():
        expectations.admit("s", regime, r, 1.0)
    return expectations


def test_of_nothing_nothing_is_expected() -> None:
    found = Expectations().of("s", "trend")
    assert (found.expected_r, found.n_eff, found.tilt) == (0.0, 0.0, 1.0)
    assert found.evidence is Evidence.INSUFFICIENT
    assert found.lcb == -found.ucb < 0.0


@pytest.mark.parametrize(("mean", "tilt"), [(0.6, 1.25), (-0.6, 0.5)])
def test_it_leans_on_evidence(mean: float, tilt: float) -> None:
    found = learned(mean, 300).of("s", "trend")
    assert found.evidence is Evidence.SUFFICIENT
    assert found.tilt == tilt
    assert found.lcb < found.expected_r < found.ucb


def test_under_sixty_labels_of_the_cell_it_does_not_lean() -> None:
    found = learned(2.0, 59).of("s", "trend")
    assert found.lcb > 0.0
    assert (found.tilt, found.evidence) == (1.0, Evidence.INSUFFICIENT)
    elsewhere = learned(2.0, 300).of("s", "range")
    assert elsewhere.expected_r > 1.0
    assert (elsewhere.tilt, elsewhere.evidence) == (1.0, Evidence.INSUFFICIENT)


def test_light_labels_are_few_labels() -> None:
    expectations = Expectations()
    for k in range(60):
        expectations.admit("s", "trend", 1.0, 1.0 if k < 5 else 0.01)
    assert expectations.of("s", "trend").n_eff < 10.0


def test_the_lower_bound_is_passed_about_one_time_in_ten() -> None:
    """Strategies drawn from what the prior says: the truth lies below the bound in 10 %, give or take."""
    rng, below = np.random.default_rng(6), 0
    for seed in range(300):
        truth = float(rng.normal(0.0, np.sqrt(1.2**2 / 20.0)))
        below += truth < learned(truth, 100, seed).of("s", "trend").lcb
    assert 0.03 <= below / 300 <= 0.17


def test_every_strategy_is_named_at_a_turn() -> None:
    expectations = learned(0.6, 100)
    expectations.admit("a", "range", -1.0, 1.0)
    assert [one.strategy for one in expectations.turn("trend")] == ["a", "s"]


def test_cells_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CELLS_MAX", 4)
    expectations = Expectations()
    for name in "abcd":
        expectations.admit(name, "trend", 1.0, 1.0)
    assert len(expectations.turn("trend")) == 2


@pytest.mark.parametrize(("r", "weight"), [(nan, 1.0), (inf, 1.0), (1.0, nan), (1.0, -0.1)])
def test_what_is_no_number_is_not_learned(r: float, weight: float) -> None:
    expectations = Expectations()
    with pytest.raises(ValueError, match="finite"):
        expectations.admit("s", "trend", r, weight)
    assert expectations.turn("trend") == ()
