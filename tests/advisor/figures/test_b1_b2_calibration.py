"""B1 and B2, on fewer worlds."""

from __future__ import annotations

from tests.bench.advisor.b1_b2_calibration import b1, b2


def test_b1_holds_and_its_controls_fail() -> None:
    missed = [one for one in b1(worlds=4) if not one.passes]
    assert not missed


def test_b2_holds_and_its_controls_fail() -> None:
    missed = [one for one in b2(worlds=40, sizes=(30, 60, 200, 1_000)) if not one.passes]
    assert not missed
