"""B6, scaled down: the same limits on fewer answers; how long a check takes is for the benchmark to say."""

from __future__ import annotations

from tests.bench.advisor.b6_hallucination import TOOK, figures


def test_the_checker_catches_what_is_false_and_lets_the_truth_pass() -> None:
    told = [one for one in figures(each=30, valid=800) if one.what != TOOK]
    assert not [(one.what, one.value) for one in told if not one.passes]
