"""What is known of each strategy: rates and payoffs that lean on others, a ladder, and drift."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

import barfinex.advisor.learning.strategies as subject
from barfinex.advisor.learning.ladder import ALARM_LABELS, Ladder, Phase, Rung
from barfinex.advisor.learning.rates import cautious_prior
from barfinex.advisor.learning.strategies import Strategies
from barfinex.advisor.sizing.payoff import Payoff
from tests.advisor.builders import EVEN, STEP
from tests.advisor.told import RUNGS, label

EVEN_MONEY = Payoff(1.0, -1.0, 0.0)


def learned(count: int, wins: int, strategy: str = "sample", base_rate: float | None = 0.5) -> Strategies:
    made = Strategies(base_rate)
    for number in range(count):
        made.learn(label(number, at=20 * number, won=number % count < wins, strategy=strategy))
    return made


def test_of_a_new_strategy_nothing_is_known_but_what_is_believed() -> None:
    known = Strategies(0.42).known("new", "BTC-USDT", EVEN, EVEN_MONEY)
    assert (known.prior, known.n_eff, known.labels) == (0.42, 0.0, 0)
    assert (known.base, known.regime) == pytest.approx((0.42, 0.42))
    assert (known.phase, known.ladder, known.alarmed) == (Phase.PRIOR, Ladder(), False)


def test_who_is_told_nothing_believes_a_point_under_break_even() -> None:
    payoff = Payoff(2.0, -1.0, 0.0)
    known = Strategies(None).known("new", "BTC-USDT", EVEN, payoff)
    assert known.prior == cautious_prior(2.0) < payoff.break_even


def test_the_base_rate_moves_to_what_came_of_it_and_others_of_the_family_follow() -> None:
    known = learned(60, 45).known("sample", "BTC-USDT", EVEN, EVEN_MONEY)
    assert 0.68 < known.base < 0.75
    other = learned(60, 45).known("another", "BTC-USDT", EVEN, EVEN_MONEY)
    assert 0.5 < other.base <= known.base
    assert (other.labels, other.phase) == (0, Phase.PRIOR)


def test_phases_follow_the_effective_number_of_labels() -> None:
    made = Strategies(0.5)
    seen = []
    for number in range(200):
        made.learn(label(number, at=20 * number))
        seen.append(made.phase("sample"))
    assert [seen.index(one) + 1 for one in (Phase.BASE, Phase.SHRUNK, Phase.LEARNED)] == [30, 60, 200]


def test_a_label_among_others_of_its_time_counts_for_a_part() -> None:
    made = Strategies(0.5)
    span = (1_000 * STEP, 1_010 * STEP, "BTC-USDT")
    assert made.weigh(span, ambiguous=False) == 1.0
    assert made.weigh(span, ambiguous=True) == 0.5
    made.learn(label(1, at=999))
    assert 0.5 < made.weigh(span, ambiguous=False) < 1.0
    for number in range(2, 70):
        made.learn(label(number, at=1_000))
    assert subject.UNIQUENESS_MIN <= made.weigh(span, ambiguous=False) < 0.55


def test_the_ladder_learns_from_what_each_rung_said() -> None:
    said = tuple((name, 0.9 if name == Rung.REGIME else 0.5) for name, _ in RUNGS)
    made = Strategies(0.5)
    for number in range(40):
        made.learn(label(number, at=20 * number, won=True, rungs=said))
    ladder = made.ladder("sample")
    weights = dict(zip(ladder.rungs, ladder.weights, strict=True))
    assert weights[Rung.REGIME] > 0.9
    assert sum(ladder.weights) == pytest.approx(1.0)


def test_without_a_probability_the_outcome_counts_and_the_ladder_stands() -> None:
    made = Strategies(0.5)
    for number in range(40):
        assert made.learn(label(number, at=20 * number, rungs=())) is None
    assert made.ladder("sample") == Ladder()
    assert made.known("sample", "BTC-USDT", EVEN, EVEN_MONEY).labels == 40


def test_probabilities_that_do_not_hold_sound_an_alarm_for_fifty_labels() -> None:
    made = Strategies(0.5)
    sounding, number = None, 0
    while sounding is None:
        sounding = made.learn(label(number, at=20 * number, won=False, p_final=0.8))
        number += 1
        assert number < 40, "eight of ten were promised, and none came"
    assert sounding.evidence >= sounding.limit
    assert made.known("sample", "BTC-USDT", EVEN, EVEN_MONEY).alarmed
    assert made.ladder("sample").alarm_left == ALARM_LABELS
    for _ in range(ALARM_LABELS):
        made.learn(label(number, at=20 * number, won=number % 2 == 0, p_final=0.5))
        number += 1
    assert not made.known("sample", "BTC-USDT", EVEN, EVEN_MONEY).alarmed


def test_the_more_strategies_are_watched_the_more_it_takes_to_sound_an_alarm() -> None:
    sounded = []
    for others in (0, 9):
        made = Strategies(0.5)
        for other in range(others):
            made.learn(label(10_000 + other, at=20 * (10_000 + other), strategy=f"other-{other}"))
        number, sounding = 0, None
        while sounding is None:
            sounding = made.learn(label(number, at=20 * number, won=False, p_final=0.8))
            number += 1
        sounded.append((number, sounding.limit))
    asked = Strategies(0.5)
    asked.known("asked about, and never learned of", "BTC-USDT", EVEN, EVEN_MONEY)
    found = [asked.learn(label(number, at=20 * number, won=False, p_final=0.8)) for number in range(40)]
    assert next(one for one in found if one is not None).limit == 5_000.0, "as after a restart"
    assert sounded[0][1] == 5_000.0
    assert sounded[1][1] == 50_000.0
    assert sounded[1][0] > sounded[0][0]


def test_a_probability_that_was_never_calibrated_breaks_no_promise() -> None:
    made = Strategies(0.5)
    for number in range(60):
        raw = label(number, at=20 * number, won=False, p_final=0.8, lcb=0.0, approved=False)
        assert made.learn(raw) is None


def test_what_an_operator_believes_counts_for_as_many_labels_as_he_says() -> None:
    made = Strategies(0.2, base_labels=30)
    for number in range(30):
        made.learn(label(number, at=20 * number))
    assert made.known("sample", "BTC-USDT", EVEN, EVEN_MONEY).base == pytest.approx((30 + 30 * 0.2) / 60)


def test_the_recent_state_counts_losses_and_the_way_down_from_the_best() -> None:
    made = Strategies(0.5)
    assert made.state("sample") == (0.5, 0.0, 0)
    for number, won in enumerate((True, True, False, False, False)):
        made.learn(label(number, at=20 * number, won=won))
    hit_rate, drawdown, losses = made.state("sample")
    assert (drawdown, losses) == (3.0, 3)
    assert 0.3 < hit_rate < 0.5
    made.learn(label(9, at=900))
    assert made.state("sample")[2] == 0


def test_nine_of_ten_end_in_the_range_that_was_told() -> None:
    made, rng = Strategies(0.5), np.random.default_rng(4)
    for number in range(600):
        told = made.known("sample", "BTC-USDT", EVEN, EVEN_MONEY).misses
        bounds = () if told is None else (0.1 + told.low, 0.1 + told.high)
        one = label(number, at=20 * number, r_range=bounds)
        outcome = replace(one.outcome, r_net=float(rng.normal(0.1, 1.0)))
        made.learn(replace(one, outcome=outcome))
    found = made.conformal("sample")
    assert found.n == 570
    assert found.missed / found.n == pytest.approx(0.1, abs=0.02)
    made.learn(label(600, at=20 * 600, approved=False, stage="calibration"))
    assert made.conformal("sample") == found, "of one that was declined before, no R was expected"


def test_a_model_on_trial_is_heard_on_a_ladder_of_its_own_and_leaves_no_trace() -> None:
    made, plain = learned(40, 30), learned(40, 30)
    for each in (made, plain):
        for number in range(40, 80):
            each.learn(label(number, at=20 * number))
    about = "sample", "BTC-USDT", EVEN, EVEN_MONEY
    assert made.known(*about, tried=0.9).ladder == made.ladder("sample").trial()
    for number in range(100, 120):
        said = label(number, at=20 * number, won=False)
        heard = replace(said, decision=replace(said.decision, rungs=(*RUNGS, ("tried", 0.9))))
        made.learn(heard, heard=True)
        plain.learn(said)
    known = made.known(*about, tried=0.9)
    assert (known.ladder.rungs[-1], known.tried) == (Rung.TRIED, 0.9)
    assert known.ladder.weights[-1] < 0.05, "it was wrong twenty times"
    assert made.known(*about).ladder == plain.ladder("sample")
    made.end_trials()
    assert made.known(*about, tried=0.9).ladder == plain.ladder("sample").trial()


def test_below_sixty_labels_no_model_on_trial_is_heard() -> None:
    known = learned(30, 20).known("sample", "BTC-USDT", EVEN, EVEN_MONEY, tried=0.9)
    assert (known.ladder.rungs[-1], known.tried) == (Rung.CALIBRATED, None)


def test_strategies_are_bounded_and_who_is_forgotten_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "STRATEGIES_MAX", 3)
    made = learned(40, 20, "first")
    assert made.phase("first") is Phase.BASE
    for name in ("second", "third", "fourth"):
        made.known(name, "BTC-USDT", EVEN, EVEN_MONEY)
    assert made.phase("first") is Phase.PRIOR
