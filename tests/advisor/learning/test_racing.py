"""Who may serve: a challenger passes the gates, the shadow and the canary, or is gone."""

from __future__ import annotations

from msgspec.structs import replace

from barfinex.advisor.learning.champion import COOLDOWN_LABELS, Race, Stage
from barfinex.advisor.learning.ladder import ALARM_LABELS, Rung
from barfinex.advisor.learning.learner import Learner
from barfinex.events.advisor_learning import (
    DriftDetected,
    ModelPromoted,
    ModelRolledBack,
    ModelSwitched,
    ModelValidated,
)
from barfinex.events.base import Event
from tests.advisor.builders import EVEN
from tests.advisor.schooling import NEW, OLD, PAYOFF, names, of, serves, taught, told_of, world


def test_gates_refuse_a_challenger_and_the_champion_stays() -> None:
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    champion = made.seats.champion
    said = made.adopt(told_of(serves(2.0, NEW), gated=True, skill=-0.1, canaries=(("shuffled", False),)))
    (validated,) = said
    assert isinstance(validated, ModelValidated)
    assert not validated.passed
    assert {name for name, _, _, passes in validated.gates if not passes} == {"G2.skill", "G5.leaks"}
    assert (made.seats.champion, made.seats.other, made.seats.race.stage) == (champion, None, Stage.IDLE)


def raced(challenger: float, champion: float | None, count: int, seed: int) -> tuple[Learner, list[Event]]:
    """A challenger that passed the gates against a champion (None: nothing serves), by how much either
    believes the first feature, over so many outcomes; decisions are served as the race says."""
    made = taught(world(320))
    if champion is not None:
        made.adopt(told_of(serves(champion, OLD), gated=False, n_eff=80.0))
    said = made.adopt(told_of(serves(challenger, NEW), gated=True))
    assert (made.seats.race.stage, made.seats.other and made.seats.other.id) == (
        Stage.SHADOW,
        serves(challenger, NEW).id,
    )
    for one in world(count, seed):
        assert (made.serving() is None) is (champion is None)
        tried = made.tried(one.decision.decision_id)
        heard = [(Rung.TRIED.value, tried.probability(one.row, one.decision.posterior))] if tried else []
        decided = replace(one.decision, rungs=(*one.decision.rungs, *heard))
        said += made.learn(replace(one, decision=decided, decided_at=NEW + one.decided_at))
        if made.seats.race.stage is Stage.IDLE:
            break
    return made, said


def test_a_better_challenger_goes_through_shadow_and_canary_and_is_watched() -> None:
    made, said = raced(2.0, -1.0, 900, seed=7)
    promoted = of(ModelPromoted, said)
    assert [one.canary for one in promoted[:2]] == [True, False]
    better = serves(2.0, NEW).id
    assert promoted[1].after == better
    assert promoted[1].evidence >= 20.0
    assert made.seats.champion is not None
    assert made.seats.champion.id == better
    (validated,) = of(ModelValidated, said)
    assert validated.passed


def test_where_nothing_serves_a_challenger_has_to_be_better_than_what_is_said_without_any() -> None:
    """Failed before: there was no race without a champion."""
    made, said = raced(2.0, None, 2_000, seed=7)
    promoted = of(ModelPromoted, said)
    assert [(one.canary, one.before) for one in promoted] == [(True, ""), (False, "")]
    assert all(one.evidence >= 20.0 for one in promoted)
    assert made.seats.champion is not None
    assert made.seats.champion.id == serves(2.0, NEW).id
    assert (made.seats.race.stage, made.seats.other) == (Stage.IDLE, None), (
        "watched to the end beside the base rate"
    )
    worse, said = raced(-2.0, None, 600, seed=8)
    assert of(ModelPromoted, said) == []
    assert (worse.seats.race, worse.seats.champion, worse.seats.other) == (Race(), None, None)


def test_the_first_champion_that_turns_out_worse_than_none_goes() -> None:
    made, _ = raced(2.0, None, 400, seed=6)
    assert made.seats.race.stage is Stage.WATCH
    said: list[Event] = []
    for one in world(400, seed=9, slope=-2.0):
        said += made.learn(replace(one, decided_at=NEW + one.decided_at))
    assert [one.after for one in of(ModelRolledBack, said)] == [""]
    assert made.serving() is None


def test_a_rest_passes_where_nothing_serves() -> None:
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    made.retire(serves(1.0, OLD).id, "expired")
    assert made.seats.race.rest == COOLDOWN_LABELS
    for one in world(COOLDOWN_LABELS, seed=3):
        made.learn(one)
    assert made.seats.race == Race()


def test_what_is_refused_leaves_nothing_behind() -> None:
    """I10: failed before, the rows of every refused challenger were kept, and it could be retired."""
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    made.adopt(told_of(serves(2.0, NEW), gated=True, skill=-0.1))
    assert made.retire(serves(2.0, NEW).id, "expired") == []
    assert made.seats.race.champion == serves(1.0, OLD).id


def test_what_overlaps_the_labels_of_a_challenger_says_nothing_for_it() -> None:
    """Decided before the challenger was trained, admitted after: it has learned from the same hours."""
    made = taught(world(320))
    made.adopt(told_of(serves(-1.0, OLD), gated=False, n_eff=80.0))
    made.adopt(told_of(serves(2.0, NEW), gated=True))
    for one in world(400, seed=7):
        made.learn(replace(one, decided_at=NEW - 1))
    assert (made.seats.race.stage, made.seats.race.labels, made.seats.race.gain.value) == (
        Stage.SHADOW,
        0,
        1.0,
    )


def test_both_who_race_learn_from_every_outcome() -> None:
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    made.adopt(told_of(serves(2.0, NEW), gated=True))
    before = made.seats.champion, made.seats.other
    for one in world(20, seed=7):
        made.learn(one)
    for then, now in zip(before, (made.seats.champion, made.seats.other), strict=True):
        assert then is not None
        assert now is not None
        assert now.calibrator_id != then.calibrator_id


def test_a_challenger_that_is_refused_does_not_hide_that_the_world_has_changed() -> None:
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    shifted = [replace(one, row=[value + 3.0 for value in one.row]) for one in world(900, seed=3)]
    for one in shifted[:700]:
        made.learn(one)
    made.adopt(told_of(serves(2.0, NEW), gated=True, skill=-0.1))
    said = [event for one in shifted[700:] for event in made.learn(one)]
    assert "feature" in {event.kind for event in of(DriftDetected, said)}


def test_a_worse_challenger_is_withdrawn_before_it_serves_anybody() -> None:
    made, said = raced(-2.0, 2.0, 600, seed=8)
    assert of(ModelPromoted, said) == []
    (switched,) = of(ModelSwitched, said)
    assert (switched.kind, switched.before, switched.after) == ("challenger", serves(-2.0, NEW).id, "")
    assert (made.seats.race.stage, made.seats.other) == (Stage.IDLE, None)
    assert made.seats.champion is not None
    assert made.seats.champion.id == serves(2.0, OLD).id


def canary() -> Learner:
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    made.adopt(told_of(serves(2.0, NEW), gated=True))
    made.seats.race = replace(made.seats.race, stage=Stage.CANARY)
    return made


def test_a_canary_is_heard_in_a_quarter_of_the_decisions_always_the_same_ones() -> None:
    made = canary()
    assert made.seats.other is not None
    decisions = [f"dec-{number:016x}" for number in range(400)]
    heard = [one.id for name in decisions if (one := made.tried(name)) is not None]
    assert 0.18 < len(heard) / 400 < 0.32
    assert set(heard) == {made.seats.other.id}
    assert heard == [made.seats.race.tried(name) for name in decisions if made.seats.race.tried(name)]
    served = made.serving()
    assert served is not None
    assert served.id == serves(1.0, OLD).id


def test_a_promoted_model_is_heard_beside_the_former_one_until_it_has_been_watched() -> None:
    """Failed before: it took the place of what it was better than, with all of its weight."""
    made, _ = raced(2.0, -1.0, 700, seed=6)
    assert made.seats.race.stage is Stage.WATCH
    served, heard = made.serving(), made.tried("dec-1")
    assert served is not None
    assert heard is not None
    assert (served.id, heard.id) == (serves(-1.0, OLD).id, serves(2.0, NEW).id)
    assert made.strategies.known("sample", "BTC-USDT", EVEN, PAYOFF, tried=0.7).ladder.weights[-1] > 0.5
    said = made.retire(serves(-1.0, OLD).id, "expired")
    assert [(one.before, one.after) for one in of(ModelSwitched, said)] == [(serves(-1.0, OLD).id, "")]
    assert (made.serving(), made.seats.race.stage) == (None, Stage.WATCH), (
        "the former has gone, not the better"
    )
    assert made.tried("dec-1") is not None


def test_a_drift_alarm_undoes_a_canary_and_halves_what_is_believed() -> None:
    made = canary()
    said: list[Event] = []
    for one in world(60, seed=9):
        decided = replace(one.decision, p_final=0.95)
        lost = replace(one.outcome, won=False, r_net=-1.0)
        said += made.learn(replace(one, decision=decided, outcome=lost))
        if of(DriftDetected, said):
            break
    (drift,) = of(DriftDetected, said)
    (back,) = of(ModelRolledBack, said)
    assert drift.statistic >= drift.threshold
    assert (back.trigger, back.after) == ("drift alarm", serves(1.0, OLD).id)
    assert (made.seats.race.stage, made.seats.other) == (Stage.IDLE, None)
    assert made.seats.race.rest >= COOLDOWN_LABELS - 1
    known = made.strategies.known("sample", "BTC-USDT", EVEN, PAYOFF)
    assert known.alarmed
    assert made.strategies.ladder("sample").alarm_left == ALARM_LABELS


def test_a_champion_that_is_retired_serves_no_more() -> None:
    made = taught(world(100))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    said = made.retire(serves(1.0, OLD).id, "expired")
    assert names(said) == ["ModelRolledBack", "ModelSwitched"]
    assert (made.seats.champion, made.serving(), made.seats.race.champion) == (None, None, "")
    assert made.retire(serves(1.0, OLD).id, "expired") == []


def test_the_model_that_expired_is_the_one_that_goes() -> None:
    for model, left in ((serves(1.0, OLD).id, ""), (serves(2.0, NEW).id, serves(1.0, OLD).id)):
        made = canary()
        made.retire(model, "expired")
        assert (made.seats.race.champion, made.seats.other) == (left, None)
