"""Train and test labels that share no moment: purged on both sides, with an embargo in time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from barfinex.domain.candles import Ints

Split = tuple[Ints, Ints]

FOLDS = 5
GROUPS, HELD = 6, 2


def purged(t0: Ints, t1: Ints, test: Ints, embargo_ms: int) -> Ints:
    """Indices of the labels that may train a model tested on `test`: none that overlaps a test label's span
    [t0, t1], before it or after, and none that begins within `embargo_ms` after a test label ends.

    A label overlaps some test label exactly when more of those begin by its end than end before its
    beginning; so two sorted look-ups decide it, for spans of any lengths in any order.

    M. Lopez de Prado, "Advances in Financial Machine Learning" (2018), section 7.4.

    Args:
        t0, t1: [n], ms UTC, t1 >= t0.
        test: [m], indices.

    Raises:
        ValueError: a label ends before it begins, or the embargo is negative.
    """
    if not (len(t0) == len(t1) and (t1 >= t0).all() and embargo_ms >= 0):
        raise ValueError("spans are no spans, or the embargo is negative: give t1 >= t0 and ms >= 0")
    begun = np.searchsorted(np.sort(t0[test]), t1, side="right")
    ended = np.searchsorted(np.sort(t1[test] + embargo_ms), t0, side="left")
    free = begun == ended
    free[test] = False
    return np.flatnonzero(free)


def kfold(t0: Ints, t1: Ints, embargo_ms: int, folds: int = FOLDS) -> Iterator[Split]:
    """(train, test) of each of `folds` runs of labels in the order of t0; trained on before and after."""
    for test in _groups(t0, folds):
        yield purged(t0, t1, test, embargo_ms), test


def walk_forward(t0: Ints, t1: Ints, embargo_ms: int, folds: int = FOLDS) -> Iterator[Split]:
    """(train, test) of all but the first of folds + 1 runs of labels; trained only on what began before."""
    for test in _groups(t0, folds + 1)[1:]:
        train = purged(t0, t1, test, embargo_ms)
        yield train[t0[train] < t0[test].min()], test


def combinatorial(
    t0: Ints, t1: Ints, embargo_ms: int, groups: int = GROUPS, held: int = HELD
) -> Iterator[Split]:
    """(train, test) of every choice of `held` out of `groups` runs of labels: 15 of six and two.

    Combinatorial purged cross-validation: Lopez de Prado (2018), section 12.4.
    """
    for chosen in combinations(_groups(t0, groups), held):
        test = np.concatenate(chosen)
        yield purged(t0, t1, test, embargo_ms), test


def _groups(t0: Ints, count: int) -> list[Ints]:
    """Runs of near-equal size in the order of t0; fewer when there are not enough labels for all."""
    runs = np.array_split(np.argsort(t0, kind="stable"), count)
    return [run for run in runs if len(run)]
