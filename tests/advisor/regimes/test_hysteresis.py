"""A label changes only on evidence in a row, whatever the blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.regimes.hysteresis import NOBODY, PATIENCE, PATIENCE_UNKNOWN, Held, settle, turns
from barfinex.advisor.regimes.states import UNKNOWN, Flags
from barfinex.domain.candles import Ints

STEP = st.tuples(st.sampled_from([0, 1, UNKNOWN]), st.booleans(), st.booleans(), st.integers(1, 30))


def plain(held: Held, seen: Ints, sure: Flags, hinted: Flags) -> tuple[list[int], Held]:
    """The same, one candle after the other."""
    label, age, candidate, streak = held
    labels = []
    for own, certain, hint in zip(seen.tolist(), sure.tolist(), hinted.tolist(), strict=True):
        claim = own if certain else NOBODY
        streak = streak + 1 if claim == candidate else 1
        candidate = claim
        needed = PATIENCE_UNKNOWN if claim == UNKNOWN else PATIENCE // 2 if hint else PATIENCE
        age += 1
        if claim not in (NOBODY, label) and streak >= needed:
            label, age = claim, 1
        labels.append(label)
    return labels, Held(label, age, candidate, streak)


@given(st.lists(STEP, min_size=1, max_size=20), st.lists(st.integers(1, 400), max_size=8))
def test_it_is_the_plain_rule_whatever_the_blocks(steps: list[tuple[int, bool, bool, int]], cuts: list[int]):
    seen, sure, hinted = (
        np.concatenate([np.full(step[3], step[column]) for step in steps]) for column in range(3)
    )
    expected, last = plain(Held(), seen, sure, hinted)
    held, labels = Held(), []
    edges = sorted({0, len(seen), *(cut for cut in cuts if cut < len(seen))})
    for start, stop in pairwise(edges):
        block = slice(start, stop)
        part, held = settle(held, seen[block], sure[block], hinted[block])
        labels += part.tolist()
    assert labels == expected
    assert held == last


def calm(size: int) -> Flags:
    return np.zeros(size, dtype=np.bool_)


def test_six_in_a_row_are_needed_and_three_after_a_hint() -> None:
    seen, sure = np.ones(8, dtype=np.int64), np.ones(8, dtype=np.bool_)
    labels, _ = settle(Held(0), seen, sure, calm(8))
    assert labels.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    labels, held = settle(Held(0), seen, sure, ~calm(8))
    assert labels.tolist() == [0, 0, 1, 1, 1, 1, 1, 1]
    assert held.age == 6


def test_one_unsure_candle_starts_the_count_anew() -> None:
    sure = np.ones(11, dtype=np.bool_)
    sure[5] = False
    labels, _ = settle(Held(0), np.ones(11, dtype=np.int64), sure, calm(11))
    assert not labels.any()


def test_turns_are_where_labels_change() -> None:
    labels = np.array([1, 1, 0, 0, 2])
    assert turns(1, labels).tolist() == [2, 4]
    assert turns(0, labels).tolist() == [0, 2, 4]
