"""B11 and its controls."""

from __future__ import annotations

from tests.bench.advisor.b11_gates import figures


def test_every_gate_can_refuse_and_every_stage_can_pass() -> None:
    missed = [(one.what, one.value) for one in figures() if not one.passes]
    assert not missed
