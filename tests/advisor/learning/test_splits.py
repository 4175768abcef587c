"""No label trains a model that is tested on the same moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.learning.splits import combinatorial, kfold, purged, walk_forward

SPLITTERS = (kfold, walk_forward, combinatorial)


def spans(seed: int, count: int = 200):
    rng = np.random.default_rng(seed)
    t0 = np.sort(rng.integers(0, 10_000, count))
    return t0, t0 + rng.geometric(1 / 120, count)


@given(seed=st.integers(0, 2**32 - 1), embargo=st.integers(0, 800), count=st.integers(0, 80))
def test_no_train_label_meets_a_test_label_or_its_embargo(seed, embargo, count):
    rng = np.random.default_rng(seed)
    t0, t1 = spans(seed, count)
    shuffled = rng.permutation(count)
    t0, t1 = t0[shuffled], t1[shuffled]
    for splitter in SPLITTERS:
        for train, test in splitter(t0, t1, embargo):
            meets = (t0[train, None] <= t1[test] + embargo) & (t1[train, None] >= t0[test])
            assert not meets.any()
            assert not set(train) & set(test)


def test_purging_removes_no_more_than_it_must():
    t0, t1 = spans(3)
    for train, test in kfold(t0, t1, 50):
        rest = np.setdiff1d(np.arange(len(t0)), np.concatenate([train, test]))
        meets = (t0[rest, None] <= t1[test] + 50) & (t1[rest, None] >= t0[test])
        assert meets.any(axis=1).all()


def test_every_label_is_tested_once_and_combinations_are_fifteen():
    t0, t1 = spans(4)
    tested = np.concatenate([test for _, test in kfold(t0, t1, 0)])
    assert sorted(tested) == list(range(200))
    splits = list(combinatorial(t0, t1, 0))
    assert len(splits) == 15
    counts = np.bincount(np.concatenate([test for _, test in splits]), minlength=200)
    assert (counts == 5).all()


def test_walking_forward_never_learns_from_later():
    t0, t1 = spans(5)
    splits = list(walk_forward(t0, t1, 100))
    assert len(splits) == 5
    for train, test in splits:
        assert len(train)
        assert t1[train].max() < t0[test].min()


def test_an_embargo_is_time_not_rows():
    t0 = np.array([0, 1_000, 1_001, 1_002, 50_000], dtype=np.int64)
    train = purged(t0, t0 + 10, np.array([0]), 5_000)
    assert train.tolist() == [4]


@pytest.mark.parametrize(("t0", "t1", "embargo"), [([5], [4], 0), ([5], [6], -1), ([5], [6, 7], 0)])
def test_spans_that_are_none_are_refused(t0, t1, embargo):
    with pytest.raises(ValueError, match="spans"):
        purged(np.array(t0), np.array(t1), np.array([0]), embargo)
