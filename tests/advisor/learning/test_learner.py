"""The learning loop: when it trains, who may serve, and that a restart finds everything where it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from msgspec.json import encode
from msgspec.structs import replace

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import write
from barfinex.advisor.learning.champion import COOLDOWN_LABELS, Race, Stage
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.learning.ladder import ALARM_LABELS
from barfinex.advisor.learning.learner import TRUSTED, Learner, every
from barfinex.advisor.learning.serving import Trained
from barfinex.advisor.learning.training import trained_event
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.config import AdvisorConfig
from barfinex.domain.view import MarketView
from barfinex.events.advisor_learning import (
    CalibrationUpdated,
    DriftDetected,
    LadderUpdated,
    ModelPromoted,
    ModelRolledBack,
    ModelSwitched,
    ModelTrained,
    ModelValidated,
    OutcomeLabelled,
)
from barfinex.events.base import Event
from tests.advisor.builders import EVEN, STEP, market, serving
from tests.advisor.told import decision, labels_of
from tests.bench.advisor.b15_rollback import PASSED

PAYOFF = Payoff(1.0, -1.0, 0.0)
OLD, NEW = 10**9, 10**9 + 1
"""When the last label of a model was admitted."""


def learner(**config: Any) -> Learner:
    return Learner(AdvisorConfig.model_validate({"base_rate": 0.5, **config}), MarketView())


def world(count: int, seed: int = 1, slope: float = 2.0) -> list[Label]:
    """The first feature tells who wins."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(NAMES)))
    won = (rng.random(count) < 1.0 / (1.0 + np.exp(-slope * rows[:, 0]))).astype(np.float64)
    return labels_of(rows, won)


def taught(labels: Iterable[Label], **config: Any) -> Learner:
    made = learner(**config)
    for one in labels:
        made.learn(one)
    return made


def serves(slope: float, until: int) -> Trained:
    return serving(slope, until).trained


def told_of(trained: Trained, *, gated: bool, n_eff: float = 300.0, **changes: Any) -> ModelTrained:
    """A model as its training would tell of it, with evidence that passes every gate."""
    return ModelTrained(
        model_id=trained.id,
        family="logistic",
        labels=300,
        n_eff=n_eff,
        until=trained.until,
        data_hash="",
        artefact=write(trained).decode(),
        evidence=encode(replace(PASSED, **changes)).decode() if gated else "",
        sharpe=0.1,
        asked_at=0,
    )


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def of(kind: type[Event], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_nothing_is_trained_on_few_labels_nor_on_one_outcome_nor_where_nothing_is_to_be_learned() -> None:
    assert taught(world(59)).due() is None
    assert taught([one for one in world(300) if one.won]).due() is None
    assert taught(world(100), learns=False).due() is None
    assert taught(world(100)).due() is not None


def test_one_training_at_a_time_and_one_that_fails_is_not_asked_for_again_at_once() -> None:
    labels = world(200)
    made = taught(labels[:100])
    assert made.due() is not None
    for one in labels[100:150]:
        made.learn(one)
    assert made.due() is None, "the first has not come back"
    made.give_up()
    assert made.due() is not None
    made.give_up()
    assert made.due() is None, "there is nothing new"


def test_refits_become_rarer() -> None:
    assert [every(count) for count in (0, 99, 100, 499, 500, 10_000)] == [10, 10, 25, 25, 100, 100]


def test_the_first_model_serves_at_once_under_the_ladders_guard() -> None:
    made = taught(world(100))
    asked = made.due()
    assert asked is not None
    assert not asked.is_gated
    said = made.adopt(trained_event(asked))
    assert names(said) == ["ModelPromoted", "ModelSwitched", "CalibrationUpdated"]
    promoted, switched, updated = said
    assert isinstance(promoted, ModelPromoted)
    assert isinstance(switched, ModelSwitched)
    assert isinstance(updated, CalibrationUpdated)
    served = made.serving("dec-1")
    assert served is not None
    assert (promoted.after, switched.after, promoted.canary) == (served.id, served.id, False)
    assert updated.calibrator_id == served.calibrator_id


def test_without_a_model_nothing_serves_and_every_row_is_trusted() -> None:
    made = learner()
    assert made.serving("dec-1") is None
    assert made.verdict("dec-1", [9e9] * len(NAMES)) == TRUSTED
    assert made.retire("expired") == []


def test_gates_refuse_a_challenger_and_the_champion_stays() -> None:
    """I13: no gate, no service."""
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    champion = made.champion
    said = made.adopt(told_of(serves(2.0, NEW), gated=True, skill=-0.1, canaries=(("shuffled", False),)))
    (validated,) = said
    assert isinstance(validated, ModelValidated)
    assert not validated.passed
    assert {name for name, _, _, passes in validated.gates if not passes} == {"G2.skill", "G5.leaks"}
    assert (made.champion, made.other, made.race.stage) == (champion, None, Stage.IDLE)


def raced(challenger: float, champion: float, count: int, seed: int) -> tuple[Learner, list[Event]]:
    """A challenger that passed the gates against a champion, by how much either believes the first
    feature, over so many outcomes; decisions are served as the race says."""
    made = taught(world(320))
    made.adopt(told_of(serves(champion, OLD), gated=False, n_eff=80.0))
    said = made.adopt(told_of(serves(challenger, NEW), gated=True))
    assert (made.race.stage, made.other and made.other.id) == (Stage.SHADOW, serves(challenger, NEW).id)
    for one in world(count, seed):
        served = made.serving(one.decision.decision_id)
        assert served is not None
        decided = replace(one.decision, model_id=served.id)
        said += made.learn(replace(one, decision=decided))
        if made.race.stage is Stage.IDLE:
            break
    return made, said


def test_a_better_challenger_goes_through_shadow_and_canary_and_is_watched() -> None:
    made, said = raced(2.0, -1.0, 900, seed=7)
    promoted = of(ModelPromoted, said)
    assert [one.canary for one in promoted[:2]] == [True, False]
    better = serves(2.0, NEW).id
    assert promoted[1].after == better
    assert promoted[1].evidence >= 20.0
    assert made.champion is not None
    assert made.champion.id == better
    (validated,) = of(ModelValidated, said)
    assert validated.passed


def test_a_worse_challenger_is_withdrawn_before_it_serves_anybody() -> None:
    made, said = raced(-2.0, 2.0, 600, seed=8)
    assert of(ModelPromoted, said) == []
    (switched,) = of(ModelSwitched, said)
    assert (switched.kind, switched.before, switched.after) == ("challenger", serves(-2.0, NEW).id, "")
    assert (made.race.stage, made.other) == (Stage.IDLE, None)
    assert made.champion is not None
    assert made.champion.id == serves(2.0, OLD).id


def canary() -> Learner:
    made = taught(world(320))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    made.adopt(told_of(serves(2.0, NEW), gated=True))
    made.race = replace(made.race, stage=Stage.CANARY)
    return made


def test_a_canary_serves_a_quarter_of_the_decisions_always_the_same_ones() -> None:
    made = canary()
    assert made.other is not None
    decisions = [f"dec-{number:016x}" for number in range(400)]
    served = [one.id for name in decisions if (one := made.serving(name)) is not None]
    assert len(served) == 400
    assert 0.18 < served.count(made.other.id) / 400 < 0.32
    assert served == [made.race.serves(name) for name in decisions]


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
    assert (made.race.stage, made.other) == (Stage.IDLE, None)
    assert made.race.rest >= COOLDOWN_LABELS - 1
    known = made.strategies.known("sample", "BTC-USDT", EVEN, PAYOFF)
    assert known.alarmed
    assert made.strategies.ladder("sample").alarm_left == ALARM_LABELS


def test_a_champion_that_is_retired_serves_no_more() -> None:
    made = taught(world(100))
    made.adopt(told_of(serves(1.0, OLD), gated=False, n_eff=80.0))
    said = made.retire("expired")
    assert names(said) == ["ModelRolledBack", "ModelSwitched"]
    assert (made.champion, made.serving("dec-1"), made.race.champion) == (None, None, "")
    assert made.retire("expired") == []


def test_a_ripe_champion_is_only_replaced_through_the_gates_and_not_while_one_is_tried() -> None:
    made = taught(world(260))
    made.adopt(told_of(serves(1.0, OLD), gated=False))
    for one in world(100, seed=3):
        made.learn(one)
    asked = made.due()
    assert asked is not None
    assert asked.is_gated
    assert asked.champion is made.champion
    made.give_up()
    made.race = Race(made.race.champion, Stage.SHADOW, "mdl-other")
    for one in world(120, seed=4):
        made.learn(one)
    assert made.due() is None


@pytest.mark.parametrize(
    ("old", "new"),
    [('"schema":1', '"schema":2'), ('"oscillator_z"', '"rsi_14"'), ('"until":10', '"until":20')],
)
def test_an_artefact_of_another_version_or_changed_is_refused(old: str, new: str) -> None:
    made = taught(world(100))
    whole = told_of(serves(1.0, OLD), gated=False, n_eff=80.0)
    assert old in whole.artefact
    (told,) = made.adopt(replace(whole, artefact=whole.artefact.replace(old, new)))
    assert isinstance(told, ModelSwitched)
    assert (told.kind, told.after) == ("refused", "")
    assert "model" in told.reason
    assert made.champion is None


def test_the_ladder_is_told_of_as_often_as_models_are_refitted() -> None:
    made = learner()
    said = [event for one in world(150) for event in made.learn(one)]
    ladders = of(LadderUpdated, said)
    assert len(ladders) == 9 + 3
    last = ladders[-1]
    assert sum(weight for _, weight in last.weights) == pytest.approx(1.0)


def test_a_restart_learns_the_same_from_what_was_told_as_from_the_market() -> None:
    """The live one watches candles; the other is given its decisions and the outcomes it told."""
    rng = np.random.default_rng(5)
    series = market(100.0 * np.exp(rng.normal(0.0, 0.01, 900).cumsum()))
    view = MarketView()
    config = AdvisorConfig(base_rate=0.5, horizon_candles=10)
    live, reborn = Learner(config, view), Learner(config, MarketView())
    told: list[tuple[Any, int]] = []
    for at in range(5, 880, 6):
        block = series.block(at - 6 if at > 5 else 0, at)
        view.fold(block)
        live.waiting.fold(block)
        now = at * STEP
        for label, events in live.admit(now):
            (labelled,) = of(OutcomeLabelled, events)
            assert labelled.admitted_at == now >= label.decided_at + 11 * STEP
            told.append((labelled, now))
        row = tuple(rng.normal(size=len(NAMES)).tolist())
        made = decision(at, at - 1, entry=series.close.item(at - 1), features=row)
        live.expect(made, now)
        told.append((made, now))
    for event, now in told:
        if isinstance(event, OutcomeLabelled):
            assert reborn.restore(event) is not None
            assert reborn.restore(event) is None, "an outcome is heard once"
        else:
            reborn.expect(event, now)
    assert reborn.labels == live.labels
    assert len(live.labels) > 100
    assert [reborn.strategies.known("sample", "BTC-USDT", EVEN, PAYOFF)] == [
        live.strategies.known("sample", "BTC-USDT", EVEN, PAYOFF)
    ]
    assert reborn.strategies.payoff("sample", "range", (1.0, -1.0)) == live.strategies.payoff(
        "sample", "range", (1.0, -1.0)
    )
    asked, again = live.due(), reborn.due()
    assert asked is not None
    assert again is not None
    assert trained_event(asked) == trained_event(again)


def test_an_outcome_of_a_decision_nobody_knows_teaches_nothing() -> None:
    made = learner()
    (one,) = world(1)
    assert made.restore(one.outcome) is None
    assert len(made.labels) == 0
