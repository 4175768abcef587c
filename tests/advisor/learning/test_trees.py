"""The boosted rung: asked for, grown when enough is known, and heard as far as it earns it."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.advisor.attribution import CENTRE
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import read, write
from barfinex.advisor.learning.labels import Label, table_of
from barfinex.advisor.learning.ladder import Ladder, Phase, Rung
from barfinex.advisor.learning.learner import EMBARGO_MS, Learner
from barfinex.advisor.learning.serving import GROUPS, Serving, Trained
from barfinex.advisor.learning.strategies import Strategies
from barfinex.advisor.learning.training import Challenge, trained_event
from barfinex.advisor.learning.trees import grow
from barfinex.advisor.stages.calibration import Calibration, calibrate
from barfinex.config import AdvisorConfig
from tests.advisor.builders import EVEN, desk, facts, features, known, serving
from tests.advisor.schooling import PAYOFF, taught
from tests.advisor.steps import conviction
from tests.advisor.told import label, labels_of

LOOSE = AdvisorConfig(uncertainty_max=1.0)


def bent(count: int, seed: int = 1) -> list[Label]:
    """Who wins is told by how far the first feature is from zero: no line sees it."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(NAMES)))
    chance = 1.0 / (1.0 + np.exp(-3.0 * (np.abs(rows[:, 0]) - 0.7)))
    return labels_of(rows, (rng.random(count) < chance).astype(np.float64))


@pytest.fixture(scope="module")
def grown() -> Serving:
    labels = bent(800)
    table = table_of(labels)
    made = Trained(serving().model, serving().trained.calibrator, 1, grow(NAMES, table, EMBARGO_MS))
    return Serving.of(read(write(made), Trained, NAMES), table.rows)


@pytest.fixture(scope="module")
def mature() -> Learner:
    return taught(bent(1_000), boosted=True)


def row(first: float) -> list[float]:
    return [first] + [0.0] * (len(NAMES) - 1)


def due(of: Learner) -> Challenge:
    found = of.due()
    assert found is not None
    return found


def test_trees_see_what_no_line_does(grown: Serving) -> None:
    near, far, away = (grown.boosted(row(at), EVEN) for at in (0.0, 2.0, -2.0))
    assert near is not None
    assert far is not None
    assert away is not None
    assert near.calibrated.p < 0.45
    assert min(far.calibrated.p, away.calibrated.p) > 0.6


def test_the_parts_of_their_logit_add_up_by_the_source_of_the_features(grown: Serving) -> None:
    told = grown.boosted(row(2.0), EVEN)
    assert told is not None
    assert grown.forest is not None
    assert [name for name, _ in told.terms] == [CENTRE, *GROUPS]
    z = grown.forest.logits(grown.forest.scaler.rows(np.array([row(2.0)])))[0]
    assert sum(part for _, part in told.terms) == pytest.approx(z, abs=1e-9)
    assert max(told.terms[1:], key=lambda one: one[1])[0] == "candles"


def test_a_model_without_trees_says_nothing_of_them() -> None:
    assert serving().boosted(row(2.0), EVEN) is None


def test_trees_are_a_part_of_what_a_model_is(grown: Serving) -> None:
    assert grown.id != replace(grown.trained, trees=None).id


def test_losses_alone_grow_none() -> None:
    table = table_of([one for one in bent(400) if not one.won])
    with pytest.raises(ValueError, match="both kinds"):
        grow(NAMES, table, EMBARGO_MS)


def test_they_are_grown_only_where_asked_for_and_only_once_a_strategy_is_mature(mature: Learner) -> None:
    assert mature.strategies.phase("sample") is Phase.MATURE
    assert due(mature).grows_trees
    assert not due(taught(bent(1_000))).grows_trees
    assert not due(taught(bent(900), boosted=True)).grows_trees


def test_they_serve_and_earn_their_weight(mature: Learner) -> None:
    given = due(taught(bent(1_000), boosted=True))
    told = trained_event(given)
    assert told.family == "logistic and boosted"
    learner = taught(bent(1_000), boosted=True)
    learner.adopt(replace(told, n_eff=80.0, evidence=""))
    assert learner.seats.champion is not None, "as if there were no gates for it yet"
    assert learner.seats.champion.forest is not None
    for number, one in enumerate(bent(150, seed=2)):
        named = replace(one.decision, decision_id=f"dec-{10**6 + number:016x}")
        ladder = learner.strategies.known("sample", "BTC-USDT", EVEN, PAYOFF, has_trees=True).ladder
        boost = learner.seats.champion.boosted(one.row, EVEN)
        assert boost is not None
        others = dict.fromkeys(ladder.rungs, 0.5)
        said = ladder.climb({**others, Rung.BOOSTED: boost.calibrated.p})
        rungs = tuple(zip((str(rung) for rung in ladder.rungs), said, strict=True))
        learner.learn(replace(one, decision=replace(named, rungs=rungs)))
    ladder = learner.strategies.ladder("sample")
    assert ladder.weights[ladder.rungs.index(Rung.BOOSTED)] > 0.9
    assert ladder.regret(Rung.BOOSTED) < 4.0


def test_only_a_mature_strategys_ladder_has_a_rung_for_them() -> None:
    made = Strategies(0.5)
    for number in range(999):
        made.learn(label(number, at=20 * number))
    assert made.known("sample", "BTC-USDT", EVEN, PAYOFF, has_trees=True).ladder.rungs == Ladder().rungs
    made.learn(label(999, at=20 * 999))
    assert made.known("sample", "BTC-USDT", EVEN, PAYOFF).ladder.rungs == Ladder().rungs
    assert made.known("sample", "BTC-USDT", EVEN, PAYOFF, has_trees=True).ladder.rungs[-1] is Rung.BOOSTED


def stage(ladder: Ladder, served: Serving) -> Calibration:
    told = known(ladder=ladder, n_eff=1_000.0)
    scored = conviction(
        facts=facts(features=features(row(2.0))), desk=desk(LOOSE, serving=served, known=told)
    )
    found = calibrate(scored, LOOSE, served, 0.3)
    assert isinstance(found, Calibration)
    return found


def test_stage_five_pools_them_on_top(grown: Serving) -> None:
    found = stage(Ladder().join(Rung.BOOSTED), grown)
    boost = grown.boosted(row(2.0), EVEN)
    assert boost is not None
    assert (found.pooled[-1], found.trees) == (boost.calibrated.p, boost.terms)
    assert found.calibrated != stage(Ladder(), grown).calibrated
    assert stage(Ladder(), grown).trees == ()


def test_where_their_model_was_undone_their_rung_says_what_the_one_below_says() -> None:
    found = stage(Ladder().join(Rung.BOOSTED), serving())
    assert (found.pooled[-1], found.trees) == (found.pooled[-2], ())
