"""B6, scaled down: the same limits on fewer answers. How long a check takes is for the benchmark to say."""

from __future__ import annotations

from tests.bench.advisor.b6_hallucination import figures


def test_the_checker_catches_what_is_false_and_lets_the_truth_pass() -> None:
    found = [one for one in figures(each=30, valid=800) if not one.what.endswith("in ms")]
    assert len(found) > 20
    assert not [(one.what, one.value) for one in found if not one.passes]
