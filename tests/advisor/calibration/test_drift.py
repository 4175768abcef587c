"""The drift detector: valid however often one looks, quick when trades win less, and ruined by no label."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.calibration.drift import DriftDetector, threshold
from barfinex.domain.errors import BadInput


def run(drop: float, n: int, seed: int, limit: float = 5_000.0, weight: float = 1.0) -> DriftDetector:
    """Up to the first alarm, or to n; the change comes at 300."""
    rng = np.random.default_rng([18, seed])
    p = np.clip(rng.normal(0.5, 0.08, n), 0.2, 0.8)
    won = rng.random(n) < np.where(np.arange(n) < 300, p, p - drop)
    detector = DriftDetector(limit)
    for said, outcome in zip(p.tolist(), won.tolist(), strict=True):
        detector = detector.update(said, outcome, weight)
        if detector.alarm:
            break
    return detector


def test_it_hears_a_drop_and_says_since_when_and_which_way() -> None:
    found = [run(0.2, 1_000, seed) for seed in range(10)]
    assert all(one.alarm and one.worse for one in found)
    assert np.median([one.n for one in found]) - 300 < 100
    assert np.median([abs(one.since - 300) for one in found]) < 40


def test_under_the_truth_evidence_grows_by_one_a_label_on_average() -> None:
    """The martingale behind the run length, exactly: one step over both outcomes."""
    for seed in range(5):
        detector = run(0.0, 200, seed)
        for p in (0.03, 0.3, 0.5, 0.9):
            won, lost = (detector.update(p, outcome, 0.7).evidence for outcome in (True, False))
            assert p * won + (1.0 - p) * lost == pytest.approx(detector.evidence + 1.0)


def test_false_alarms_keep_their_distance() -> None:
    """An average run length of 50 or more: Shiryaev-Roberts at 50."""
    lengths = [run(0.0, 2_000, seed, limit=50.0).n for seed in range(40)]
    assert np.mean(lengths) >= 50.0


def test_overlapping_labels_count_for_less() -> None:
    assert run(0.2, 1_000, 1, weight=0.2).n > run(0.2, 1_000, 1).n


@given(st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans(), st.floats(0.01, 1.0)), max_size=50))
def test_no_outcome_ruins_a_bet(rows: list[tuple[float, bool, float]]) -> None:
    detector = DriftDetector()
    for p, won, weight in rows:
        detector = detector.update(p, won, weight)
        assert all(0.0 < wealth < 1e16 for wealth in detector.wealth)


def test_evidence_is_bounded_and_the_alarm_stays_until_the_reset() -> None:
    detector = DriftDetector()
    for _ in range(3_000):
        detector = detector.update(0.9, False)
    assert detector.alarm
    assert detector.since == 0
    fresh = detector.reset()
    assert (fresh.n, fresh.evidence, fresh.alarm, fresh.limit) == (0, 0.0, False, 5_000.0)


def test_many_strategies_raise_the_threshold() -> None:
    assert threshold(1) == 5_000.0
    assert threshold(8) == 40_000.0
    with pytest.raises(BadInput, match="strategies"):
        threshold(0)


def test_it_is_plain_json() -> None:
    detector = run(0.1, 400, 3)
    assert msgspec.json.decode(msgspec.json.encode(detector), type=DriftDetector) == detector


@pytest.mark.parametrize(
    ("p", "weight"),
    [(float("nan"), 1.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.0), (0.5, 1.1), (0.5, float("nan"))],
)
def test_what_is_not_known_is_no_evidence(p: float, weight: float) -> None:
    with pytest.raises(BadInput, match=r"p|weight"):
        DriftDetector().update(p, True, weight)


@pytest.mark.parametrize("limit", [0.0, float("nan"), float("inf")])
def test_a_threshold_that_cannot_alarm_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="limit"):
        DriftDetector(limit)
