"""B5: does any label train a model that is tested on the same moments?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from barfinex.advisor.learning.splits import Split, combinatorial, kfold, walk_forward
from barfinex.domain.candles import Ints
from tests.bench.advisor.figure import Figure

TRIALS, FOLDS = 1_000, 5

Splitter = Callable[[Ints, Ints, int], Iterator[Split]]


def figures(trials: int = TRIALS) -> Iterator[Figure]:
    *pairs, raised = leaks((kfold, walk_forward, combinatorial), trials)
    sides = ("train label first", "test label first", "train label inside the embargo")
    for side, count in zip(sides, pairs, strict=True):
        yield Figure("B5", f"pairs that share a moment in {trials:,} trials, {side}", count, "== 0")
    yield Figure("B5", "exceptions", raised, "== 0")
    first, *_ = leaks((from_the_end,), trials)
    what = "pairs, train label first, when the test begins at its first label's end"
    yield Figure("B5", what, first, "== 0", control=True)
    *_, inside, _ = leaks((by_rows,), trials)
    yield Figure("B5", "pairs inside the embargo, when it counts rows", inside, "== 0", control=True)


def leaks(splitters: tuple[Splitter, ...], trials: int) -> tuple[int, int, int, int]:
    """Over label spans of all lengths: (pairs that overlap, the train label beginning first; the test label
    beginning first; pairs whose train label begins inside the embargo; splitters that raised)."""
    before = after = inside = raised = 0
    for trial in range(trials):
        rng = np.random.default_rng([5, trial])
        count, embargo = int(rng.integers(2, 120)), int(rng.integers(0, 500))
        t0 = np.sort(rng.integers(0, 10_000, count))
        t1 = t0 + rng.geometric(1.0 / rng.integers(1, 400), count)
        for splitter in splitters:
            try:
                for train, test in splitter(t0, t1, embargo):
                    start, end = t0[train, None], t1[train, None]
                    overlap = (start <= t1[test]) & (end >= t0[test])
                    before += int((overlap & (start < t0[test])).sum())
                    after += int((overlap & (start >= t0[test])).sum())
                    inside += int(((start > t1[test]) & (start <= t1[test] + embargo)).sum())
            except ValueError:
                raised += 1
    return before, after, inside, raised


def from_the_end(t0: Ints, t1: Ints, embargo_ms: int) -> Iterator[Split]:
    """A known mistake: the test's time begins where its first label ends, so what overlaps that label from
    the left goes on training."""
    for test in np.array_split(np.arange(len(t0)), FOLDS):
        if len(test):
            begins, ends = t1[test[0]], t1[test].max() + embargo_ms
            rest = np.setdiff1d(np.arange(len(t0)), test)
            yield rest[(t1[rest] < begins) | (t0[rest] > ends)], test


def by_rows(t0: Ints, t1: Ints, embargo_ms: int) -> Iterator[Split]:
    """Another: purged rightly, but the embargo is one per cent of the rows."""
    rows = len(t0) // 100
    for train, test in kfold(t0, t1, 0):
        yield train[(train < test.min()) | (train > test.max() + rows)], test
