"""Parts of history: no candle is in two tests, and none of a test is searched on."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.errors import BadInput
from barfinex.runtime.history import Input
from barfinex.runtime.research.windows import Window, cut, folds, span
from tests.detector.market import MINUTE, walk

WHOLE = Input((walk(1_000), walk(200, timeframe="5m")), "walk", "0" * 64, {})


@given(st.integers(1, 8), st.integers(100, 5_000))
def test_folds_follow_each_other_and_end_with_the_data(count: int, minutes: int) -> None:
    whole = Window(0, minutes * MINUTE)
    made = folds(whole, count)
    assert len(made) == count
    assert made[-1].test.stop == whole.stop
    for fold in made:
        assert (fold.train.start, fold.train.stop) == (0, fold.test.start)
        assert fold.test.start < fold.test.stop
    for before, after in pairwise(made):
        assert before.test.stop == after.test.start


def test_a_part_holds_its_candles_and_those_before_for_warm_up() -> None:
    window = Window(300 * MINUTE, 400 * MINUTE)
    [part] = cut([WHOLE], window, 50)
    minutes, fives = part.series
    assert minutes.ts.tolist() == (np.arange(250, 400) * MINUTE).tolist()
    assert fives.ts.tolist() == (np.arange(10, 80) * 5 * MINUTE).tolist()
    assert cut([WHOLE], window)[0].name != part.name != WHOLE.name


def test_the_whole_is_from_the_first_candle_to_the_end_of_the_last() -> None:
    assert span([WHOLE]) == Window(0, 1_000 * MINUTE)


def test_a_part_without_candles_is_refused() -> None:
    with pytest.raises(BadInput, match="has no candles"):
        cut([WHOLE], Window(2_000 * MINUTE, 3_000 * MINUTE))
