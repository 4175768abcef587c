"""Labels as columns: in the order of their decisions, NaN where a feature is missing, weighted."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.labels import Label, row_of, table_of
from barfinex.advisor.learning.weights import effective
from tests.advisor.builders import STEP
from tests.advisor.told import decision, label, outcome


def test_a_missing_feature_is_none_and_not_zero() -> None:
    values = tuple(float(place) for place in range(len(NAMES)))
    told = decision(features=(0.0, *values[1:]), missing=(NAMES[0],))
    row = row_of(told)
    assert np.isnan(row[0])
    assert row[1:] == list(values[1:])


def test_a_decision_without_features_has_no_row() -> None:
    made = label(features=())
    assert made.row == []
    assert made.won


def test_columns_are_in_the_order_of_the_decisions_whoever_was_admitted_first() -> None:
    slow, early, late = label(1, at=50, won=False), label(2, at=10), label(3, at=90)
    table = table_of([slow, early, late])
    assert table.t0.tolist() == [11 * STEP, 51 * STEP, 91 * STEP]
    assert table.won.tolist() == [1.0, 0.0, 1.0]
    assert table.r_net.tolist() == [1.0, -1.0, 1.0]
    assert (len(table), table.rows.shape, table.posterior.shape) == (3, (3, len(NAMES)), (3, 5))
    assert table.until == max(one.outcome.admitted_at for one in (slow, early, late))


def test_labels_that_overlap_or_are_ambiguous_weigh_less_and_make_fewer() -> None:
    apart = table_of([label(number, at=100 * number) for number in range(20)])
    close = table_of([label(number, at=number) for number in range(20)])
    assert close.weights.max() < apart.weights.min()
    assert apart.n_eff == pytest.approx(effective(apart.weights))
    told = decision(99, at=5_000)
    clear = Label.of(told, outcome(told), told.candle_ts + STEP)
    doubtful = Label.of(told, outcome(told, ambiguous=True), told.candle_ts + STEP)
    assert table_of([doubtful]).weights.item() == 0.5 * table_of([clear]).weights.item()


def test_an_outcome_of_an_unknown_time_does_not_end_before_it_begins() -> None:
    told = decision(1, at=30)
    made = Label.of(told, outcome(told, touched_at=0), told.candle_ts + STEP)
    table = table_of([made])
    assert (table.t0.tolist(), table.t1.tolist()) == ([31 * STEP], [31 * STEP])
