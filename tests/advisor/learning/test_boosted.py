"""Exported trees are scikit-learn's, and every part of their logit is accounted for."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from barfinex.advisor.learning.boosted import Boosted, Forest, exported, train
from barfinex.advisor.learning.newton import sigmoid
from barfinex.advisor.learning.scaling import Scaler

NAMES = tuple(f"f{k}" for k in range(5))


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(8)
    table = rng.standard_normal((1_500, 5))
    table[::9, 3] = np.nan
    won = (rng.random(1_500) < sigmoid(np.abs(table[:, 0]) - 0.8 + 0.5 * table[:, 1])).astype(float)
    return table, won


@pytest.fixture(scope="module")
def forest(world):
    table, won = world
    return Forest.of(train(NAMES, table, won, np.ones(len(won))))


def test_it_serves_what_scikit_learn_would(world):
    table, won = world
    scaler = Scaler.fit(NAMES, table)
    model = HistGradientBoostingClassifier(max_iter=30, max_depth=3, early_stopping=False, random_state=0)
    model.fit(scaler.rows(table), won)
    fresh = scaler.rows(np.random.default_rng(9).standard_normal((500, 5)) * 2)
    served = sigmoid(Forest.of(exported(scaler, model)).logits(fresh))
    np.testing.assert_allclose(served, model.predict_proba(fresh)[:, 1], atol=1e-12)


def test_it_learns_what_is_not_linear(world, forest):
    table, won = world
    z = forest.logits(forest.scaler.rows(table))
    loss = np.mean(np.logaddexp(0, z) - won * z)
    base = won.mean()
    assert loss < -(base * np.log(base) + (1 - base) * np.log(1 - base)) - 0.03


def test_shares_are_the_mean_over_all_orders_and_add_up(world, forest):
    row = forest.scaler.rows(world[0][3:4])[0]
    groups = ((0,), (1, 4), (2, 3))
    base, shares = forest.shares(row, groups)
    expected = np.zeros(3)
    for order in permutations(range(3)):
        here, worth = np.zeros(5), base
        for at in order:
            here[list(groups[at])] = row[list(groups[at])]
            now = float(forest.logits(here[None])[0])
            expected[at] += (now - worth) / 6
            worth = now
    np.testing.assert_allclose(shares, expected, atol=1e-12)
    assert base + shares.sum() == pytest.approx(float(forest.logits(row[None])[0]), abs=1e-9)


@pytest.mark.parametrize("groups", [((0,), (1,)), ((0, 1), (1, 2, 3, 4)), tuple((k,) for k in range(11))])
def test_groups_hold_each_feature_once(forest, groups):
    with pytest.raises(ValueError, match="groups"):
        forest.shares(np.zeros(5), groups)


def test_labels_of_one_kind_grow_no_forest(world):
    table, won = world
    with pytest.raises(ValueError, match="both kinds"):
        train(NAMES, table, won, won)


def test_trees_that_point_nowhere_are_refused():
    scaler = Scaler(("a",), (0.0,), (1.0,))
    fields: dict[str, Any] = {
        "roots": (0,),
        "feature": (0,),
        "threshold": (0.0,),
        "left": (0,),
        "right": (0,),
        "value": (1.0,),
    }
    assert Boosted(scaler, 0.0, **fields).roots == (0,)
    for name, bad in {"roots": (1,), "left": (-1,), "feature": (1,), "value": ()}.items():
        with pytest.raises(ValueError, match=r"length|does not exist"):
            Boosted(scaler, 0.0, **{**fields, name: bad})
