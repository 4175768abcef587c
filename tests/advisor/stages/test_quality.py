"""Stage 2: each fault lowers the grade; too low a grade is declined."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.quality import Quality, grade_quality
from barfinex.advisor.trace import Decline
from tests.advisor.builders import context


def test_a_sound_market_has_full_grade() -> None:
    found = grade_quality(context(), 0.3)
    assert isinstance(found, Quality)
    assert (found.grade, found.findings) == (1.0, ())


@pytest.mark.parametrize(
    ("fault", "finding", "grade"),
    [
        ({"candles": 15}, "short_history", 0.5),
        ({"age_steps": 2.0}, "stale", 0.5),
        ({"idle_share": 0.25}, "idle", 0.75),
        ({"final": False}, "not_final", 0.0),
        ({"sound": False}, "unmeasurable", 0.0),
        ({"volatility": 0.0}, "unmeasurable", 0.0),
    ],
)
def test_every_fault_lowers_the_grade_and_is_named(fault: dict[str, Any], finding: str, grade: float) -> None:
    found = grade_quality(context(**fault), 0.0)
    assert isinstance(found, Quality)
    assert (found.grade, found.findings) == (grade, (finding,))


def test_a_low_grade_is_declined_with_value_and_limit() -> None:
    found = grade_quality(context(candles=3), 0.3)
    assert isinstance(found, Decline)
    (objection,) = found.objections
    assert (objection.code, objection.value, objection.limit) == (Code.QUALITY_TOO_LOW, 0.1, 0.3)


def test_the_score_of_the_market_data_lowers_the_grade() -> None:
    found = grade_quality(context(), 0.3, 0.5)
    assert isinstance(found, Quality)
    assert (found.grade, found.findings) == (0.5, ("market",))
    assert isinstance(grade_quality(context(), 0.3, 0.2), Decline)
    assert grade_quality(context(), 0.3, 1.0) == grade_quality(context(), 0.3)
