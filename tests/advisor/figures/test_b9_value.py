"""B9, scaled down: the same limits on fewer lives of a model."""

from __future__ import annotations

from tests.bench.advisor.b9_value import figures


def test_influence_is_earned_by_being_right_and_lost_by_being_wrong() -> None:
    """I14: a rise has to be earned by measured value."""
    missed = [(one.what, one.value) for one in figures(runs=32) if not one.passes]
    assert not missed
