"""Stage 6: the second look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.synthesis import Review, RuleSynthesizer, Stance, Synthesis, synthesize
from barfinex.advisor.trace import Decline
from barfinex.domain.signal import Regime
from tests.advisor.builders import calibration, context

HOSTILE = context(trend=-5.0, volatility_ratio=2.2, volatility=0.02, regime=Regime.MIXED)


class Scripted:
    """A reviewer that says what it is told to."""

    name = "scripted"

    def __init__(self, stance: Stance) -> None:
        self._stance = stance

    def review(self, calibration: Calibration) -> Review:
        return Review(self._stance, "because")


def output(found: Synthesis | Decline[Synthesis]) -> Synthesis:
    return found.output if isinstance(found, Decline) else found


@given(calibrated=st.floats(0, 1), stance=st.sampled_from(Stance))
def test_no_stance_can_raise_the_conviction(calibrated: float, stance: Stance) -> None:
    """I14: whoever reviews, the conviction stays or falls."""
    found = output(synthesize(replace(calibration(), calibrated=calibrated), Scripted(stance)))
    assert 0.0 <= found.conviction <= calibrated


def test_a_word_that_is_no_stance_ends_the_decision() -> None:
    """I14: what a reviewer makes up is worth nothing."""
    with pytest.raises(KeyError):
        synthesize(calibration(), Scripted("certain"))  # type: ignore[arg-type]


def test_a_veto_is_declined() -> None:
    found = synthesize(calibration(HOSTILE), RuleSynthesizer())
    assert isinstance(found, Decline)
    assert found.objections[0].code is Code.REVIEW_VETOED


def test_the_rules_agree_with_good_evidence_and_doubt_poor_data() -> None:
    rules = RuleSynthesizer()
    assert rules.review(calibration(context(trend=2.0))).stance is Stance.AGREE
    assert rules.review(calibration(context(trend=2.0), grade=0.5)).stance is Stance.DOUBT
    assert rules.review(calibration(context(trend=-3.0, volatility=0.01))).stance is Stance.DOUBT


def test_the_rationale_names_the_rules_and_no_figure() -> None:
    rationale = RuleSynthesizer().review(calibration(HOSTILE)).rationale
    assert rationale == "for: nothing; against: trend volatility regime stop_distance; data: sound"
