"""B12, at a thirtieth of its decisions."""

from __future__ import annotations

from tests.bench.advisor.b12_replay import figures


def test_b12_holds_and_its_controls_fail() -> None:
    missed = [one for one in figures(decisions=300, controlled=120) if not one.passes]
    assert not missed
