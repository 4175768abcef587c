"""How much a label counts: less where labels overlap, less the older it is, half when it is ambiguous."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from barfinex.advisor.learning.barriers import AMBIGUOUS_WEIGHT
from barfinex.domain.candles import Floats, Ints

LABELS_MAX = 2_000
HALF_LIFE = 250.0

Correlations = Mapping[tuple[str, str], float]
Span = tuple[int, int, str]
"""From decision to touch (ms UTC), and the instrument."""


def weigh(
    t0: Ints, t1: Ints, instruments: Sequence[str], ambiguous: NDArray[np.bool_], correlations: Correlations
) -> Floats:
    """Weights in [0, 1] of labels in the order of t0: uniqueness x recency x ambiguity. Of more than 2,000
    labels the oldest weigh nothing.

    Args:
        t0, t1: [n], ms UTC, from decision to touch, t1 >= t0.
        instruments: n names.
        ambiguous: [n].
        correlations: rho of pairs of instruments, either way round; a pair that is not there has none.

    Raises:
        ValueError: lengths differ, t0 is not in order, a label ends before it begins, or a rho is not in
            [-1, 1].
    """
    last = slice(max(0, len(t0) - LABELS_MAX), None)
    own = uniqueness(t0[last], t1[last], instruments[last], correlations)
    own = own * np.where(ambiguous[last], AMBIGUOUS_WEIGHT, 1.0)
    weights = np.zeros(len(t0))
    weights[last] = own * recency(own)
    return weights


def uniqueness(t0: Ints, t1: Ints, instruments: Sequence[str], correlations: Correlations) -> Floats:
    """[n], the mean over each label's span in time of 1 / concurrency. A label of the same instrument counts
    one in the concurrency, one of a correlated instrument rho².

    Average uniqueness: M. Lopez de Prado, "Advances in Financial Machine Learning" (2018), section 4.3.
    """
    if not len(t0) == len(t1) == len(instruments):
        raise ValueError("t0, t1 and instruments are of unequal length: give one of each a label")
    if not ((np.diff(t0) >= 0).all() and (t1 >= t0).all()):
        raise ValueError("labels are not in the order of t0, or one ends before it begins: sort them")
    names = sorted(set(instruments))
    overlap = _overlap(names, correlations)
    own = np.array([names.index(one) for one in instruments], dtype=np.int64)
    ends = np.maximum(t1, t0 + 1)  # a touch at once still spans a moment
    moments = np.unique(np.concatenate([t0, ends]))
    first, last = np.searchsorted(moments, t0), np.searchsorted(moments, ends)
    change = np.zeros((len(names), len(moments)))
    np.add.at(change, (own, first), 1.0)
    np.add.at(change, (own, last), -1.0)
    # Where an instrument has no label, its own line may be below one: nobody reads it there.
    shares = np.diff(moments) / np.maximum(overlap @ np.cumsum(change, axis=1)[:, :-1], 1.0)
    passed = np.concatenate([np.zeros((len(names), 1)), np.cumsum(shares, axis=1)], axis=1)
    return np.asarray((passed[own, last] - passed[own, first]) / (ends - t0))


def uniqueness_of(span: Span, others: Iterable[Span]) -> float:
    """`uniqueness`, to the same bit, of one label among others: in plain numbers, which for a few dozen
    labels is a third of the work. No instruments are correlated."""
    begin, end, instrument = span[0], max(span[1], span[0] + 1), span[2]
    change = {begin: 1, end: -1}
    for t0, t1, name in others:
        ends, own = t1 if t1 > t0 else t0 + 1, name == instrument
        change[t0] = change.get(t0, 0) + own
        change[ends] = change.get(ends, 0) - own
    count, passed, since, before = 0, 0.0, 0.0, min(change)
    for moment in sorted(change):
        passed += (moment - before) / count if count > 1 else moment - before
        if moment == begin:
            since = passed
        elif moment == end:
            break
        count, before = count + change[moment], moment
    return (passed - since) / (end - begin)


def recency(own: Floats) -> Floats:
    """[n], halved for every 250 effective labels that came after; `own` is what each label counts for."""
    later = np.cumsum(own[::-1])[::-1] - own
    return np.asarray(0.5 ** (later / HALF_LIFE))


def effective(weights: Floats) -> float:
    """(sum w)² / sum w²: the number of equal labels that say as much (Kish, "Survey Sampling", 1965)."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0.0 else 0.0


def _overlap(names: list[str], correlations: Correlations) -> Floats:
    overlap = np.eye(len(names))
    for (i, one), (j, two) in combinations(enumerate(names), 2):
        rho = correlations.get((one, two), correlations.get((two, one), 0.0))
        if not -1.0 <= rho <= 1.0:
            raise ValueError(f"correlation {rho} of {one} and {two} is not in [-1, 1]: leave the pair out")
        overlap[i, j] = overlap[j, i] = rho * rho
    return overlap
