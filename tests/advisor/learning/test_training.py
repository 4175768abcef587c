"""A challenger from labels: honest figures, evidence that can be written down, and leaks that are found."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import pytest
from msgspec.json import decode

from barfinex.advisor.calibration.hierarchical import fit_hierarchical
from barfinex.advisor.calibration.measures import slope_intercept
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import read
from barfinex.advisor.learning.gates import SPLITS, Evidence, gates
from barfinex.advisor.learning.labels import table_of
from barfinex.advisor.learning.serving import Serving, Trained
from barfinex.advisor.learning.training import Challenge, challenge, evidence_of, foreseen, trained_event
from barfinex.domain.candles import Floats
from tests.advisor.builders import EVEN
from tests.advisor.told import labels_of

COUNT = 260


def world(seed: int = 1, count: int = COUNT, slope: float = 1.5, wins: float = 0.0) -> tuple[Floats, Floats]:
    """Rows and outcomes: the first feature tells, the others do not, one in ten values is missing."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(NAMES)))
    won = (rng.random(count) < 1.0 / (1.0 + np.exp(-slope * rows[:, 0] - wins))).astype(np.float64)
    rows[:, 1:][rng.random((count, len(NAMES) - 1)) < 0.1] = np.nan
    return rows, won


def given(rows: Floats, won: Floats, **changes: Any) -> Challenge:
    base: dict[str, Any] = {
        "table": table_of(labels_of(rows, won)),
        "prior": 0.5,
        "embargo_ms": 3_600_000,
        "champion": None,
        "breakeven": np.full(len(won), 0.5),
        "tried": (),
        "is_gated": True,
        "asked_at": len(won),
    }
    return Challenge(**{**base, **changes})


def evidence(asked: Challenge) -> Evidence:
    trained, z = challenge(asked)
    return evidence_of(asked, trained, foreseen(asked, z))


@pytest.fixture(scope="module")
def sound() -> Challenge:
    return given(*world())


def test_what_can_be_foreseen_is_learned_and_shown_out_of_sample(sound: Challenge) -> None:
    found = evidence(sound)
    assert found.skill > 0.05
    assert found.splits_won() >= 12
    assert dict(found.canaries) == {"shuffled": True, "copied_outcome": True}
    assert (found.mismatches, found.hash) == (0, found.hash_trained)
    assert found.wins + found.losses == COUNT
    failed = {one.id for one in gates(found) if not one.passes}
    assert failed <= {"G3.ece_excess", "G3.slope_min", "G3.slope_max"}, "and these are close"


def test_noise_has_no_skill_and_is_refused() -> None:
    asked = given(*world(seed=2, slope=0.0))
    found = evidence(asked)
    assert found.skill < 0.02
    failed = {one.id for one in gates(found) if not one.passes}
    assert failed & {"G2.splits_won", "G2.skill"}
    assert "G4.dsr" in failed


def test_a_feature_that_is_the_outcome_is_found() -> None:
    """I17: it would pass every other gate with glory."""
    rows, won = world(seed=3)
    rows[:, 7] = 3.0 * won - 1.0
    found = evidence(given(rows, won))
    assert dict(found.canaries)["copied_outcome"] is False
    assert "G5.leaks" in {one.id for one in gates(found) if not one.passes}


def test_one_that_goes_along_with_the_outcome_is_no_copy() -> None:
    rows, won = world(seed=3)
    rows[:, 7] = won + np.random.default_rng(4).normal(0.0, 0.3, len(won))
    assert dict(evidence(given(rows, won)).canaries)["copied_outcome"] is True


def odd(name: str) -> Challenge:
    """Labels of which some figure is hard to have."""
    rows, won = world(seed=5, count=12 if name == "very few" else 60)
    changes: dict[str, Any] = {}
    if name == "a feature always missing":
        rows[:, 3] = np.nan
    if name == "a feature that never varies":
        rows[:, 3] = 0.25
    if name == "nearly all won":
        won[:] = 1.0
        won[30] = 0.0
    if name == "all won":
        won[:] = 1.0
    if name == "one regime":
        changes["table"] = table_of(labels_of(rows, won, posterior=(0.0, 0.0, 1.0, 0.0, 0.0)))
    if name == "an embargo longer than all":
        changes["embargo_ms"] = 10**12
    return given(rows, won, **changes)


@pytest.mark.parametrize(
    "name",
    [
        "a feature always missing",
        "a feature that never varies",
        "nearly all won",
        "all won",
        "one regime",
        "an embargo longer than all",
        "very few",
    ],
)
def test_evidence_can_be_written_down_whatever_the_labels(name: str) -> None:
    """JSON knows no NaN: one in the evidence would be a challenger that no restart can read."""
    asked = odd(name)
    told = trained_event(asked)
    assert decode(told.evidence, type=Evidence) == evidence(asked)
    assert not all(one.passes for one in gates(evidence(asked))), "too little to be tried on"
    trained = read(told.artefact.encode(), Trained, NAMES, "model")
    assert 0.02 <= Serving.of(trained, asked.table.rows).calibrated(0.0, EVEN).p <= 0.98


def test_rows_that_are_all_alike_teach_nothing() -> None:
    """Failed before: the event was published, and whoever took it in, now or after a restart, fell over."""
    rows, won = world(seed=5, count=60)
    rows[:] = 0.25
    for is_gated in (True, False):
        with pytest.raises(ValueError, match="alike"):
            trained_event(given(rows, won, is_gated=is_gated))


def test_labels_that_all_overlap_teach_nothing() -> None:
    """Many instruments that decide at one close: no model can be judged by what it has not seen. Failed
    before: a division by zero took the Advisor down, or a calibrator that rests on nothing served."""
    rows, won = world(seed=5, count=100)
    table = replace(table_of(labels_of(rows, won)), t0=np.zeros(100, np.int64), t1=np.full(100, 9, np.int64))
    for is_gated in (True, False):
        with pytest.raises(ValueError, match="overlaps all others"):
            trained_event(given(rows, won, table=table, is_gated=is_gated))


def test_a_calibrator_is_not_judged_on_what_it_was_fitted_on() -> None:
    """Scores that say far too much, of which a calibrator makes the best: what it makes of others is what
    counts."""
    asked, rng = given(*world(count=250, slope=0.0)), np.random.default_rng(11)
    z = rng.normal(0.0, 2.0, 250)
    own = fit_hierarchical(z, asked.table.posterior, asked.table.won, asked.table.weights)
    fitted = own.apply_many(z, asked.table.posterior)
    slopes = [slope_intercept(p, asked.table.won)[0] for p in (fitted, foreseen(asked, z))]
    assert slopes[1] < slopes[0] - 0.2
    turned = asked.table.won.copy()
    turned[100] = 1.0 - turned[100]
    other = foreseen(given(*world(count=250, slope=0.0), table=replace(asked.table, won=turned)), z)
    assert other[100] == foreseen(asked, z)[100]


def test_a_champion_is_compared_on_every_split_and_nothing_is_claimed_over_itself(sound: Challenge) -> None:
    trained, z = challenge(sound)
    champion = Serving.of(trained, sound.table.rows)
    found = evidence(given(*world(), champion=champion))
    assert len(found.own_losses) == len(found.champion_losses) == SPLITS
    assert found.splits_won() <= SPLITS / 2, "it learned from what it is tested on: its advantage"
    assert np.isfinite(z).sum() > 0.9 * len(z)


def test_what_was_trained_before_counts_against_what_is_trained_now(sound: Challenge) -> None:
    tried = replace(sound, tried=tuple(np.random.default_rng(6).normal(0.0, 0.5, 40).tolist()))
    assert evidence(tried).dsr < 0.95 < evidence(sound).dsr


def test_training_twice_gives_the_same_event_and_the_artefact_is_the_model(sound: Challenge) -> None:
    told = trained_event(sound)
    assert trained_event(sound) == told
    trained = read(told.artefact.encode(), Trained, NAMES, "model")
    assert trained.id == told.model_id
    assert (told.labels, told.until, told.asked_at) == (COUNT, sound.table.until, COUNT)
    assert told.n_eff == sound.table.n_eff
    assert decode(told.evidence, type=Evidence).n_eff == told.n_eff
    assert isfinite(told.sharpe)


def test_below_the_gates_there_is_no_evidence_and_other_data_has_another_hash(sound: Challenge) -> None:
    rows, won = world()
    told = trained_event(given(rows, won, is_gated=False))
    assert told.evidence == ""
    won[0] = 1.0 - won[0]
    assert trained_event(given(rows, won, is_gated=False)).data_hash != told.data_hash


def test_no_label_teaches_the_model_that_judges_it(sound: Challenge) -> None:
    """Turning one outcome around leaves its own out-of-fold logit as it is."""
    rows, won = world()
    _, before = challenge(sound)
    won[100] = 1.0 - won[100]
    _, after = challenge(given(rows, won))
    assert after[100] == pytest.approx(before[100], abs=1e-9)
    assert np.abs(after - before).max() > 1e-4
