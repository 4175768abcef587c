"""A challenger is tried step by step, and undone as soon as it is known to be worse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import fields, replace

from barfinex.advisor.learning.champion import Move, Race, Scored, Stage, Transition
from barfinex.advisor.learning.gates import Evidence, gate, gates

GOOD = Evidence(
    n_eff=400.0,
    wins=180,
    losses=220,
    visits=(9, 7, 0, 1),
    own_losses=(0.66,) * 13 + (0.70,) * 2,
    champion_losses=(0.68,) * 15,
    skill=0.02,
    ece=0.03,
    ece_excess=0.01,
    slope=1.0,
    regimes=((0.05, 250), (0.4, 150)),
    dsr=0.97,
    canaries=(("purge", True), ("embargo", True)),
    mismatches=0,
    hash="abc",
    hash_trained="abc",
)

BAD: list[tuple[str, dict[str, Any]]] = [
    ("G1.n_eff", {"n_eff": 199.9}),
    ("G1.n_eff", {"n_eff": float("nan")}),
    ("G1.wins", {"wins": 39}),
    ("G1.losses", {"losses": 39}),
    ("G1.regimes_visited_3_times", {"visits": (9, 2, 2)}),
    ("G2.splits_won", {"own_losses": (0.66,) * 11 + (0.70,) * 4}),
    ("G2.splits_won", {"own_losses": (0.66,) * 14}),
    ("G2.splits_won", {"own_losses": (float("nan"),) * 15}),
    ("G2.skill", {"skill": 0.0}),
    ("G3.ece_excess", {"ece_excess": 0.031}),
    ("G3.worst_regime_ece", {"regimes": ((0.101, 200),)}),
    ("G3.worst_regime_ece", {"regimes": (), "ece": 0.2}),
    ("G3.slope_min", {"slope": 0.69}),
    ("G3.slope_max", {"slope": 1.41}),
    ("G3.slope_min", {"slope": float("nan")}),
    ("G4.dsr", {"dsr": 0.94}),
    ("G4.dsr", {"dsr": float("nan")}),
    ("G5.leaks", {"canaries": (("purge", False),)}),
    ("G5.leaks", {"canaries": ()}),
    ("G6.replay_mismatches", {"mismatches": 1}),
    ("G6.hash_equal", {"hash": "abd"}),
    ("G6.hash_equal", {"hash": "", "hash_trained": ""}),
]


def test_good_evidence_passes_every_gate():
    assert all(one.passes for one in gates(GOOD))


@pytest.mark.parametrize(("failed", "change"), BAD)
def test_each_gate_can_refuse(failed, change):
    evidence = replace(GOOD, **change)
    assert failed in {one.id for one in gates(evidence) if not one.passes}
    race, told = Race("old").propose("new", evidence, refit=False)
    assert (race, told.move, told.after) == (Race("old"), Move.REFUSED, "old")
    assert failed in told.reason


def test_every_gate_has_a_case_that_fails_it_and_every_field_one_that_matters():
    assert {one.id for one in gates(GOOD)} == {failed for failed, _ in BAD}
    moved = {name for _, change in BAD for name in change} | {"champion_losses"}
    assert moved == {field.name for field in fields(Evidence)}
    assert not gate("x", float("nan"), "<= 1").passes


def fed(
    race: Race, champion: float, other: float, truth: float, seed: int, most: int = 3_000
) -> tuple[Race, Transition | None, int]:
    """Labels until something happens."""
    rng = np.random.default_rng(seed)
    for count in range(1, most + 1):
        heard = race.tried(f"d{seed}-{count}") != ""
        up = rng.random() < 0.5
        say = (lambda p: p) if up else (lambda p: 1 - p)
        won = bool(rng.random() < say(truth))
        race, told = race.learn(Scored(heard, say(champion), say(other), won))
        if told is not None:
            return race, told, count
    return race, None, most


def proposed(*, refit: bool = False) -> Race:
    race, told = Race("old").propose("new", GOOD, refit=refit)
    assert told.move is Move.SHADOWED
    return race


def canary() -> Race:
    race, told, count = fed(proposed(), 0.5, 0.7, 0.7, 1)
    assert told is not None
    assert (told.move, race.stage) == (Move.CANARIED, Stage.CANARY)
    assert count >= 100
    assert told.e_value >= 20
    return race


def watched() -> Race:
    race, told, count = fed(canary(), 0.5, 0.7, 0.7, 2)
    assert told is not None
    assert (told.move, told.before, told.after) == (Move.PROMOTED, "old", "new")
    assert 120 <= count <= 320, "fifty labels of a quarter of the decisions"
    return race


def test_a_better_challenger_goes_all_the_way():
    race, told, count = fed(watched(), 0.7, 0.5, 0.7, 3)
    assert told is not None
    assert (told.move, told.other, count) == (Move.CONFIRMED, "old", 500)
    assert race == Race("new")


def test_in_shadow_nobody_is_on_trial_in_canary_the_challenger_in_a_quarter_then_in_all():
    ids = [f"d{k}" for k in range(4_000)]
    shadow, race, after = proposed(), canary(), watched()
    assert {shadow.tried(one) for one in ids} == {""}
    share = np.mean([race.tried(one) == "new" for one in ids])
    assert 0.22 < share < 0.28
    assert [race.tried(one) for one in ids[:50]] == [race.tried(one) for one in ids[:50]]
    assert {after.tried(one) for one in ids} == {"new"}
    assert [one.stands for one in (shadow, race, after)] == ["old"] * 3, "what serves is what served"


def test_a_worse_challenger_is_withdrawn_from_shadow():
    race, told, count = fed(proposed(), 0.7, 0.4, 0.7, 4)
    assert told is not None
    assert (told.move, race) == (Move.WITHDRAWN, Race("old"))
    assert count < 100


def test_one_that_never_proves_itself_is_withdrawn_in_the_end():
    race, told, count = fed(proposed(), 0.6, 0.6, 0.6, 5)
    assert told is not None
    assert (told.move, count, race) == (Move.WITHDRAWN, 2_000, Race("old"))


def test_a_refit_has_only_to_be_no_worse():
    _, told, _ = fed(proposed(refit=True), 0.6, 0.605, 0.6, 6)
    assert told is not None
    assert told.move is Move.CANARIED
    _, told, _ = fed(proposed(), 0.6, 0.605, 0.6, 6)
    assert told is not None
    assert told.move is Move.WITHDRAWN


def test_a_canary_or_a_promotion_that_turns_out_worse_is_rolled_back():
    race, told, _ = fed(canary(), 0.7, 0.3, 0.7, 7)
    assert told is not None
    assert (told.move, told.after, race) == (Move.ROLLED_BACK, "old", Race("old", rest=200))
    assert told.e_value >= 20
    race, told, _ = fed(watched(), 0.3, 0.7, 0.7, 8)
    assert told is not None
    assert (told.move, told.before, told.after) == (Move.ROLLED_BACK, "new", "old")
    assert race == Race("old", rest=200)


def test_a_drift_alarm_undoes_what_is_young():
    assert proposed().alarm() == (proposed(), None)
    assert Race("old").alarm() == (Race("old"), None)
    for race in (canary(), watched(), replace(watched(), labels=100)):
        back, told = race.alarm()
        assert told is not None
        assert (told.move, back) == (Move.ROLLED_BACK, Race("old", rest=200))
    settled = replace(watched(), labels=101)
    assert settled.alarm() == (settled, None)


def test_a_hard_fault_undoes_at_once():
    assert proposed().fault("new", "NaN served")[0] == Race("old")
    for race in (canary(), watched()):
        back, told = race.fault("new", "NaN served")
        assert (told.move, told.reason, back.champion) == (Move.ROLLED_BACK, "NaN served", "old")
    for race in (Race("old"), proposed(), canary()):
        back, told = race.fault("old", "NaN served")
        assert (told.before, told.after, back) == ("old", "", Race(rest=200)), "nothing is tried against none"


def test_after_a_rollback_there_is_rest_and_only_one_race_at_a_time():
    race, _ = canary().fault("new", "NaN served")
    for left in range(200, 0, -1):
        assert race.rest == left
        same, told = race.propose("next", GOOD, refit=False)
        assert (same, told.move, told.reason) == (race, Move.REFUSED, "cooldown_labels")
        race, _ = race.learn(Scored(False, 0.5, None, True))
    assert race.propose("next", GOOD, refit=False)[1].move is Move.SHADOWED
    assert canary().propose("next", GOOD, refit=False)[1].reason == "races_under_way"


def test_a_label_from_before_the_race_moves_nothing():
    race = proposed()
    assert race.learn(Scored(False, 0.5, None, True)) == (race, None)
    with pytest.raises(ValueError, match="forecast"):
        race.learn(Scored(False, 0.5, float("nan"), True))
