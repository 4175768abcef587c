"""B5 and its controls."""

from __future__ import annotations

from tests.bench.advisor.b5_purge import figures


def test_no_pair_of_labels_meets_and_two_known_mistakes_are_found_out() -> None:
    found = list(figures())
    assert [one.control for one in found].count(True) == 2
    assert all(one.passes for one in found), [one for one in found if not one.passes]
