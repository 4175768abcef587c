"""B10 and its controls, on fewer worlds."""

from __future__ import annotations

from tests.bench.advisor.b10_regime import figures


def test_regimes_are_causal_tell_loud_from_calm_and_change_rarely() -> None:
    found = list(figures(worlds=3))
    assert [one.control for one in found].count(True) == 3
    assert all(one.passes for one in found), [one for one in found if not one.passes]
