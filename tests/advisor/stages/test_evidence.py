"""Stage 3: the rules speak for and against in logits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.stages.evidence import weigh_evidence
from barfinex.domain.signal import Bracket, Direction, Regime
from tests.advisor.builders import case, context, quality


def test_the_trend_speaks_for_the_side_that_goes_with_it() -> None:
    long = weigh_evidence(quality(context(trend=1.0)))
    short = weigh_evidence(quality(context(case(direction=Direction.SHORT), trend=1.0)))
    assert long.items[0] == ("trend", 0.15)
    assert short.items[0] == ("trend", -0.15)


def test_surging_volatility_and_a_stop_inside_the_noise_speak_against() -> None:
    noisy = dict(weigh_evidence(quality(context(volatility_ratio=2.0, volatility=0.02))).items)
    assert noisy["volatility"] < 0.0
    assert noisy["stop_distance"] < 0.0
    assert dict(weigh_evidence(quality(context(volatility=0.001))).items)["stop_distance"] > 0.0


@given(
    trend=st.floats(-20, 20),
    ratio=st.floats(0, 100),
    volatility=st.floats(0, 1),
    stop=st.floats(1e-6, 0.99),
    regime=st.sampled_from(Regime),
)
def test_the_evidence_is_the_bounded_sum_of_its_items(
    trend: float, ratio: float, volatility: float, stop: float, regime: Regime
) -> None:
    facts = context(
        case(bracket=Bracket(stop)), trend=trend, volatility_ratio=ratio, volatility=volatility, regime=regime
    )
    found = weigh_evidence(quality(facts))
    assert found.logit == pytest.approx(sum(weight for _, weight in found.items))
    assert -1.0 - 1e-9 <= found.logit <= 0.55 + 1e-9
