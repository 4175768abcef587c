"""Stage 7: what is left after costs, at the price that can be had."""

from __future__ import annotations

from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.costs import Costs
from barfinex.advisor.sizing.correlation import Cut
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.advisor.stages.validation import Validation, expected, validate_execution
from barfinex.advisor.trace import Decline
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.advisor import ExecutionValidated, LowConfidenceFound
from barfinex.events.advisor_response import CorrelationCapped, SizeRecommended
from tests.advisor.builders import ACCOUNT, MOTION, QUOTE, STEP, case, desk, facts, known
from tests.advisor.steps import synthesis

BOOK = replace(QUOTE, source="book", depth_bid=1e6, depth_ask=1e6)


def validated(
    sent: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    told: dict[str, Any] | None = None,
    cuts: tuple[Cut, ...] = (),
    as_of: int | None = None,
    **changes: Any,
) -> tuple[Validation, list[Code]]:
    made = desk(AdvisorConfig.model_validate(config or {}), **(told or {}))
    asked = case(**(sent or {}))
    asked = replace(asked, as_of=asked.as_of if as_of is None else as_of)
    reviewed = synthesis(asked, facts(**changes), made)
    found = validate_execution(reviewed, made.config, replace(made.terms(reviewed), cuts=cuts))
    if isinstance(found, Decline):
        return found.output, [one.code for one in found.objections]
    return found, []


def test_a_round_trip_costs_both_sides_and_what_holding_does() -> None:
    """Twice the fee and the slippage, the spread once, the carry: in units of the stop."""
    found, codes = validated(told={"costs": Costs(0.001, 2.0, 1.0), "carry": 0.003})
    assert found.cost == pytest.approx(0.002 + 0.0002 + 0.0002 + 0.003)
    told = next(iter(found.events()))
    assert isinstance(told, ExecutionValidated)
    assert told.cost_r == pytest.approx(found.cost / 0.02)
    assert codes == []


def test_reward_and_risk_are_net_of_the_same_costs() -> None:
    found, _ = validated()
    cost_r = found.cost / 0.02
    assert found.reward_risk == pytest.approx(3.0)
    assert found.reward_risk_net == pytest.approx((3.0 - cost_r) / (1.0 + cost_r))


@given(
    st.floats(0.002, 0.5),
    st.floats(0.02, 1.0),
    st.floats(0.1, 100.0),
    st.floats(1.001, 3.0),
)
def test_reward_to_risk_is_monotone_in_target_stop_and_spread(
    stop: float, target: float, spread_bps: float, more: float
) -> None:
    """B11: wherever costs leave a reward at all."""

    def net(stop: float, target: float, spread_bps: float) -> float:
        half = 100.0 * spread_bps / 20_000.0
        quote = replace(QUOTE, bid=100.0 - half, ask=100.0 + half)
        found, _ = validated({"bracket": Bracket(stop, target)}, quote=quote)
        assert found.reward_risk_net is not None
        return found.reward_risk_net

    at = net(stop, target, spread_bps)
    assert net(stop, target * more, spread_bps) > at
    assert net(min(0.99, stop * more), target, spread_bps) < at
    assert net(stop, target, spread_bps * more) < at


def test_expectation_is_between_loss_and_win() -> None:
    payoff = Payoff(2.0, -1.0, 0.0)
    assert (expected(0.0, payoff), expected(1.0, payoff)) == (-1.0, 2.0)
    assert expected(payoff.break_even, payoff) == pytest.approx(0.0)
    found, _ = validated(told={"payoff": payoff})
    assert found.expected_r == expected(found.synthesis.conviction, payoff)
    assert found.expected_r_lcb == expected(found.synthesis.lcb, payoff) <= found.expected_r


def test_the_lower_bound_counts_once_there_is_something_to_estimate_from() -> None:
    tight = {"expected_r_lcb_min": 0.6}
    assert validated(config=tight, told={"known": known(n_eff=29.0)})[1] == []
    assert validated(config=tight, told={"known": known(n_eff=30.0)})[1] == [Code.EX_EV_LCB_NEGATIVE]


def test_walking_a_thin_book_slips_and_is_bounded() -> None:
    deep, _ = validated(quote=BOOK)
    thin, _ = validated(quote=replace(BOOK, depth_ask=100.0), config={"slippage_bps_max": 500})
    thinner, _ = validated(quote=replace(BOOK, depth_ask=1.0), config={"slippage_bps_max": 500})
    assert deep.slippage_bps == pytest.approx(1.0, abs=0.5)
    assert thin.slippage_bps == thinner.slippage_bps == pytest.approx(1.0 + 10.0 * 1.0)
    assert thin.cost > deep.cost
    sold, _ = validated({"direction": Direction.SHORT}, quote=replace(BOOK, depth_ask=1.0))
    assert sold.slippage_bps == pytest.approx(deep.slippage_bps, abs=0.5)


def test_without_a_stop_there_is_no_risk_to_measure_by_and_no_trade() -> None:
    found, codes = validated({"bracket": None})
    assert codes[0] is Code.EX_GEOMETRY_INVALID
    assert (found.stop, found.reward_risk, found.reward_risk_net) == (0.0, None, None)
    assert all(one is not None for one in found.events())


def test_without_a_target_there_is_no_ratio_to_ask_for() -> None:
    found, codes = validated({"bracket": Bracket(0.02)})
    assert (found.reward_risk, codes) == (None, [])


def test_the_share_of_the_book_is_what_the_size_would_take_of_it() -> None:
    account = replace(ACCOUNT, equity=50_000.0)
    found, codes = validated(quote=BOOK, account=account, config={"depth_share_max": 0.1})
    assert found.depth_share == pytest.approx(50_000.0 * found.terms.size.fraction / 0.02 / 1e6)
    assert (0.0 < (found.depth_share or 0.0) < 0.1, codes) == (True, [])
    nothing, _ = validated(quote=BOOK, account=replace(ACCOUNT, equity=0.0))
    assert nothing.depth_share == 0.0


@pytest.mark.parametrize(
    ("depth", "equity"),
    [(1e6, None), (1e6, nan), (1e6, inf), (1e6, -1.0), (0.0, 1e5), (nan, 1e5), (-1.0, 1e5), (None, 1e5)],
)
def test_a_share_that_cannot_be_told_fails_its_limit(depth: float | None, equity: float | None) -> None:
    """Failed before: an unknown equity and an empty book read as a share of 0 (I4)."""
    changes: dict[str, Any] = {
        "quote": replace(BOOK, depth_ask=depth),
        "account": replace(ACCOUNT, equity=equity),
    }
    found, codes = validated(**changes, config={"depth_share_max": 1.0, "slippage_bps_max": 500})
    assert (found.depth_share, codes) == (None, [Code.EX_DEPTH_INSUFFICIENT])
    assert isfinite(found.slippage_bps)
    assert (found.slippage_bps > 10.0) is (depth is not None), "what there is of the book is walked"
    assert validated(**changes, config={"slippage_bps_max": 500})[1] == []


def test_a_price_that_ran_away_and_a_signal_that_is_late_are_measured_by_stop_and_life() -> None:
    found, codes = validated({"price": 99.0})
    assert found.moved == pytest.approx((100.0 / 99.0 - 1.0) / 0.02)
    assert Code.EX_MARKET_MOVED in codes
    late, codes = validated(as_of=case().as_of + STEP, config={"ttl_left_min": 0.5})
    assert (late.ttl_left, codes) == (0.5, [])
    assert validated(as_of=case().as_of + STEP, config={"ttl_left_min": 0.51})[1] == [Code.EX_SIGNAL_STALE]


def test_checks_are_told_passed_or_not() -> None:
    found, codes = validated(config={"spread_bps_max": 1.0, "reward_risk_min": 2.9})
    told = next(iter(found.events()))
    assert isinstance(told, ExecutionValidated)
    failed = [code for code, passes in told.checks if not passes]
    assert failed == [code.value for code in codes] == ["EX_SPREAD_TOO_WIDE", "EX_RR_BELOW_MIN"]
    assert len(told.checks) >= 10


def test_what_was_cut_is_told_and_declines_only_where_it_is_told_to() -> None:
    gone = (Cut(("trd-1", "wish"), 0.95, 0.01, 0.0),)
    found, codes = validated(cuts=gone)
    assert [type(one) for one in found.events()] == [ExecutionValidated, CorrelationCapped, SizeRecommended]
    assert codes == []
    assert validated(cuts=gone, config={"correlation": "decline"})[1] == [Code.EX_CORRELATION_CAP]
    left = (replace(gone[0], after=0.005),)
    assert validated(cuts=left, config={"correlation": "decline"})[1] == []


def test_low_confidence_is_told_where_the_lower_bound_is_under_break_even() -> None:
    found, _ = validated(told={"payoff": Payoff(1.0, -0.9, 0.0)})
    assert isinstance(list(found.events())[-1], LowConfidenceFound)


def test_figures_that_are_no_numbers_pass_no_check() -> None:
    """I4."""
    made = desk()
    reviewed = synthesis(desk=made)
    terms = replace(made.terms(reviewed), payoff=Payoff(nan, -1.0, 0.0), carry=nan)
    found = validate_execution(reviewed, made.config, terms)
    assert isinstance(found, Decline)
    codes = {one.code for one in found.objections}
    assert {Code.EX_RR_BELOW_MIN, Code.EX_EV_NEGATIVE, Code.EX_EV_LCB_NEGATIVE} <= codes
    assert Code.EX_STOP_INSIDE_NOISE in validated(motion=replace(MOTION, atr=nan))[1]
