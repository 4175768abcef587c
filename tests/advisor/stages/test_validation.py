"""Stages 7 and 8: costs, limits, and what is proposed."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.intent import propose_intent
from barfinex.advisor.stages.validation import Costs, Validation, validate_execution
from barfinex.advisor.trace import Decline
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Bracket
from tests.advisor.builders import BRACKET, case, context, synthesis

COSTS = Costs(fee=0.001, spread_bps=2.0, slippage_bps=1.0)


def test_costs_and_expected_value_are_in_units_of_risk() -> None:
    found = validate_execution(replace(synthesis(), conviction=0.5), AdvisorConfig(), COSTS)
    assert isinstance(found, Validation)
    assert found.reward_risk == 2.0
    assert found.cost_r == pytest.approx((0.002 + 0.0004) / 0.02)
    assert found.expected_r == pytest.approx(0.5 * 2.0 - 0.5 - 0.12)


@pytest.mark.parametrize(
    ("facts", "bracket", "conviction", "code"),
    [
        ({}, BRACKET, 0.29, Code.CONVICTION_TOO_LOW),
        ({}, BRACKET, float("nan"), Code.CONVICTION_TOO_LOW),
        ({"spread_bps": 25.1}, BRACKET, 0.5, Code.SPREAD_TOO_WIDE),
        ({"spread_bps": float("nan")}, BRACKET, 0.5, Code.SPREAD_TOO_WIDE),
        ({}, Bracket(0.02, 0.01), 0.5, Code.REWARD_RISK_TOO_LOW),
        ({}, None, 0.5, Code.BRACKET_MISSING),
    ],
)
def test_every_limit_declines_what_is_beyond_it(
    facts: dict[str, Any], bracket: Bracket | None, conviction: float, code: Code
) -> None:
    given = replace(synthesis(context(case(bracket=bracket), **facts)), conviction=conviction)
    found = validate_execution(given, AdvisorConfig(), COSTS)
    assert isinstance(found, Decline)
    assert [objection.code for objection in found.objections] == [code]


def test_every_objection_is_reported() -> None:
    given = replace(synthesis(context(case(bracket=Bracket(0.02, 0.01)), spread_bps=99.0)), conviction=0.1)
    found = validate_execution(given, AdvisorConfig(), COSTS)
    assert isinstance(found, Decline)
    assert len(found.objections) == 3


def test_a_bracket_without_target_is_not_judged_by_reward() -> None:
    found = validate_execution(synthesis(context(case(bracket=Bracket(0.02)))), AdvisorConfig(), COSTS)
    assert isinstance(found, Validation)
    assert found.reward_risk is None


def test_the_intent_carries_the_signal_and_both_convictions() -> None:
    reviewed = synthesis()
    checked = validate_execution(reviewed, AdvisorConfig(), COSTS)
    assert isinstance(checked, Validation)
    intent = propose_intent(checked, "gate").intent
    sent = checked.case.signal
    assert (intent.id, intent.trade_id) == ("int-0000000000000001", "trd-0000000000000001")
    assert (intent.signal_id, intent.expires_at, intent.bracket) == (sent.id, sent.expires_at, BRACKET)
    assert intent.conviction is not None
    assert intent.conviction.raw == reviewed.calibration.conviction.raw
    assert intent.conviction.calibrated == reviewed.conviction
