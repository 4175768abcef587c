"""Every policy: passes at its limit, breaches just past it, and refuses what it cannot know (I4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.config import InspectorConfig
from barfinex.domain.instrument import Instrument
from barfinex.events.studio import HaltRequested
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies import EXIT_POLICIES, POLICIES, Policy, judge
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, MissingFact, Proposal
from tests.inspector.course_cases import COURSE
from tests.inspector.policy_cases import FIRST, book, forged, managed, proposal, with_
from tests.inspector.size_cases import SIZE, order, under_way
from tests.inspector.story import BTC, NOON, D, intent, leave

CASES = {case.__name__: case for case in FIRST + SIZE + COURSE}
BY_NAME = {policy.name: policy for policy in POLICIES}


def test_every_policy_has_its_two_cases_and_a_sentence_for_the_operator() -> None:
    assert set(CASES) == set(BY_NAME)
    for one in POLICIES + EXIT_POLICIES:
        assert one.sentence.endswith("."), f"{one.name}: {one.sentence!r} is no sentence"


@pytest.mark.parametrize("name", CASES)
def test_a_policy_passes_at_its_limit(name: str) -> None:
    checks, breaches = judge((BY_NAME[name],), *CASES[name](False))
    assert not breaches
    assert checks[0].passed


@pytest.mark.parametrize("name", CASES)
def test_a_policy_breaches_just_past_its_limit(name: str) -> None:
    """I4: and says with which value and against which limit."""
    checks, breaches = judge((BY_NAME[name],), *CASES[name](True))
    assert not checks[0].passed
    assert breaches[0].policy == name
    assert breaches[0].code not in ("ERROR", "MISSING_FACT")
    assert breaches[0].value
    assert breaches[0].limit


def test_a_policy_that_lacks_a_fact_refuses() -> None:
    """I4: no price, no mark, no equity, no instrument, no bracket."""
    empty = proposal(intent=intent(bracket=None), instrument=None, price=None, mark=None)
    blind = with_(book(), equity=None, gross=None)
    _, breaches = judge(POLICIES, empty, blind, InspectorConfig())
    assert {breach.policy for breach in breaches if breach.code == "MISSING_FACT"} == {
        "bracket",
        "trade_risk",
        "permitted",
        "quantity",
        "order_quantity",
        "order_value",
        "position_size",
        "strategy_size",
        "instrument_share",
        "quote_share",
        "group_share",
        "gross_exposure",
        "gross_notional",
        "net_exposure",
        "reserve_balance",
        "self_match",
        "drawdown",
        "daily_loss",
        "daily_fall",
        "weekly_fall",
        "daily_profit",
        "price_collar",
        "stale_data",
    }


@pytest.mark.parametrize("one", POLICIES + EXIT_POLICIES)
def test_a_policy_that_errs_refuses(one: Policy) -> None:
    """I4: whatever goes wrong inside, and the others are heard all the same."""
    _, breaches = judge((one,), None, None, None)  # type: ignore[arg-type]
    assert [(breach.policy, breach.code) for breach in breaches] == [(one.name, "ERROR")]


def test_the_error_of_one_policy_silences_no_other() -> None:
    """I4: all run, the broken one refuses."""

    def broken(_proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
        raise ZeroDivisionError("by zero")

    faulty = policy("C0", trips="always")(broken)
    checks, breaches = judge((faulty, *POLICIES), proposal(), book(), InspectorConfig())
    assert len(checks) == len(POLICIES) + 1
    assert [(breach.policy, breach.code) for breach in breaches] == [("broken", "ERROR")]


POISON = ("NaN", "sNaN", "Infinity", "-Infinity")


@given(
    quantity=st.sampled_from(POISON) | st.decimals(D("0.01"), D(10), places=2).map(str),
    price=st.sampled_from(POISON) | st.decimals(D(99), D(101), places=2).map(str),
    mark=st.sampled_from(["nan", "inf", "-inf", "100"]).map(float),
    equity=st.sampled_from([*POISON, "100000"]),
    stop=st.sampled_from(["nan", "inf", "-inf", "0.02"]).map(float),
)
def test_nothing_that_is_not_finite_passes(
    quantity: str, price: str, mark: float, equity: str, stop: float
) -> None:
    """I4: a NaN is never inside a limit, an infinity never at it."""
    asked = proposal(
        intent=intent(bracket=forged(stop)), quantity=D(quantity), price=D(price), mark=(mark, NOON)
    )
    _, breaches = judge(POLICIES, asked, with_(book(), equity=D(equity)), InspectorConfig())
    numbers = (D(quantity), D(price), D(mark), D(equity), D(stop))
    finite = all(number.is_finite() for number in numbers)
    assert bool(breaches) != finite


def test_what_is_approved_but_not_filled_counts_as_exposure() -> None:
    """I4: exposure is counted at its worst case."""
    made = book()
    under_way(made, order()).orders["ord-7-e"].filled = D(1)
    limits = InspectorConfig(gross_exposure_max=D("0.014"), position_notional_max=D(1_400))
    policies = (BY_NAME["gross_exposure"], BY_NAME["position_size"])
    assert not judge(policies, proposal(), made, limits)[1]
    assert len(judge(policies, proposal(quantity=D("10.01")), made, limits)[1]) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": D(0)}, "QUANTITY_MIN"),
        ({"quantity": D(-1)}, "QUANTITY_MIN"),
        ({"quantity": D("1.05"), "instrument": Instrument(BTC, lot=D("0.1"))}, "QUANTITY_LOT"),
        ({"instrument": Instrument(BTC, notional_min=D(1_001))}, "NOTIONAL_MIN"),
        ({"instrument": None}, "MISSING_FACT"),
    ],
)
def test_an_order_the_venue_would_not_take_is_refused(changes: dict[str, Any], code: str) -> None:
    _, breaches = judge((BY_NAME["quantity"],), proposal(**changes), book(), InspectorConfig())
    assert breaches[0].code == code


def test_a_signal_is_judged_once() -> None:
    made = book()
    made.judged.add("sig-1")
    _, breaches = judge((BY_NAME["duplicate"],), proposal(), made, InspectorConfig())
    assert breaches[0].code == "DUPLICATE_SIGNAL"


def test_an_exit_passes_unless_there_is_nothing_to_leave() -> None:
    """I5: neither limits nor halts keep a position from being left."""
    made, limits = book(), InspectorConfig(position_notional_max=D("0.01"))
    made.trading.wish(HaltRequested(way="command", reason="why"), NOON)
    wish = proposal(intent=leave("0"), quantity=D(1), price=None, mark=None, instrument=None)
    assert judge(EXIT_POLICIES, wish, made, limits)[1][0].code == "NO_POSITION"
    made.positions["trd-0"] = managed()
    made.positions["trd-0"].left = D(1)
    assert not judge(EXIT_POLICIES, wish, made, limits)[1]
    assert judge(EXIT_POLICIES, wish._replace(quantity=D("1.01")), made, limits)[1]
    assert judge(EXIT_POLICIES, wish._replace(quantity=Decimal("NaN")), made, limits)[1]


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(MissingFact, match="price"):
        proposal(price=None).notional()
