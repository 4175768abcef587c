"""B7 whole: no order of a stranger does more than a bounded move or a counted veto."""

from __future__ import annotations

from tests.bench.advisor.b7_injection import figures


def test_a_model_that_obeys_strangers_moves_next_to_nothing() -> None:
    """I14: at most a quarter of a logit, or a veto."""
    missed = [(one.what, one.value) for one in figures() if not one.passes]
    assert not missed
