"""B3 and its controls, on fewer runs."""

from __future__ import annotations

from tests.bench.advisor.b3_ladder import figures


def test_a_cold_start_costs_little_on_the_ladder_and_much_on_the_model_alone() -> None:
    found = list(figures(runs=5))
    assert [one.control for one in found].count(True) == 3
    assert all(one.passes for one in found), [one for one in found if not one.passes]
