"""The accounts add up: what was refused, what trades came to, and how honest the probabilities were."""

from __future__ import annotations

from decimal import Decimal
from math import fsum
from typing import Any

import pytest
from msgspec.structs import replace

import barfinex.advisor.value.accounts as subject
from barfinex.advisor.value.accounts import REPORT_MIN, Accounts
from barfinex.advisor.value.probation import CAP
from barfinex.domain.signal import Direction
from barfinex.domain.verdict import Breach
from barfinex.events.advisor_learning import CalibrationReported
from barfinex.events.advisor_upkeep import AllocationRecommended, EfficiencyReported, ProbationChanged
from barfinex.events.inspector import IntentRefused, TradeClosed
from tests.advisor.builders import NOW, STEP, round_trip
from tests.advisor.told import decision, label, trade_of

HOUR = 3_600_000
DAY = 24 * HOUR


def declined(number: int, code: str = "EX_EV_NEGATIVE", **changes: Any) -> Any:
    return decision(
        number, approved=False, code=code, stage="validation", value="-0.2", limit="0.0", **changes
    )


def closed(number: int, gain: str, hours: int = 2, **changes: Any) -> TradeClosed:
    """A long round trip of two units from 100.1 with `gain` a unit, with fees and funding."""
    trade = replace(
        round_trip(trade_of(decision(number)), "0"),
        quantity=Decimal(2),
        entry_price=Decimal("100.1"),
        exit_price=Decimal("100.1") + Decimal(gain),
        fees=Decimal("0.2"),
        funding=Decimal("-0.1"),
        exit_ts=hours * HOUR,
        entry_ts=0,
    )
    return TradeClosed(instrument="BTC-USDT", trade=replace(trade, **changes), r_net=0.0)


def test_the_parts_of_a_trade_sum_to_its_result() -> None:
    accounts = Accounts()
    accounts.decided(decision(1, mid=99.9, entry=100.0), NOW)
    told = accounts.closed(closed(1, "3"), None)
    assert told is not None
    parts = dict(told.components)
    assert fsum(parts.values()) == pytest.approx(told.r_net, abs=1e-12)
    unit = 100.1 * 0.02
    assert told.r_net == pytest.approx((3.0 - 0.1 - 0.05) / unit)
    assert parts["move"] == pytest.approx(3.2 / unit)
    assert (parts["spread"], parts["slippage"]) == pytest.approx((-0.1 / unit, -0.1 / unit))
    assert (parts["fees"], parts["funding"]) == pytest.approx((-0.1 / unit, -0.05 / unit))


def test_a_trade_of_no_decision_or_told_twice_is_nobodys() -> None:
    accounts = Accounts()
    accounts.decided(decision(1), NOW)
    accounts.decided(declined(2), NOW)
    assert accounts.closed(closed(3, "1"), None) is None
    assert accounts.closed(closed(2, "1"), None) is None
    assert accounts.closed(closed(1, "1"), None) is not None
    assert accounts.closed(closed(1, "1"), None) is None


def test_the_ledger_holds_every_refusal_with_what_it_would_have_come_to() -> None:
    accounts = Accounts()
    outcomes = [True, False, False, True, False]
    for number, won in enumerate(outcomes):
        code = "EX_EV_NEGATIVE" if number % 2 else "CV_BELOW_FLOOR"
        accounts.decided(declined(number, code), NOW)
        accounts.labelled(label(number, won=won, approved=False))
    accounts.decided(decision(9), NOW)
    accounts.labelled(label(9))
    whole, codes = accounts.ledger.overall(), accounts.ledger.by_code()
    assert (whole.refused, whole.settled, accounts.decisions, accounts.approved) == (5, 5, 6, 1)
    assert whole.r_saved == 1.0
    assert fsum(one.r_saved for one in codes) == whole.r_saved
    assert [(one.name, one.r_saved) for one in codes] == [("CV_BELOW_FLOOR", 1.0), ("EX_EV_NEGATIVE", 0.0)]
    assert accounts.ledger.why("dec-0000000000000000")[0].r == 1.0


def refused(intent_id: str) -> IntentRefused:
    return IntentRefused(
        instrument="BTC-USDT",
        intent_id=intent_id,
        signal_id="",
        strategy="sample",
        quantity=Decimal(1),
        checks=(),
        breaches=(Breach("risk", "RISK_PER_TRADE", "0.02", "0.01"),),
    )


def test_an_exit_that_was_refused_stopped_no_signal() -> None:
    """Failed before: it stood in the why-not ledger, and waited for an outcome that never comes."""
    accounts = Accounts()
    accounts.decided(decision(1), NOW)
    accounts.refused(refused("int-00000000000000ff"))
    assert accounts.ledger.overall().refused == 0
    for _ in range(2):
        accounts.refused(refused("int-0000000000000001"))
    assert accounts.ledger.overall().refused == 1


def test_what_the_inspector_refused_is_charged_to_it() -> None:
    accounts = Accounts()
    one, two = decision(1), decision(2)
    for told in (one, two):
        accounts.decided(told, NOW)
    accounts.refused(refused("int-0000000000000001"))
    assert accounts.closed(closed(1, "1"), None) is None
    accounts.labelled(label(1, won=True))
    accounts.labelled(label(2, won=False))
    worth = accounts.chain.worth()
    parts = (worth.signals, worth.selection, worth.sizing, worth.llm, worth.inspector)
    assert fsum(parts) == pytest.approx(worth.realised, abs=1e-12)
    assert (worth.inspector, worth.realised) == pytest.approx((-1.0, -1.0))
    assert [one.name for one in accounts.ledger.by_stage()] == ["inspector"]


def test_the_chain_tells_what_a_models_vetoes_were_worth() -> None:
    accounts = Accounts()
    for number in range(4):
        accounts.labelled(label(number, at=20 * number, size=0.01))
    for number in range(4, 6):
        vetoed = {"approved": False, "code": "LLM_VETO", "stage": "synthesis", "size": 0.01}
        accounts.labelled(label(number, at=20 * number, won=False, **vetoed))
    worth = accounts.chain.worth()
    assert (worth.llm, worth.inspector, worth.realised) == pytest.approx((2.0, 0.0, 4.0))


def test_the_chain_tells_what_selection_and_sizing_added() -> None:
    """Wins taken with twice the size, losses declined: both added."""
    accounts = Accounts()
    accounts.labelled(label(1, won=True, size=0.02))
    accounts.labelled(label(2, won=True, size=0.01))
    accounts.labelled(label(3, won=False, approved=False))
    worth = accounts.chain.worth()
    assert (worth.seen, worth.taken, worth.flat) == (3, 2, 0.015)
    assert (worth.signals, worth.selection) == pytest.approx((2.0 / 3.0, 4.0 / 3.0))
    assert worth.sizing == pytest.approx(0.0)


def test_capital_counts_what_was_tied_up_and_for_how_long() -> None:
    accounts = Accounts()
    accounts.decided(decision(1, size=0.005), HOUR)
    accounts.closed(closed(1, "3", hours=4), None)
    (told, *_) = accounts.daily(HOUR + 10 * HOUR)
    assert isinstance(told, EfficiencyReported)
    assert told.utilisation == pytest.approx(0.25 * 4.0 / 10.0)
    assert told.r_per_hour == pytest.approx((3.0 - 0.15) / (100.1 * 0.02))


@pytest.mark.parametrize(("equity", "share"), [(1_001.0, 0.2), (100.0, 1.0), (0.0, 0.25), (None, 0.25)])
def test_what_was_bought_is_what_was_tied_up(equity: float | None, share: float) -> None:
    """Failed before: it was what had been recommended, of which the Inspector need not take any notice."""
    accounts = Accounts()
    accounts.decided(decision(1, size=0.005), HOUR)
    accounts.closed(closed(1, "3", hours=4), equity)
    (told, *_) = accounts.daily(HOUR + 10 * HOUR)
    assert isinstance(told, EfficiencyReported)
    assert told.utilisation == pytest.approx(share * 4.0 / 10.0)


def test_a_strategy_that_loses_is_put_on_probation_and_told_of_once() -> None:
    accounts = Accounts()
    told = [event for number in range(60) for event in accounts.labelled(label(number, won=False))]
    (change,) = [one for one in told if isinstance(one, ProbationChanged)]
    assert (change.strategy, change.on, change.cap) == ("sample", True, CAP)
    assert change.mean_r < 0.0
    assert accounts.probation.standing("sample").cap == CAP


def test_signals_on_one_move_are_no_evidence_of_many_losses() -> None:
    accounts = Accounts()
    for number in range(60):
        one = label(number, won=False)
        accounts.labelled(replace(one, outcome=replace(one.outcome, weight=0.05)))
    assert accounts.probation.standing("sample").cap == 1.0


def test_any_number_of_strategies_can_be_learned_from() -> None:
    """One strategy too many takes nobody down: it is not followed, and what is not judged is not trusted."""
    accounts = Accounts()
    for number in range(300):
        one = f"strategy-{number}"
        accounts.decided(decision(number, strategy=one), NOW)
        accounts.labelled(label(number, strategy=one))
    assert accounts.probation.standing("strategy-0").cap == 1.0
    assert accounts.probation.standing("strategy-299").cap == CAP
    assert accounts.chain.worth().seen == 300
    allocated = accounts.daily(NOW + DAY)[1]
    assert isinstance(allocated, AllocationRecommended)
    assert dict(allocated.weights).keys() == {f"strategy-{number}" for number in range(64)}


def test_calibration_is_reported_once_there_is_enough_of_both_outcomes() -> None:
    accounts = Accounts()
    told = []
    for number in range(REPORT_MIN):
        assert accounts.report() is None
        told += accounts.labelled(label(number, won=number % 2 == 0))
    (report,) = [one for one in told if isinstance(one, CalibrationReported)]
    figures = dict(report.figures)
    assert report.labels == REPORT_MIN
    assert figures["brier"] == pytest.approx(0.25)
    assert figures["skill"] == pytest.approx(0.0)
    silent = Accounts()
    for number in range(REPORT_MIN):
        assert not [one for one in silent.labelled(label(number)) if isinstance(one, CalibrationReported)]
    assert silent.report() is None, "all ended alike"


@pytest.mark.parametrize("reached", [{"rungs": ()}, {"stage": "conviction", "code": "CV_BELOW_FLOOR"}])
def test_what_was_declined_before_a_calibrated_probability_is_not_judged_as_one(reached: Any) -> None:
    """Failed before: a raw probability was judged as a calibrated one, and its missing bound always held."""
    accounts = Accounts()
    for number in range(REPORT_MIN + 5):
        accounts.labelled(label(number, won=number % 2 == 0, lcb=0.0, approved=False, **reached))
    assert accounts.report() is None


def test_decisions_that_nothing_came_of_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "OPEN_MAX", 3)
    accounts = Accounts()
    for number in range(5):
        accounts.decided(decision(number), NOW)
    known = [accounts.closed(closed(number, "1"), None) is not None for number in range(5)]
    assert known == [False, False, True, True, True]


def test_a_day_begins_with_efficiency_even_when_nothing_happened() -> None:
    (told,) = Accounts().daily(NOW)
    assert isinstance(told, EfficiencyReported)
    assert (told.r_per_hour, told.utilisation, told.ev_capture, told.gates) == (0.0, 0.0, None, ())


def test_short_trades_are_taken_apart_too() -> None:
    accounts = Accounts()
    accounts.decided(decision(1, direction=Direction.SHORT, mid=100.1, entry=100.1), NOW)
    told = accounts.closed(closed(1, "-3", direction=Direction.SHORT, exit_ts=STEP), None)
    assert told is not None
    assert told.r_net == pytest.approx((3.0 - 0.15) / (100.1 * 0.02))
    assert dict(told.components)["move"] == pytest.approx(3.0 / (100.1 * 0.02))
