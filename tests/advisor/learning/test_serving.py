"""A model in service gives what was trained, and says how far a row is from what it has seen."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.advisor.calibration.hierarchical import fit_hierarchical
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import read, write
from barfinex.advisor.learning.serving import Serving, Trained
from barfinex.domain.errors import BadInput
from tests.advisor.builders import EVEN, serving
from tests.advisor.told import labels_of

ROW = [0.1] * len(NAMES)


def test_the_logit_is_the_base_and_what_each_feature_adds() -> None:
    made = serving()
    sight = made.look([2.0, *ROW[1:]], 3)
    assert sight.z == pytest.approx(made.model.base + sum(added for _, added in sight.terms), abs=1e-12)
    assert sight.z == pytest.approx(float(made.model.logits(np.array([[2.0, *ROW[1:]]]))[0]), abs=1e-12)
    assert tuple(name for name, _ in sight.terms) == NAMES
    assert made.look([3.0, *ROW[1:]], 3).z > sight.z > made.look([-2.0, *ROW[1:]], 3).z


def test_the_furthest_features_are_named_the_furthest_first() -> None:
    row = list(ROW)
    row[4], row[9] = -60.0, 40.0
    sight = serving().look(row, 2)
    assert sight.outlying == (NAMES[4], NAMES[9])
    assert sight.oddness == serving().measure(row)


def test_a_row_unlike_all_of_training_is_far_out() -> None:
    far = [60.0 if place % 2 else -60.0 for place in range(len(NAMES))]
    assert serving().measure(far).di > 1.0 > serving().measure(ROW).di
    assert serving().measure(far).mahalanobis > serving().measure(ROW).mahalanobis


def test_missing_features_are_served_as_usual_ones() -> None:
    assert np.isfinite(serving().look([nan] * len(NAMES), 3).z)


def test_the_calibration_of_a_regime_is_that_of_its_curve() -> None:
    made = serving()
    regimes = (0.0, 1.0, 0.0, 0.0, 0.0)
    slope, intercept = made.curve(regimes)
    common, own = made.etas(0.7, regimes)
    assert own == pytest.approx(slope * 0.7 + intercept)
    assert common == pytest.approx(made.trained.calibrator.slope * 0.7 + made.trained.calibrator.intercept)
    assert made.seen(regimes) == made.trained.calibrator.n_eff[1]
    assert 0.02 <= made.probability(ROW, EVEN) <= 0.98


def test_one_outcome_moves_the_intercept_its_way_and_nothing_else() -> None:
    made = serving()
    row = np.zeros((1, len(NAMES)))
    (won,), (lost,) = (labels_of(row, np.array([one]), posterior=EVEN) for one in (1.0, 0.0))
    up, down = made.learned(won), made.learned(lost)
    assert up.calibrated(0.0, EVEN).p > made.calibrated(0.0, EVEN).p > down.calibrated(0.0, EVEN).p
    assert (up.id, up.model, up.trained_at) == (made.id, made.model, made.trained_at)
    assert up.calibrator_id != made.calibrator_id
    idle = replace(won, outcome=replace(won.outcome, weight=0.0))
    unmoved = made.learned(idle).calibrated(0.0, EVEN).p
    assert unmoved == pytest.approx(made.calibrated(0.0, EVEN).p)


def test_an_artefact_is_read_as_it_was_and_serves_the_same() -> None:
    made = serving()
    raw = write(made.trained)
    trained = read(raw, Trained, NAMES, "model")
    assert trained == made.trained
    assert trained.id == made.id
    again = Serving.of(trained, np.random.default_rng(3).normal(size=(300, len(NAMES))))
    assert again.look(ROW, 3) == made.look(ROW, 3)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [(b'"schema":1', b'"schema":2', "schema"), (b'"kind":"trained"', b'"kind":"crowd"', "kind")],
)
def test_an_artefact_of_another_version_or_kind_is_refused(old: bytes, new: bytes, field: str) -> None:
    raw = write(serving().trained)
    assert old in raw
    with pytest.raises(BadInput, match=f"model.{field}"):
        read(raw.replace(old, new), Trained, NAMES, "model")


def test_an_artefact_about_other_features_is_refused() -> None:
    with pytest.raises(BadInput, match="features"):
        read(write(serving().trained), Trained, (*NAMES[:-1], "something_else"), "model")


def test_the_id_follows_from_what_was_learned_and_when() -> None:
    made = serving()
    later = Trained(made.model, made.trained.calibrator, made.trained.until + 1)
    assert made.id.startswith("mdl-")
    assert later.id != made.id
    other = fit_hierarchical(np.linspace(-1.0, 1.0, 50), np.full((50, 5), 0.2), np.tile([0.0, 1.0], 25))
    assert Trained(made.model, other, made.trained.until).id == made.id, "a calibrator has its own"
