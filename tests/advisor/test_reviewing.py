"""A language model at stage 6: whatever it does, a decision ends once, and it moves no more than it may."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace as with_
from typing import Any, cast

import pytest
from msgspec.structs import replace

from barfinex.advisor.llm.checker.naming import loud_against
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.leaves import written
from barfinex.advisor.llm.reply import Abstention, Reply, Source
from barfinex.advisor.llm.rules import RuleSynthesizer
from barfinex.advisor.module import AdvisorModule
from barfinex.advisor.reviewing import Reviewing
from barfinex.config import AdvisorConfig
from barfinex.domain.errors import BadInput
from barfinex.events.advisor import IntentProposed, SynthesisCompleted
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.advisor_review import (
    CounterfactualRecorded,
    InjectionSuspected,
    SynthesisAbstained,
    SynthesisRequested,
    VetoRaised,
)
from barfinex.events.base import Event
from tests.advisor.builders import signal
from tests.advisor.learning_road import HORIZON, travel, waves
from tests.advisor.road import Road, text
from tests.wide import TRUSTING

pytestmark = pytest.mark.anyio
Answer = Callable[[Context, int], Reply]


def true(context: Context, call: int) -> Reply:
    """What the rules would say, as if a model had said it; every fourth time it took too long."""
    late = 10_000.0 if call % 4 == 0 else 10.0
    return Reply(RuleSynthesizer().review(context).text, "model", late, 100, 0.0001)


def fails(context: Context, call: int) -> Reply:
    raise ConnectionError("a secret in a traceback")


def deep(context: Context, call: int) -> Reply:
    raise RecursionError


def lies(context: Context, call: int) -> Reply:
    said = json.loads(RuleSynthesizer().review(context).text)
    said["claims"][0]["value"] = "987654"
    return Reply(json.dumps(said), "model", 5.0, 100, 0.0001)


NONSENSE: dict[str, Answer] = {
    "raises": fails,
    "recurses": deep,
    "nothing": lambda context, call: cast("Reply", None),
    "another": lambda context, call: replace(true(context, 1), route="another"),
    "forges": lambda context, call: replace(
        true(context, 1), passed=cast("Any", ("suspected:x", "suspected"))
    ),
    "dear": lambda context, call: replace(true(context, 1), cost=1e308),
    "strange": lambda context, call: replace(true(context, 1), route="\ud800", cache_key="\ud800"),
    "lies": lies,
    "garbage": lambda context, call: Reply("{]", "model", 5.0, 1, 0.0),
    "endless": lambda context, call: Reply("x" * 100_000, "model", 5.0, 1, 0.0),
    "no time": lambda context, call: Reply("", "model", float("nan"), 1, 0.0),
    "no price": lambda context, call: Reply("{}", "model", 1.0, 1, float("inf")),
    "negative": lambda context, call: Reply("{}", "model", -1.0, -5, -1.0),
    "refuses": lambda context, call: Reply("", "model", 1.0, 1, 0.0, Source.LLM, Abstention.REFUSED),
}


class Scripted:
    name = "model"

    def __init__(self, answer: Answer) -> None:
        self._answer, self.calls = answer, 0

    def review(self, context: Context, findings: object = (), /) -> Reply:
        self.calls += 1
        return self._answer(context, self.calls)


def module(script: Scripted, influence: str = "tilt") -> AdvisorModule:
    settings = {**TRUSTING, "horizon_candles": HORIZON, "influence": influence, "learns": False}
    config = AdvisorConfig.model_validate(settings)
    return AdvisorModule(config, fee=0.0005, spread_bps=2.0, slippage_bps=1.0, synthesizer=script)


@pytest.mark.parametrize("kind", NONSENSE)
async def test_nonsense_moves_nothing_and_loses_no_decision(kind: str) -> None:
    said = await travel(Road(module(Scripted(NONSENSE[kind]))), waves(300), 0, 300)
    answers = [event for event in said if isinstance(event, DecisionResponded)]
    reviews = [event for event in said if isinstance(event, SynthesisCompleted)]
    assert len(answers) == 29
    assert sum(isinstance(event, SynthesisAbstained) for event in said) == len(reviews) > 20
    assert {event.delta_logit for event in reviews} == {0.0}
    assert "secret" not in "".join(text(said))
    assert {event.synthesizer for event in reviews} == {"model"}
    assert not any(isinstance(event, InjectionSuspected) for event in said)
    plain = await travel(Road(module(Scripted(true), "off")), waves(300), 0, 300)
    assert codes(said) == codes(plain)


def codes(said: list[Event]) -> list[tuple[float, str]]:
    return [(event.p_final, event.code) for event in said if isinstance(event, DecisionResponded)]


async def test_an_unheeded_model_ends_no_decision_by_saying_that_it_took_an_hour() -> None:
    hour = Scripted(lambda context, call: replace(true(context, 1), latency_ms=3_600_000.0))
    found = await travel(Road(module(hour, "shadow")), waves(300), 0, 300)
    plain = await travel(Road(module(Scripted(true), "off")), waves(300), 0, 300)
    assert codes(found) == codes(plain)
    assert hour.calls > 0


async def test_a_breaker_keeps_a_failing_model_from_being_asked() -> None:
    """After five failures it is asked once a minute at most, then ever more rarely."""
    failing = Scripted(fails)
    said = await travel(Road(module(failing, "veto")), waves(600), 0, 600)
    assert 5 <= failing.calls < 59
    assert sum(isinstance(event, IntentProposed) for event in said) > 50


@pytest.mark.parametrize(
    ("influence", "mode"), [("shadow", Mode.SHADOW), ("veto", Mode.VETO), ("tilt", Mode.VETO)]
)
def test_a_person_allows_at_most_a_veto_and_a_tilt_has_to_be_earned(influence: str, mode: Mode) -> None:
    assert Reviewing(Scripted(true), Mode(influence.upper())).repute.mode is mode


async def test_a_model_without_an_allowance_is_never_asked() -> None:
    script = Scripted(true)
    await travel(Road(module(script, "off")), waves(100), 0, 100)
    assert script.calls == 0


async def test_what_was_switched_off_is_not_asked() -> None:
    """By its harm, until a person joins another: the rules review, as if there were none."""
    script = Scripted(true)
    made = module(script, "veto")
    repute = made.mind.repute
    assert repute is not None
    repute.influence = replace(repute.influence, mode=Mode.OFF)
    said = await travel(Road(made), waves(100), 0, 100)
    assert script.calls == 0
    assert not any(isinstance(event, SynthesisRequested) for event in said)
    assert {e.synthesizer for e in said if isinstance(e, SynthesisCompleted)} == {"rules"}


class Renamed(Scripted):
    """Calls itself otherwise at every look, and in the end not at all."""

    looks = 0

    @property
    def name(self) -> str:  # type: ignore[override]
        self.looks += 1
        if self.looks > 2:
            raise RuntimeError("no name")
        return f"model-{self.looks}"


async def test_a_route_is_named_once() -> None:
    """By another name it would have another breaker, budget and influence."""
    script = Renamed(lambda context, call: replace(true(context, 1), route=f"model-{call}"))
    said = await travel(Road(module(script)), waves(300), 0, 300)
    told = [event for event in said if isinstance(event, CounterfactualRecorded)]
    assert {event.route for event in told} == {"model-1"}
    assert [event.code for event in told[:5]] == ["", *["SYN_REFUSED"] * 4]
    assert sum(isinstance(event, DecisionResponded) for event in said) == 29
    assert script.looks == 1


@pytest.mark.parametrize("name", ["", "two words", "\ud800", "x" * 81, None, 5])
def test_a_synthesizer_without_a_proper_name_is_refused_at_once(name: Any) -> None:
    script = Scripted(true)
    script.name = name
    with pytest.raises(BadInput, match="name"):
        Reviewing(script, Mode.SHADOW)


async def test_what_cannot_be_shown_is_reviewed_by_the_rules() -> None:
    script = Scripted(true)
    road, series = Road(module(script)), with_(waves(100), instrument="BTC USDT")
    await road.candles(series)
    said = await road.signal(signal(9, 99, instrument="BTC USDT", price=series.close.item(-1)))
    assert script.calls == 0
    assert {e.synthesizer for e in said if isinstance(e, SynthesisCompleted)} == {"rules"}
    assert sum(isinstance(event, DecisionResponded) for event in said) == 1


def opposes(context: Context, call: int) -> Reply:
    """A veto on a true claim: the spread."""
    path = "/quality/spread"
    claim = {"path": path, "op": "EQ", "unit": "bps", "refs": [], "polarity": "AGAINST"}
    claims = [
        claim | {"id": "c1", "value": written(context.leaves[path].value)},
        claim | {"id": "c2", "value": "0", "op": "GT", "path": "/evidence/n_eff", "unit": "count"},
    ]
    said = {
        "context_id": context.id, "claims": claims, "conflicts": loud_against(context), "missing": [],
        "stance": "OPPOSE", "tilt": -2, "veto": {"code": "LIQUIDITY", "claims": ["c1"]},
        "rationale": [{"text": "The spread {c1} speaks against the trade.", "claims": ["c1"]}],
    }  # fmt: skip
    return Reply(json.dumps(said), "model", 5.0, 100, 0.0001)


async def test_a_decision_held_out_by_lot_goes_as_if_nobody_had_been_asked() -> None:
    """And what the model would have done is told all the same, in both arms."""
    script = Scripted(opposes)
    made = module(script)
    repute = made.mind.repute
    assert repute is not None
    repute.influence = replace(repute.influence, gamma=1.0)
    said = await travel(Road(made), waves(140), 0, 140)
    told = {e.decision_id: e for e in said if isinstance(e, CounterfactualRecorded) if e.code == ""}
    answers = {e.decision_id: e for e in said if isinstance(e, DecisionResponded) if e.decision_id in told}
    vetoes = [event for event in said if isinstance(event, VetoRaised)]
    assert {event.claims for event in vetoes} == {("c1",)}
    assert [event.effective for event in vetoes] == [not one.holdout for one in told.values()]
    held = [one for one in told.values() if one.holdout]
    assert 0 < len(held) < len(told)
    for one in told.values():
        assert (one.vetoed, one.action_with) == (True, "veto")
        assert one.with_model < one.without
        answer = answers[one.decision_id]
        assert answer.p_final == (one.without if one.holdout else one.with_model)
        assert (answer.code == "LLM_VETO") is not one.holdout


async def test_a_restart_in_the_middle_changes_nothing() -> None:
    """Breaker, budget, influence and account are folded from what was told."""
    series, cut, first, second = waves(1_600), 900, Scripted(true), Scripted(true)
    whole, reborn = Road(module(first)), module(second)
    await travel(whole, series, 0, cut)
    for envelope in whole.rows.envelopes:
        if type(envelope.event) in {*reborn.consumes, *reborn.restores}:
            reborn.fold(envelope)
    second.calls = first.calls
    told, folded = whole.module.mind.repute, reborn.mind.repute
    assert told is not None
    assert folded is not None
    assert told.influence.learned > 0
    assert told.spending.tokens > 0
    for name in ("breaker", "spending", "influence", "worth", "counted_until"):
        assert getattr(folded, name) == getattr(told, name), name
    rest = Road(reborn)
    rest.clock.move(whole.clock.now())
    assert text(await travel(rest, series, cut, 1_600)) == text(await travel(whole, series, cut, 1_600))
