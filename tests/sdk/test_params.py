"""Numbers that a search may change: declared where they are used, bounded, and given from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from barfinex.domain.errors import BadInput
from barfinex.sdk import param
from barfinex.sdk.params import declaring


def test_without_a_search_it_is_its_default() -> None:
    assert (param("n", 20, 5, 60), param("stop", 0.02, 0.005, 0.05)) == (20, 0.02)


def test_a_given_value_counts_and_whole_numbers_stay_whole() -> None:
    with declaring({"n": 30.0}) as found:
        assert param("n", 20, 5, 60) == 30
        assert param("stop", 0.02, 0.005, 0.05) == 0.02
    assert isinstance(found["n"].value, int)
    assert [one.is_whole for one in found.values()] == [True, False]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: param("", 1, 0, 2), "is no name"),
        (lambda: param("n", 5, 6, 7), "Give low <= default"),
        (lambda: param("n", float("nan"), 0.0, 1.0), "Give low <= default"),
        (lambda: param("n", 5, 1, 9, 0), "a step above 0"),
        (lambda: param("n", 5, 1.0, 9), "mixes"),
        (lambda: [param("n", 5, 1, 9), param("n", 5, 1, 9)], "declared twice"),
        (lambda: param("m", 5, 1, 9), "is given 99"),
    ],
)
def test_what_could_not_work_is_refused(make: Callable[[], object], says: str) -> None:
    with declaring({"m": 99}), pytest.raises(BadInput) as caught:
        make()
    assert says in str(caught.value)
