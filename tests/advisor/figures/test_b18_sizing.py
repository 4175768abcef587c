"""B18 and its controls, on fewer strategies."""

from __future__ import annotations

from tests.bench.advisor.b18_sizing import SHRINKING, figures


def test_few_strategies_shrink_under_the_haircut_and_many_without() -> None:
    found = list(figures(strategies=8_000))
    judged = [one for one in found if one.limit == SHRINKING]
    assert [one.control for one in judged].count(True) == 2
    assert [one.control for one in judged].count(False) == 2
    assert all(one.passes for one in found), [one for one in found if not one.passes]
