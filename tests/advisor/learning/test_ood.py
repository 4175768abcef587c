"""Far from its training a model counts for less, then for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.learning.ood import ROWS_MAX, Crowd, Judge, Oddness, Outliers

ROWS = np.random.default_rng(4).standard_normal((300, 8))


def test_distances_are_those_of_the_definition():
    judge, row = Judge.of(Crowd.of(ROWS)), np.full(8, 0.7)
    apart = np.sqrt(((ROWS[:, None] - ROWS[None]) ** 2).sum(-1))
    mean = apart[np.triu_indices(300, 1)].mean()
    oddness = judge.measure(row)
    assert oddness.di == pytest.approx(np.sqrt(((ROWS - row) ** 2).sum(1)).min() / mean)
    z = (row - ROWS.mean(0)) / ROWS.std(0)
    assert oddness.mahalanobis == pytest.approx(np.sqrt((z**2).sum()))
    assert judge.measure(ROWS[7]).di == pytest.approx(0.0, abs=1e-9)


def test_only_the_last_rows_are_kept_and_a_constant_feature_does_no_harm():
    rows = np.vstack([np.full((10, 3), 9.0), np.random.default_rng(1).standard_normal((ROWS_MAX, 3))])
    rows[10:, 2] = 0.0
    crowd = Crowd.of(rows)
    assert len(crowd.rows) == ROWS_MAX
    assert np.isfinite(Judge.of(crowd).measure(np.zeros(3)).mahalanobis)


@pytest.mark.parametrize(
    ("di", "trust", "rejected"),
    [(0.0, 1, False), (1.0, 1, False), (1.6, 0.625, False), (2.0, 0.5, False), (4.0, 0.25, True)],
)
def test_trust_is_one_over_di_and_beyond_two_there_is_none(di, trust, rejected):
    verdict = Outliers().judge(Oddness(di, 0.0))
    assert (verdict.trust, verdict.rejected, verdict.drift) == (trust, rejected, False)


def test_what_cannot_be_measured_is_rejected():
    oddness = Judge.of(Crowd.of(ROWS)).measure(np.full(8, np.nan))
    verdict = Outliers().judge(oddness)
    assert verdict.rejected
    assert verdict.trust == 0.0


def test_many_outliers_are_drift_and_shrink_no_more_but_are_still_rejected():
    outliers, usual, odd = Outliers(), Oddness(0.5, 0.0), Oddness(1.5, 0.0)
    for _ in range(70):
        outliers.note(usual)
    for _ in range(30):
        outliers.note(odd)
        assert not outliers.judge(odd).drift
    outliers.note(odd)
    verdict = outliers.judge(odd)
    assert (verdict.trust, verdict.rejected, verdict.drift) == (1.0, False, True)
    assert outliers.judge(odd) == verdict, "asking moves nothing"
    assert outliers.judge(Oddness(3.0, 0.0)).rejected
    for _ in range(100):
        outliers.note(usual)
    assert not outliers.judge(usual).drift


def test_a_crowd_of_one_or_of_equals_is_none():
    for rows in (ROWS[:1], np.ones((5, 3)), np.full((5, 3), np.nan)):
        with pytest.raises(ValueError, match=r"rows are|distance"):
            Crowd.of(rows)
    with pytest.raises(ValueError, match="one length"):
        Crowd(((1.0,), (1.0, 2.0)), 1.0)
