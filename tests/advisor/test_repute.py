"""What a route has come to follows from what was told of it, and from no more than that."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.advisor.llm.asking import TOKENS_ESTIMATED
from barfinex.advisor.llm.budget import DAY_MS, Limits
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention
from barfinex.advisor.repute import Repute
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.advisor_review import BudgetExhausted, CircuitOpened, CounterfactualRecorded

MINUTE = 60_000


def asked(number: int, at: int = 0, **changes: Any) -> CounterfactualRecorded:
    base: dict[str, Any] = {
        "instrument": "BTC-USDT",
        "decision_id": f"dec-{number}",
        "route": "model",
        "asked_at": at,
        "without": 0.5,
        "with_model": 0.5,
        "full_tilt": 0.55,
        "tilt": 2,
        "vetoed": False,
        "action_without": "pass",
        "action_with": "pass",
        "holdout": False,
        "code": "",
        "hallucinated": False,
        "latency_ms": 10.0,
        "tokens": 100,
        "cost": 0.001,
    }
    return CounterfactualRecorded(**{**base, **changes})


def outcome(number: int, touched_at: int, won: bool = True) -> OutcomeLabelled:
    return OutcomeLabelled(
        instrument="BTC-USDT", decision_id=f"dec-{number}", strategy="sample", source="shadow", won=won,
        r_net=1.0 if won else -1.0, barrier="target", touched_at=touched_at, admitted_at=touched_at + MINUTE,
        weight=1.0, ambiguous=False, probability=0.5, labels=number + 1,
    )  # fmt: skip


def repute(ceiling: Mode = Mode.TILT, **limits: Any) -> Repute:
    return Repute("model", ceiling, Limits(**limits))


def test_fifty_signals_in_one_move_are_one_piece_of_evidence() -> None:
    found, move_ends = repute(), 60 * MINUTE
    for number in range(50):
        found.note(asked(number, number * MINUTE))
    for number in range(50):
        found.learn(outcome(number, move_ends))
    assert found.influence.learned == found.influence.favour.labels == found.worth.gain.count == 1
    found.note(asked(50, move_ends))
    found.learn(outcome(50, move_ends + MINUTE))
    assert found.influence.learned == found.worth.gain.count == 2


def test_what_follows_one_after_the_other_all_counts() -> None:
    found = repute()
    for number in range(50):
        found.note(asked(number, number * MINUTE))
        found.learn(outcome(number, (number + 1) * MINUTE))
    assert found.influence.learned == 50


def test_an_outcome_counts_once_and_only_of_a_review() -> None:
    found = repute()
    found.note(asked(1, code=Abstention.TIMEOUT))
    found.note(asked(2, MINUTE))
    for number in (1, 2, 2, 3):
        found.learn(outcome(number, 9 * MINUTE))
    assert found.influence.learned == 1


def test_another_route_earns_and_loses_nothing_here_but_the_days_money() -> None:
    found = repute()
    for number in range(30):
        found.note(asked(number, number * MINUTE, route="other", code=Abstention.TIMEOUT, hallucinated=True))
        found.learn(outcome(number, (number + 1) * MINUTE))
    fresh = repute()
    assert (found.breaker, found.influence, found.worth) == (fresh.breaker, fresh.influence, fresh.worth)
    assert found.spending.tokens == 3_000


def test_a_lie_that_was_mended_counts_as_a_lie() -> None:
    found, told = repute(), []
    for number in range(6):
        told += found.note(asked(number, number, hallucinated=True))
    assert [event.cause for event in told if isinstance(event, CircuitOpened)] == ["hallucination rate"]
    assert found.influence.mode is Mode.SHADOW


def test_the_days_budget_is_told_once_when_it_is_spent_and_not_before() -> None:
    found = repute(tokens_day_max=5_000)
    nothing_spent = asked(0, 0, code=Abstention.BUDGET, tokens=0, cost=0.0)
    assert found.note(nothing_spent) == []
    found.note(asked(1, 1, tokens=4_000))
    assert found.refusal(2) is Abstention.BUDGET
    told = [found.note(asked(2, at, code=Abstention.BUDGET, tokens=0, cost=0.0)) for at in (2, 3)]
    assert told[0] == [
        BudgetExhausted(route="model", scope="tokens_day", used=4_000.0, limit=5_000.0, reset_at=DAY_MS)
    ]
    assert told[1] == []
    assert found.refusal(DAY_MS) is None


def test_a_second_answer_has_to_fit_into_the_budget_of_its_decision() -> None:
    found = repute(tokens_day_max=10_000)
    assert found.affords(0) == found.affords(0, 3_000, 0.01) == "granted"
    assert found.affords(0, 3_000, 0.011) == "usd_decision"
    assert found.affords(0, 10_001 - TOKENS_ESTIMATED, 0.001) == "tokens_day"


@pytest.mark.parametrize("cut", [1, 7, 40, 99])
def test_a_repute_folded_from_what_was_written_down_is_the_same(cut: int) -> None:
    """Half-open breaker, the day's money, influence and worth: read back row by row, at any place."""
    rows: list[CounterfactualRecorded | OutcomeLabelled] = []
    for number in range(50):
        at = number * 20 * MINUTE
        code = Abstention.TIMEOUT if number % 7 < 3 else ""
        rows.append(asked(number, at, code=code, vetoed=number % 9 == 0, hallucinated=number % 11 == 0))
        rows.append(outcome(number, at + (30 if number % 2 else 10) * MINUTE, won=number % 3 > 0))
    whole, reborn = repute(), repute()
    for at, row in enumerate(rows):
        fold(whole, row)
        if at < cut:
            fold(reborn, type(row).read(row.body()))
        if at == cut - 1:
            assert state(reborn) == state(whole)
    for row in rows[cut:]:
        fold(reborn, row)
    assert state(reborn) == state(whole)
    assert 0 < whole.influence.learned < 50


def fold(found: Repute, row: CounterfactualRecorded | OutcomeLabelled) -> None:
    found.note(row) if isinstance(row, CounterfactualRecorded) else found.learn(row)


def state(found: Repute) -> tuple[Any, ...]:
    return found.breaker, found.spending, found.influence, found.worth, found.counted_until, found.mode
