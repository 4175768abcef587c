"""What each policy answers, to the letter: value, limit and code are what people and programs act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.config import InspectorConfig
from barfinex.inspector.policies import EXIT_POLICIES, POLICIES, judge
from barfinex.inspector.policies.control import Policy, policy
from barfinex.inspector.proposal import Finding
from tests.inspector.edge_cases import EDGES
from tests.inspector.policy_cases import Case, book, managed, proposal, with_
from tests.inspector.story import D, intent, leave
from tests.inspector.test_policies import BY_NAME, CASES

# One line a case: policy, case | value | limit | the code of the breach, where there is one.
LINES = (Path(__file__).parent / "findings.txt").read_text(encoding="utf-8").splitlines()


def line(name: str, label: str, case: Case) -> str:
    (check,), breaches = judge((BY_NAME[name],), *case)
    assert check.passed is not bool(breaches)
    assert all((one.policy, one.value, one.limit) == (name, check.value, check.limit) for one in breaches), (
        "a breach says what its check says"
    )
    assert check.policy == name
    if "MISSING_FACT" not in [one.code for one in breaches]:
        found = BY_NAME[name].judge(*case)
        assert found.passed is check.passed, "yes or no, and nothing that looks like it"
    return " | ".join([f"{name}, {label}", check.value, check.limit, *[one.code for one in breaches]])


def test_what_is_found_at_each_limit_and_past_it_and_at_every_edge() -> None:
    found = [
        line(name, "past its limit" if past else "at its limit", case(past))
        for name, case in CASES.items()
        for past in (False, True)
    ]
    found += [line(name, label, case) for name, label, case in EDGES]
    assert found == LINES


MISSING = {
    "equity": "trade_risk instrument_share quote_share group_share gross_exposure net_exposure "
    "reserve_balance drawdown daily_loss daily_fall weekly_fall daily_profit",
    "price": "self_match trade_risk order_value position_size instrument_share quote_share group_share "
    "strategy_size gross_exposure gross_notional net_exposure reserve_balance price_collar",
    "mark": "price_collar stale_data",
    "instrument": "permitted quantity order_quantity quote_share",
    "bracket": "bracket trade_risk",
}


@pytest.mark.parametrize("fact", MISSING)
def test_the_one_fact_that_is_missing_is_named(fact: str) -> None:
    """I4: no policy that needs it passes without it, and the others do not mind."""
    made = with_(book(), equity=None) if fact == "equity" else book()

    bare = proposal(intent=intent(bracket=None)) if fact == "bracket" else proposal()
    if fact in ("price", "mark", "instrument"):
        bare = proposal(**{fact: None})
    checks, breaches = judge(POLICIES, bare, made, InspectorConfig())
    told = [(one.policy, one.code, one.value, one.limit) for one in breaches]
    assert told == [(name, "MISSING_FACT", f"no {fact}", "known") for name in MISSING[fact].split()]
    assert [check.policy for check in checks] == [one.name for one in POLICIES]


def test_the_worth_of_what_is_held_is_missing_where_its_sum_is_asked_for() -> None:
    _, breaches = judge(POLICIES, proposal(), with_(book(), gross=None), InspectorConfig())
    told = [(one.policy, one.value) for one in breaches]
    assert told == [(name, "no mark") for name in ("gross_exposure", "gross_notional", "reserve_balance")]


def test_what_is_found_of_an_exit() -> None:
    """I4: something is there, it is left, and no more of it than there is."""
    made, told = book(), []
    wish = proposal(intent=leave("0"), quantity=D(2))
    for left in (None, "0", "1.99", "2"):
        if left is not None:
            made.positions["trd-0"] = managed()
            made.positions["trd-0"].left = D(left)
        checks, breaches = judge(EXIT_POLICIES, wish, made, InspectorConfig())
        told.append(([(one.value, one.limit) for one in checks], [one.code for one in breaches]))
    there = ("trd-0", "an open position")
    assert told == [
        ([there, ("no position", "known")], ["NO_POSITION", "MISSING_FACT"]),
        ([there, ("2", "0")], ["NO_POSITION", "EXIT_QUANTITY"]),
        ([there, ("2", "1.99")], ["EXIT_QUANTITY"]),
        ([there, ("2", "2")], []),
    ]
    nothing = wish._replace(quantity=D(0))
    assert [one.code for one in judge(EXIT_POLICIES, nothing, made, InspectorConfig())[1]] == [
        "EXIT_QUANTITY"
    ]


def _divides(*_args: object) -> Finding:
    """Divides by zero.

    And says more of it here.
    """
    raise ZeroDivisionError("by zero")


def _truthy(*_args: object) -> Finding:
    return Finding("yes", 1, 2)  # type: ignore[arg-type]


def test_an_error_and_an_answer_that_is_no_verdict_are_told_as_they_are() -> None:
    """I4: only True passes."""
    made = tuple(policy("C0", trips="always")(one) for one in (_divides, _truthy))
    checks, breaches = judge(made, proposal(), book(), InspectorConfig())
    assert [(one.policy, one.passed, one.value, one.limit) for one in checks] == [
        ("_divides", False, "ZeroDivisionError: by zero", "no error"),
        ("_truthy", False, "1", "2"),
    ]
    assert [(one.code, one.value, one.limit) for one in breaches] == [
        ("ERROR", "ZeroDivisionError: by zero", "no error"),
        ("_TRUTHY", "1", "2"),
    ]


def test_a_policy_is_made_of_its_function_and_of_what_is_said_of_it() -> None:
    said = policy("C1 O2", trips="never", keys="a b", unit="ms", action="nothing")(_divides)
    assert said == Policy("_divides", _divides, ("C1", "O2"), ("a", "b"), "ms", "never", "nothing")
    assert said.sentence == "Divides by zero."
    plain = policy("C1", trips="never")(_truthy)
    assert plain == Policy("_truthy", _truthy, ("C1",), (), "", "never", "the entry is refused")
