"""A world that has changed is told of: features from elsewhere, trades that differ from their shadows."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.learning.shifts import RECENT, TRADES_MIN, Shifts
from barfinex.domain.candles import Floats
from tests.advisor.told import labels_of


def world(seed: int, shift: float = 0.0) -> tuple[Floats, list[Label]]:
    rows = np.random.default_rng(seed).normal(size=(RECENT, len(NAMES)))
    rows[:, 3] += shift
    return rows, labels_of(rows, np.ones(RECENT))


def test_features_of_another_world_are_named_and_those_of_the_same_are_not() -> None:
    for shift, expected in ((0.0, []), (2.0, [("feature", NAMES[3])])):
        shifts = Shifts()
        shifts.trained(world(1)[0])
        said = [event for label in world(2, shift)[1] for event in shifts.learn(label)]
        assert [(event.kind, event.about) for event in said] == expected


def test_before_a_training_there_is_nothing_to_compare_with() -> None:
    shifts = Shifts()
    assert [event for label in world(2, 5.0)[1] for event in shifts.learn(label)] == []


def test_trades_that_do_worse_than_their_shadows_are_told_of_once() -> None:
    rng, shifts = np.random.default_rng(4), Shifts()
    said = []
    for at, label in enumerate(world(3)[1][: 2 * TRADES_MIN - 1]):
        gap = float(rng.normal(-0.3, 0.2))
        outcome = replace(label.outcome, source="traded", shadow_r=1.0, r_net=1.0 + gap)
        said += [(at, event.kind) for event in shifts.learn(replace(label, outcome=outcome))]
    assert said == [(TRADES_MIN - 1, "shadow_gap")]
