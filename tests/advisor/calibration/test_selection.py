"""Which calibrator is served: the best by what it said before it knew, and not by chance."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from barfinex.advisor.calibration.menu import DEFAULT, NAMES
from barfinex.advisor.calibration.methods.curves import IDENTITY, Curve, Shape
from barfinex.advisor.calibration.selection import EVIDENCE_MIN, Selection, prequential
from barfinex.advisor.learning.newton import sigmoid
from barfinex.advisor.odds import logit
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput

Labels = tuple[Floats, Floats, Floats]


def labels(n: int, seed: int, bent: bool = False) -> Labels:
    """Two regimes that differ; or `bent`: none, and a step in the curve that no logistic can follow."""
    rng = np.random.default_rng([14, seed])
    z, regime = rng.normal(size=n), rng.integers(0, 2, n)
    p = np.where(z > 0.5, 0.8, 0.4) if bent else sigmoid(np.array([1.5, 0.3])[regime] * z)
    return z, np.eye(2)[regime], (rng.random(n) < p).astype(np.float64)


def test_before_sixty_labels_the_identity_is_served() -> None:
    z, posterior, won = labels(55, 0)
    chosen = prequential(z, posterior, won)
    assert chosen.incumbent == DEFAULT
    assert (chosen.served(z, posterior) == IDENTITY.apply_many(z, posterior)).all()
    assert chosen.unfitted == 5


def test_where_regimes_differ_the_default_stays_and_scores_best() -> None:
    chosen = prequential(*labels(1_500, 1))
    assert chosen.incumbent == DEFAULT
    assert max(chosen.score) == chosen.score[NAMES.index(DEFAULT)]


def test_where_no_logistic_fits_another_takes_over() -> None:
    found = {prequential(*labels(3_000, seed, bent=True)).incumbent for seed in range(4)}
    assert found <= {"isotonic", "venn_abers"}


def test_a_challenger_who_is_no_better_is_rarely_taken_for_better() -> None:
    """At most one in twenty for each: forecasts by a coin beside forecasts that are right."""
    taken = 0
    for seed in range(60):
        rng = np.random.default_rng([15, seed])
        z = np.zeros(400)
        won = (rng.random(400) < 0.5).astype(np.float64)
        chosen = Selection(incumbent="identity", fitted=_one_other(0.53))
        taken += chosen.admitted(z, np.ones((400, 1)), won).incumbent != "identity"
    assert taken <= 6


def test_a_better_challenger_is_found() -> None:
    rng = np.random.default_rng(16)
    won = (rng.random(600) < 0.65).astype(np.float64)
    chosen = Selection(incumbent="identity", fitted=_one_other(0.65))
    assert chosen.admitted(np.zeros(600), np.ones((600, 1)), won).incumbent == "platt"


def _one_other(p: float) -> tuple[Curve | None, ...]:
    """Only Platt is fitted, and says p at a logit of 0."""
    platt = Curve(Shape.PLATT, (1.0, logit(p)))
    return tuple(platt if name == "platt" else None for name in NAMES)


def test_one_by_one_or_all_at_once_is_the_same() -> None:
    z, posterior, won = labels(300, 2)
    whole = prequential(z, posterior, won)
    step = Selection()
    for i in range(300):
        step = step.admitted(z[i : i + 1], posterior[i : i + 1], won[i : i + 1])
        if step.due:
            step = step.refitted(z[: i + 1], posterior[: i + 1], won[: i + 1])
    assert step.score == pytest.approx(whole.score)
    assert np.array(step.wealth) == pytest.approx(np.array(whole.wealth))
    assert step.fitted == whole.fitted


def test_each_label_is_judged_before_it_is_learned_from() -> None:
    """Changing the last label changes only its own score."""
    z, posterior, won = labels(220, 3)
    other = won.copy()
    other[-1] = 1.0 - other[-1]
    before = prequential(z[:-1], posterior[:-1], won[:-1])
    p = before.forecasts(z[-1:], posterior[-1:])[0]
    for outcome, all_won in ((won[-1], won), (other[-1], other)):
        after = prequential(z, posterior, all_won)
        said = np.log(p if outcome == 1.0 else 1.0 - p)
        assert np.array(after.score) - np.array(before.score) == pytest.approx(said)


def test_isotonic_does_not_speak_of_a_regime_it_hardly_knows() -> None:
    rng = np.random.default_rng(17)
    z, rare = rng.normal(size=1_500), np.arange(1_500) % 15 == 0
    posterior = np.eye(2)[rare.astype(int)]
    chosen = Selection().refitted(z, posterior, (rng.random(1_500) < sigmoid(z)).astype(np.float64))
    at = np.array([0.3])
    common, seldom = (chosen.forecasts(at, np.eye(2)[[r]])[0] for r in (0, 1))
    column, default = NAMES.index("isotonic"), NAMES.index(DEFAULT)
    assert common[column] != common[default]
    assert seldom[column] == seldom[default]


def test_the_state_is_plain_json() -> None:
    chosen = prequential(*labels(600, 4))
    assert msgspec.json.decode(msgspec.json.encode(chosen), type=Selection) == chosen
    assert max(chosen.evidence) < EVIDENCE_MIN


def test_wrong_labels_and_foreign_states_are_refused() -> None:
    z, posterior, won = labels(20, 5)
    with pytest.raises(BadInput):
        Selection().admitted(z, posterior, won * np.nan)
    with pytest.raises(ValueError, match="menu"):
        Selection(incumbent="random_forest")
