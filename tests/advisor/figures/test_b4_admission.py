"""B4 and its control."""

from __future__ import annotations

from tests.bench.advisor.b4_admission import figures


def test_the_base_rate_is_true_when_labels_wait_for_their_horizon_and_false_when_they_do_not() -> None:
    found = list(figures())
    assert [one.control for one in found].count(True) == 1
    assert all(one.passes for one in found), [one for one in found if not one.passes]
