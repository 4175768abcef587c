"""Labels come from known outcomes of our own decisions, once each."""

from __future__ import annotations

from barfinex.advisor.learning import labels as subject
from barfinex.advisor.learning.labels import Labels
from barfinex.advisor.learning.platt import Platt
from barfinex.domain.conviction import Conviction
from barfinex.domain.intent import ExecutionIntent
from tests.advisor.builders import case, round_trip


def intent(number: int, raw: float = 0.5) -> ExecutionIntent:
    return case(number=number).intent(Conviction(raw, raw, 0))


def learned(wins: int, losses: int) -> Labels:
    labels = Labels(0.45, 20)
    for number in range(wins + losses):
        expected = intent(number)
        labels.expect(expected)
        labels.admit(round_trip(expected.trade_id, "1" if number < wins else "-1"))
    return labels


def test_the_base_rate_is_the_configured_one_until_outcomes_move_it() -> None:
    assert Labels(0.45, 20).base_rate("sample") == (0.45, 0)
    assert learned(wins=20, losses=0).base_rate("sample") == ((9 + 20) / 40, 20)
    assert learned(wins=20, losses=0).base_rate("another") == (0.45, 0)


def test_a_trade_that_was_not_decided_here_is_no_label() -> None:
    assert Labels(0.45, 20).admit(round_trip("trd-ffff", "1")) is None


def test_a_trade_is_learned_from_once() -> None:
    labels = Labels(0.45, 20)
    labels.expect(intent(1))
    trade = round_trip(intent(1).trade_id, "1")
    assert labels.admit(trade) is not None
    assert labels.admit(trade) is None


def test_a_result_of_nothing_is_no_win() -> None:
    labels = Labels(0.45, 20)
    labels.expect(intent(1))
    label = labels.admit(round_trip(intent(1).trade_id, "0"))
    assert label is not None
    assert not label.won


def test_a_refused_intent_teaches_nothing() -> None:
    labels = Labels(0.45, 20)
    labels.expect(intent(1))
    labels.forget(intent(1).trade_id)
    assert labels.admit(round_trip(intent(1).trade_id, "1")) is None


def test_the_calibrator_is_refitted_every_tenth_label_at_first() -> None:
    assert learned(wins=0, losses=9).platt == Platt()
    ten = learned(wins=0, losses=10).platt
    assert ten.intercept < 0.0
    assert learned(wins=0, losses=19).platt == ten


def test_what_awaits_an_outcome_is_bounded() -> None:
    """I10: the oldest of too many is forgotten, the newest kept."""
    labels = Labels(0.45, 20)
    for number in range(subject.OPEN_MAX + 1):
        labels.expect(intent(number))
    assert labels.admit(round_trip(intent(0).trade_id, "1")) is None
    assert labels.admit(round_trip(intent(subject.OPEN_MAX).trade_id, "1")) is not None
