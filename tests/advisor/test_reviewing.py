"""A language model at stage 6: whatever it does, a decision ends once, and it moves no more than it may."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention, Reply, Source
from barfinex.advisor.llm.rules import RuleSynthesizer
from barfinex.advisor.module import AdvisorModule
from barfinex.advisor.reviewing import Reviewing
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import IntentProposed, SynthesisCompleted
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.advisor_review import SynthesisAbstained
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


def lies(context: Context, call: int) -> Reply:
    said = json.loads(RuleSynthesizer().review(context).text)
    said["claims"][0]["value"] = "987654"
    return Reply(json.dumps(said), "model", 5.0, 100, 0.0001)


NONSENSE: dict[str, Answer] = {
    "raises": fails,
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
    plain = await travel(Road(module(Scripted(true), "off")), waves(300), 0, 300)
    assert [event.p_final for event in answers] == [
        event.p_final for event in plain if isinstance(event, DecisionResponded)
    ]


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
    assert Reviewing(Scripted(true), Mode(influence.upper())).mode is mode


async def test_a_model_without_an_allowance_is_never_asked() -> None:
    script = Scripted(true)
    await travel(Road(module(script, "off")), waves(100), 0, 100)
    assert script.calls == 0


async def test_a_restart_in_the_middle_changes_nothing() -> None:
    """Breaker, budget, influence and account are folded from what was told."""
    series, cut, first, second = waves(1_600), 900, Scripted(true), Scripted(true)
    whole, reborn = Road(module(first)), module(second)
    await travel(whole, series, 0, cut)
    for envelope in whole.rows.envelopes:
        if type(envelope.event) in {*reborn.consumes, *reborn.restores}:
            reborn.fold(envelope)
    second.calls = first.calls
    rest = Road(reborn)
    rest.clock.move(whole.clock.now())
    assert text(await travel(rest, series, cut, 1_600)) == text(await travel(whole, series, cut, 1_600))
