"""B17 and its control, on fewer decisions."""

from __future__ import annotations

from tests.bench.advisor.b17_attribution import figures


def test_every_decision_is_explained_to_nine_digits_and_a_forgotten_term_shows() -> None:
    found = list(figures(decisions=1_000))
    assert [one.control for one in found] == [False, True]
    assert all(one.passes for one in found), found
