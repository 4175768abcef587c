"""B15 and its control."""

from __future__ import annotations

from tests.bench.advisor.b15_rollback import figures


def test_poison_is_undone_before_it_costs_much_and_would_cost_much() -> None:
    found = list(figures())
    assert [one.control for one in found].count(True) == 1
    assert all(one.passes for one in found), [one for one in found if not one.passes]
