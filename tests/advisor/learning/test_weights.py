"""Labels that say the same thing share one voice."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.learning.weights import effective, recency, uniqueness, uniqueness_of, weigh


def ints(*numbers: int):
    return np.array(numbers, dtype=np.int64)


def test_labels_apart_count_fully_and_labels_over_one_another_share():
    apart = uniqueness(ints(0, 100), ints(100, 200), ["A", "A"], {})
    same = uniqueness(ints(0, 0, 0), ints(100, 100, 100), ["A", "A", "A"], {})
    half = uniqueness(ints(0, 50), ints(100, 150), ["A", "A"], {})
    np.testing.assert_allclose(apart, [1, 1])
    np.testing.assert_allclose(same, [1 / 3] * 3)
    np.testing.assert_allclose(half, [0.75, 0.75])


def test_correlated_instruments_count_as_rho_squared():
    spans = ints(0, 0), ints(100, 100)
    np.testing.assert_allclose(uniqueness(*spans, ["A", "B"], {}), [1, 1])
    np.testing.assert_allclose(uniqueness(*spans, ["A", "B"], {("B", "A"): -0.8}), [1 / 1.64] * 2)


@pytest.mark.parametrize("seed", range(20))
def test_of_one_label_it_is_the_same_to_the_bit(seed: int):
    rng = np.random.default_rng(seed)
    t0 = np.sort(rng.integers(0, 10**13, 64) if seed % 2 else rng.integers(0, 300, 64))
    t1 = t0 + rng.integers(0, 10**12 if seed % 2 else 60, 64)
    names = rng.choice(["A", "B", "C"], 64).tolist()
    spans = list(zip(t0.tolist(), t1.tolist(), names, strict=True))
    found = [uniqueness_of(span, spans[:at] + spans[at + 1 :]) for at, span in enumerate(spans)]
    assert found == uniqueness(t0, t1, names, {}).tolist()


def test_it_is_the_mean_of_one_over_concurrency_moment_by_moment():
    rng = np.random.default_rng(5)
    t0 = np.sort(rng.integers(0, 300, 30))
    t1 = t0 + rng.integers(0, 60, 30)
    names = rng.choice(["A", "B", "C"], 30).tolist()
    rho = {("A", "B"): 0.5, ("C", "B"): -0.9}
    squared = {frozenset(pair): r * r for pair, r in rho.items()}
    ends, slow = np.maximum(t1, t0 + 1), []
    for i in range(30):
        shares = []
        for moment in range(t0[i], ends[i]):
            active = [j for j in range(30) if t0[j] <= moment < ends[j]]
            shares.append(
                1
                / sum(
                    1.0 if names[j] == names[i] else squared.get(frozenset((names[i], names[j])), 0.0)
                    for j in active
                )
            )
        slow.append(np.mean(shares))
    np.testing.assert_allclose(uniqueness(t0, t1, names, rho), slow, rtol=1e-12)


def test_recency_halves_every_250_effective_labels():
    own = np.full(1_001, 0.5)
    aged = recency(own)
    assert aged[-1] == 1.0
    assert aged[-501] == pytest.approx(0.5)
    assert aged[0] == pytest.approx(0.25)


def test_the_oldest_of_more_than_two_thousand_weigh_nothing_and_ambiguous_ones_half():
    t0 = np.arange(2_100, dtype=np.int64) * 10
    ambiguous = np.zeros(2_100, dtype=np.bool_)
    ambiguous[-1] = True
    weights = weigh(t0, t0 + 5, ["A"] * 2_100, ambiguous, {})
    assert (weights[:100] == 0).all()
    assert (weights[100:] > 0).all()
    assert weights[-1] == 0.5


def test_effective_number():
    assert effective(np.ones(40)) == pytest.approx(40)
    assert effective(np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(2)
    assert effective(np.zeros(3)) == 0.0


@pytest.mark.parametrize(
    ("t0", "t1", "names", "rho", "reason"),
    [
        (ints(0, 1), ints(1, 2), ["A"], {}, "unequal"),
        (ints(5, 1), ints(6, 2), ["A", "A"], {}, "order"),
        (ints(5), ints(4), ["A"], {}, "order"),
        (ints(0, 0), ints(1, 1), ["A", "B"], {("A", "B"): np.nan}, "correlation"),
        (ints(0, 0), ints(1, 1), ["A", "B"], {("A", "B"): 1.5}, "correlation"),
    ],
)
def test_bad_input_is_refused(t0, t1, names, rho, reason):
    with pytest.raises(ValueError, match=reason):
        uniqueness(t0, t1, names, rho)
