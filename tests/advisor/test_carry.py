"""Expected funding: the last rate over the time that a strategy holds, and a cost only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.advisor.carry import Carry
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.advisor import ExecutionValidated
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.provider import FundingFixed
from tests.advisor.builders import BRACKET, COSTS, QUOTE, case, desk, facts, market, round_trip, signal
from tests.advisor.road import Road
from tests.advisor.said import decided

pytestmark = pytest.mark.anyio
HOUR = 3_600_000


def fixed(rate: str, next_ms: int | None = 8 * HOUR, at: int = 0) -> FundingFixed:
    next_at = None if next_ms is None else at + next_ms
    return FundingFixed(instrument="BTC-USDT", at=at, rate=Decimal(rate), next_at=next_at)


def carry(*facts: FundingFixed) -> Carry:
    made = Carry()
    for fact in facts:
        made.fix(fact)
    return made


def test_without_a_rate_holding_costs_nothing() -> None:
    assert Carry().cost(signal()) == 0.0
    assert carry(fixed("0.001")).cost(signal(instrument="ETH-USDT")) == 0.0


def test_the_last_rate_counts_and_who_is_paid_is_promised_nothing() -> None:
    made = carry(fixed("0.001"), fixed("0.0002"))
    assert made.cost(signal()) == pytest.approx(0.0002)
    assert made.cost(signal(direction=Direction.SHORT)) == 0.0
    assert carry(fixed("-0.0002")).cost(signal(direction=Direction.SHORT)) == pytest.approx(0.0002)


@pytest.mark.parametrize("next_ms", [None, 0, -1])
def test_an_unknown_interval_is_the_usual_one(next_ms: int | None) -> None:
    brief = signal(bracket=Bracket(0.02, 0.04, 4 * HOUR))
    assert carry(fixed("0.001", next_ms)).cost(brief) == pytest.approx(0.0005)


def test_how_long_a_strategy_holds_is_learned_and_bounded_by_its_time_stop() -> None:
    made = carry(fixed("0.001", HOUR))
    for hours in (2, 6):
        made.learn(
            replace(round_trip("trd-1", "1"), strategy="sample", entry_ts=HOUR, exit_ts=HOUR * (1 + hours))
        )
    assert made.cost(signal()) == pytest.approx(0.004)
    assert made.cost(signal(bracket=Bracket(0.02, 0.04, HOUR // 2))) == pytest.approx(0.0005)
    assert made.cost(signal(strategy="another")) == pytest.approx(0.001)


def test_what_holding_costs_is_part_of_the_costs_in_units_of_risk() -> None:
    _, said, _ = decided(case(), facts(), desk(carry=0.003))
    (validated,) = [event for event in said if isinstance(event, ExecutionValidated)]
    fees, spread, slippage = 2.0 * COSTS.fee, QUOTE.spread_bps / 1e4, 2.0 * COSTS.slippage_bps / 1e4
    assert validated.cost_r == pytest.approx((fees + spread + slippage + 0.003) / BRACKET.stop)


@pytest.mark.parametrize("config", [{}, {"conviction_min": 0.99}, {"history_min": 1_000}])
async def test_every_signal_is_judged_at_the_same_costs_however_far_it_came(config: dict[str, Any]) -> None:
    """Failed before: what was declined before validation was held for nothing, and looked the better for
    it."""
    road = Road(**config)
    await road.candles()
    await road.send(fixed("0.003"))
    answer = (await road.signal(signal(price=market().close.item(299))))[-1]
    assert isinstance(answer, DecisionResponded)
    assert answer.approved is (not config)
    assert answer.cost == pytest.approx(COSTS.round_trip(QUOTE.spread_bps) + 0.003)
