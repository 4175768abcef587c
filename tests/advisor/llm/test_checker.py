"""What the checker finds, by rule; the breadth is in the cases and in B6."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from barfinex.advisor.llm.checker import check
from barfinex.advisor.llm.checker.finding import CHECK_OF, EVERY_CHECK, Check, Fault, Severity
from barfinex.advisor.llm.checker.numbers import agrees, figures, number
from barfinex.advisor.llm.context import MARK, Context, Untrusted, build_context
from barfinex.advisor.llm.leaves import Leaf, Unit, written
from tests.advisor.llm.builders import claim, context, leaves, opposing, output

NEWS = [Untrusted("n1", "Exchange halts withdrawals tomorrow")]
ABOUT = context(NEWS)


def codes(found: dict[str, Any], about: Context = ABOUT) -> set[Fault]:
    return {one.code for one in check(json.dumps(found), about).findings}


def said(text: str, *claims: str) -> set[Fault]:
    """What is wrong with one sentence about momentum (c1, 1.42) and the spread (c2)."""
    return codes(output(ABOUT, rationale=[{"text": text, "claims": list(claims) or ["c1"]}]))


def claimed(*changed: Any, **changes: Any) -> set[Fault]:
    """What is wrong with a claim beside a true one."""
    first = claim("c1", *changed, **changes)
    other = claim("c2", "/quality/spread", "2.5", "bps")
    text = [{"text": "The spread is tight at {c2}.", "claims": ["c2"]}]
    return codes(output(ABOUT, claims=[first, other], rationale=text))


def test_true_answers_pass() -> None:
    assert codes(output(ABOUT)) == codes(opposing(ABOUT)) == set()


@pytest.mark.parametrize(
    ("text", "actual", "holds"),
    [("1.42", "1.4234", True), ("1.43", "1.4234", False), ("12300", "12345", True), ("12,300", "12345", True),
     ("12000", "12345", False), ("12400", "12345", False), ("100", "100.4", True), ("100", "100.6", False),
     ("-1.30", "-1.3", True), ("1.30", "-1.3", False), ("0.00", "0.004", True), ("1000", "1004", True)],
)  # fmt: skip
def test_half_a_unit_of_the_last_place_is_allowed(text: str, actual: str, holds: bool) -> None:
    assert agrees(text, Decimal(actual)) is holds


@pytest.mark.parametrize(
    "text", ["+1", "1.", ".5", "1e3", "1,00", "007", "1 000", "\u0661", "NaN", "5%", "1\n"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


def test_figures_are_counted_as_written() -> None:
    assert [figures(one) for one in ("0.0012", "1.420", "100", "-0.10", "0")] == [2, 4, 3, 2, 0]


def test_claims_about_numbers() -> None:
    path = "/features/mom_z"
    assert claimed(path, "1.4", "z") == {Fault.IMPRECISE}
    assert claimed(path, "1.52", "z") == {Fault.VALUE_MISMATCH}
    assert claimed(path, "1.42", "usd") == {Fault.UNIT_MISMATCH}
    assert claimed(path, "high", "z") == {Fault.NOT_NUMERIC}
    assert claimed("/features/nil_z", "1.42", "z") == {Fault.NO_SUCH_PATH}
    assert claimed(path, "1.0", "z", op="GT") == set()
    assert claimed(path, "1.0", "z", op="LT") == {Fault.COMPARATOR_FALSE}
    assert claimed(path, "1.42", "z", refs=["/features/ofi_z"]) == {Fault.BAD_REFERENCE}


def test_claims_about_two_numbers() -> None:
    first, other = "/features/mom_z", ["/features/ofi_z"]
    assert claimed(first, "2.72", "z", op="DIFF", refs=other) == set()
    assert claimed(first, "2.82", "z", op="DIFF", refs=other) == {Fault.VALUE_MISMATCH}
    assert claimed(first, "-1.09", "ratio", op="RATIO", refs=other) == set()
    assert claimed(first, "2.72", "z", op="DIFF") == {Fault.BAD_REFERENCE}
    assert claimed(first, "1.00", "pct", op="PCT_CHANGE", refs=other) == {Fault.BAD_REFERENCE}
    assert claimed(first, "1.00", "z", op="DIFF", refs=["/quality/spread"]) == {Fault.UNIT_MISMATCH}
    assert claimed("/signal/stop", "-2", "pct", op="PCT_CHANGE", refs=["/signal/entry"]) == set()
    assert claimed("/signal/stop", "-0.02", "frac", op="PCT_CHANGE", refs=["/signal/entry"]) == set()


def test_claims_about_labels_and_quotes_are_exact() -> None:
    assert claimed("/regime/label", "TREND", "enum") == set()
    assert claimed("/regime/label", "trend", "enum") == {Fault.LABEL_MISMATCH}
    assert claimed("/regime/label", "TREND", "enum", op="GT") == {Fault.BAD_OPERATION}
    quote = "/untrusted/items/n1"
    assert claimed(quote, "halts withdrawals", "id", op="QUOTE") == set()
    assert claimed(quote, f"halts{MARK}withdrawals", "id", op="QUOTE") == set()
    assert claimed(quote, "halts deposits", "id", op="QUOTE") == {Fault.QUOTE_MISMATCH}
    assert claimed(quote, "halts withdrawals", "id") == {Fault.NO_SUCH_PATH}
    assert claimed("/untrusted/items/n2", "halts", "id", op="QUOTE") == {Fault.NO_SUCH_PATH}


def test_claims_do_not_contradict_one_another() -> None:
    twice = [claim("c1", "/features/mom_z", "1.42", "z"), claim("c1", "/quality/spread", "2.5", "bps")]
    assert Fault.DUPLICATE_ID in codes(output(ABOUT, claims=twice))
    both = [*output(ABOUT)["claims"], claim("c3", "/features/mom_z", "1", "z", op="GT", polarity="AGAINST")]
    assert codes(output(ABOUT, claims=both)) == {Fault.CONTRADICTION}


def test_the_verdict_follows_from_the_claims() -> None:
    wrong = {Fault.INCONSISTENT_STANCE}
    assert codes(output(ABOUT, tilt=-1)) == codes(output(ABOUT, tilt=0)) == wrong
    assert codes(output(ABOUT, stance="OPPOSE", tilt=-1)) == codes(output(ABOUT, stance="NEUTRAL")) == wrong
    assert codes(output(ABOUT, stance="NEUTRAL", tilt=0)) == set()


@pytest.mark.parametrize(
    "veto",
    [{"code": "CROWDING", "claims": ["c1"]}, {"code": "EVENT_RISK", "claims": ["c1"]},
     {"code": "LIQUIDITY", "claims": ["c9"]}, {"code": "LIQUIDITY", "claims": ["c1", "c9"]}],
)  # fmt: skip
def test_a_veto_stands_on_claims_against_in_their_place(veto: dict[str, Any]) -> None:
    assert codes(opposing(ABOUT, veto=veto)) == {Fault.UNSUPPORTED_VETO}


EMPTY = [
    claim("c1", "/quality/spread", "-1", "bps", op="GT"),
    claim("c1", "/quality/spread", "0", "pct", op="GT"),
    claim("c1", "/quality/depth_usd", "0", "usd", op="GT"),
    claim("c1", "/evidence/base_rate", "0", "prob", op="GT"),
    claim("c1", "/evidence/base_rate", "100", "pct", op="LT"),
    claim("c1", "/quality/score", "1.2", "frac", op="LT"),
    claim("c1", "/features/mom_z", "-5000", "z", op="GT"),
    claim("c1", "/quality/gaps", "-0.5", "count", op="GT"),
]
HOMES = {"quality": "LIQUIDITY", "evidence": "DATA_DOUBT", "features": "ADVERSE_FLOW"}
RICH = build_context(
    {
        **leaves(),
        "/evidence/base_rate": Leaf(0.4, Unit.PROB),
        "/quality/score": Leaf(0.9, Unit.FRAC),
        "/quality/gaps": Leaf(2, Unit.COUNT),
    }
)


def vetoed(*claims: dict[str, Any]) -> set[Fault]:
    """What is wrong with a veto that rests on the first of these claims, each against the signal."""
    against = [one | {"polarity": "AGAINST"} for one in claims]
    veto = {"code": HOMES[against[0]["path"].split("/")[1]], "claims": ["c1"]}
    text = [{"text": "This reading {c1} speaks against the trade.", "claims": ["c1"]}]
    found = output(RICH, claims=against, veto=veto, stance="OPPOSE", tilt=-1, rationale=text)
    return codes(found, RICH) - {Fault.WRONG_QUANTITY}


@pytest.mark.parametrize("empty", EMPTY)
def test_a_bound_that_every_value_keeps_founds_no_veto(empty: dict[str, Any]) -> None:
    other = claim("c2", "/features/ofi_z", "-1.3", "z")
    assert vetoed(empty, other) == {Fault.UNSUPPORTED_VETO}
    told = claim("c1", empty["path"], written(RICH.leaves[empty["path"]].value), "")
    assert vetoed(told | {"unit": str(RICH.leaves[empty["path"]].unit)}, other) == set()


def test_a_bound_that_could_fail_founds_a_veto() -> None:
    other = claim("c2", "/features/ofi_z", "-1.3", "z")
    assert vetoed(claim("c1", "/quality/spread", "2", "bps", op="GT"), other) == set()
    assert vetoed(claim("c1", "/quality/gaps", "0", "count", op="GT"), other) == set()


def test_a_leaf_is_not_compared_with_itself() -> None:
    for op, value, unit in (("DIFF", "0", "z"), ("RATIO", "1", "ratio"), ("PCT_CHANGE", "0", "pct")):
        path = "/features/mom_z"
        assert claimed(path, value, unit, op=op, refs=[path]) == {Fault.BAD_REFERENCE}


def test_what_is_said_again_counts_once() -> None:
    """Neither under another id nor in other figures does a claim outweigh what speaks for the trade."""
    spread = [claim(f"c{n}", "/quality/spread", "2.50", "bps", polarity="AGAINST") for n in (1, 2)]
    spread.append(claim("c3", "/quality/spread", "0.025", "pct", polarity="AGAINST"))
    for_it = [claim("c4", "/features/mom_z", "1.42", "z"), claim("c5", "/regime/label", "TREND", "enum")]
    padded = opposing(
        ABOUT, claims=[*spread, *for_it], rationale=[{"text": "The spread {c1}.", "claims": ["c1"]}]
    )
    assert codes(padded) == {Fault.INCONSISTENT_STANCE}
    again = {"code": "LIQUIDITY", "claims": ["c2"]}
    assert Fault.UNSUPPORTED_VETO in codes(padded | {"veto": again})


def test_a_veto_needs_opposition() -> None:
    assert Fault.UNSUPPORTED_VETO in codes(output(ABOUT, veto={"code": "LIQUIDITY", "claims": ["c2"]}))


@pytest.mark.parametrize(
    ("text", "code"),
    [("Momentum {c1} has doubled.", Fault.NUMBER_WORD), ("Momentum {c1} beats 9.", Fault.FREE_NUMBER),
     ("Momentum {c1} is \u00bd.", Fault.FREE_NUMBER), ("Momentum {c1} <b>.", Fault.MARKUP),
     ("M\u043ementum {c1}.", Fault.MARKUP), ("Ignore the spread {c1}.", Fault.INSTRUCTION),
     ("Momentum {c1} on Binance.", Fault.UNKNOWN_ENTITY), ("Momentum {c1} in a RANGE.", Fault.UNKNOWN_ENTITY),
     ("Momentum {c1} before the FOMC.", Fault.OUTSIDE_FACT), ("Momentum {c9} is fine.", Fault.UNKNOWN_CLAIM),
     ("Momentum is fine.", Fault.UNCITED_SENTENCE), ("Falling momentum {c1}.", Fault.DIRECTION_CONTRADICTION),
     ("Momentum {c1} is not positive.", Fault.DIRECTION_CONTRADICTION),
     ("Momentum {c1} opposes the trade.", Fault.CONTRADICTION),
     ("Momentum {c1} supports the short side.", Fault.CONTRADICTION),
     ("Momentum {c1} in a range regime.", Fault.WRONG_REGIME),
     ("Funding {c1} is high.", Fault.UNKNOWN_QUANTITY)],
)  # fmt: skip
def test_prose_that_costs_the_whole_answer(text: str, code: Fault) -> None:
    assert code in said(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("The spread {c1} is wide.", Fault.QUANTITY_NOT_CITED),
     ("Momentum {c1} lured whales.", Fault.OPEN_VOCABULARY),
     ("Momentum {c1} because of it.", Fault.OPEN_VOCABULARY),
     ("Momentum {c1} is sure to win.", Fault.OPEN_VOCABULARY)],
)  # fmt: skip
def test_prose_that_costs_the_sentence(text: str, code: Fault) -> None:
    found = check(json.dumps(output(ABOUT, rationale=[{"text": text, "claims": ["c1"]}])), ABOUT)
    assert code in {one.code for one in found.findings}
    assert not found.hard
    assert found.dropped == {0}


def test_a_number_belongs_to_the_quantity_before_it() -> None:
    assert said("Momentum {c1} and spread {c2} agree.", "c1", "c2") == set()
    assert said("Momentum {c2} and spread {c1} agree.", "c1", "c2") == {Fault.WRONG_QUANTITY}


def test_a_quote_covers_its_own_words_only() -> None:
    quote = claim("c3", "/untrusted/items/n1", "withdrawals tomorrow", "id", op="QUOTE", polarity="AGAINST")
    claims = [*output(ABOUT)["claims"], quote]
    for text, wanted in (
        ("The news {c3} is for tomorrow.", set()),
        ("The news {c3} is on CPI.", {Fault.OUTSIDE_FACT}),
    ):
        found = codes(output(ABOUT, claims=claims, rationale=[{"text": text, "claims": ["c3"]}]))
        assert found & {Fault.OUTSIDE_FACT} == wanted


def test_what_is_loud_against_the_side_is_cited_or_listed() -> None:
    loud = context(NEWS, ofi_z=-2.4)
    assert codes(output(loud), loud) == {Fault.OMISSION}
    assert codes(output(loud, conflicts=["/features/ofi_z"]), loud) == set()
    assert codes(output(loud, conflicts=["/features/nil"]), loud) == {Fault.OMISSION, Fault.NO_SUCH_PATH}
    assert codes(output(loud, stance="ABSTAIN", tilt=0), loud) == set()


def test_a_check_can_be_left_out() -> None:
    text = json.dumps(
        output(ABOUT, claims=[claim("c1", "/features/mom_z", "9.99", "z"), *output(ABOUT)["claims"][1:]])
    )
    assert check(text, ABOUT).hard
    assert not check(text, ABOUT, EVERY_CHECK - {Check.NUMERIC}).findings


def test_every_fault_belongs_to_a_check() -> None:
    assert set(CHECK_OF) == set(Fault)
    assert set(CHECK_OF.values()) == EVERY_CHECK


def test_an_answer_to_another_context_is_worth_nothing() -> None:
    found = check(json.dumps(output(ABOUT)), context(mom_z=1.42341))
    assert [one.code for one in found.hard] == [Fault.CONTEXT_MISMATCH]
    assert found.hard[0].severity is Severity.HARD
