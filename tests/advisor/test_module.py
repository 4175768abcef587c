"""The Advisor on the bus: what it publishes, what it learns, and that it is the same after a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from barfinex.advisor.codes import Code
from barfinex.config import AdvisorConfig
from barfinex.domain.ids import kin
from barfinex.domain.signal import Bracket, SignalKind
from barfinex.events.advisor import GateObserved, IntentProposed, OutcomeLearned, SignalDeclined
from barfinex.events.base import Event
from tests.advisor.builders import market, signal
from tests.advisor.road import Road, advisor, text

pytestmark = pytest.mark.anyio
STAGES = [
    "ContextGathered",
    "QualityGraded",
    "EvidenceWeighed",
    "ConvictionScored",
    "ConvictionCalibrated",
    "SynthesisCompleted",
    "ExecutionValidated",
    "IntentProposed",
]


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_a_good_signal_passes_all_eight_stages() -> None:
    road = Road()
    await road.candles()
    answer = await road.signal(signal())
    assert names(answer) == STAGES
    assert {event.decision_id for event in answer} == {"dec-0000000000000001"}  # type: ignore[attr-defined]


async def test_a_declined_signal_ends_with_the_reason() -> None:
    road = Road()
    await road.candles()
    answer = await road.signal(signal(bracket=Bracket(0.02, 0.01)))
    assert names(answer) == [*STAGES[:-1], "SignalDeclined"]
    declined = answer[-1]
    assert isinstance(declined, SignalDeclined)
    assert (declined.stage, declined.code) == ("validation", Code.REWARD_RISK_TOO_LOW)
    assert (declined.value, declined.limit) == ("0.5", "0.8")


async def test_observing_declines_nothing_and_records_every_objection() -> None:
    road = Road(authority="observe", conviction_min=1.0, spread_bps_max=0.0, reward_risk_min=100.0)
    answer = await road.signal(signal(expires_at=-1))
    assert [name for name in names(answer) if name != "GateObserved"] == STAGES
    assert [event.code for event in answer if isinstance(event, GateObserved)] == [
        Code.SIGNAL_EXPIRED,
        Code.CANDLES_MISSING,
        Code.QUALITY_TOO_LOW,
        Code.CONVICTION_TOO_LOW,
        Code.SPREAD_TOO_WIDE,
        Code.REWARD_RISK_TOO_LOW,
    ]


async def test_an_exit_is_never_declined_nor_judged() -> None:
    road = Road(conviction_min=1.0)
    exit_signal = signal(kind=SignalKind.EXIT, trade_id="trd-7", bracket=None, expires_at=-1)
    (answer,) = await road.signal(exit_signal)
    assert isinstance(answer, IntentProposed)
    assert (answer.intent.kind, answer.intent.trade_id) == (SignalKind.EXIT, "trd-7")
    assert answer.intent.conviction is None


async def test_a_closed_trade_becomes_a_label_with_the_conviction_then_held() -> None:
    road = Road()
    await road.candles()
    proposed = (await road.signal(signal()))[-1]
    (learned,) = await road.outcome(signal(), "-5")
    assert isinstance(proposed, IntentProposed)
    assert proposed.intent.conviction is not None
    assert isinstance(learned, OutcomeLearned)
    assert (learned.won, learned.r_net, learned.labels) == (False, -1.0, 1)
    assert learned.conviction == proposed.intent.conviction.calibrated
    assert learned.decision_id == kin("dec", signal().id)


async def test_a_trade_of_a_declined_signal_teaches_nothing() -> None:
    road = Road()
    await road.signal(signal())
    assert await road.outcome(signal(), "5") == []


async def story(road: Road, block: int = 0) -> list[str]:
    """Candles, then forty decisions with outcomes, then one more decision."""
    await road.candles(block=block)
    answers: list[Event] = []
    for number in range(40):
        sent = signal(number)
        answers += await road.signal(sent)
        answers += await road.outcome(sent, "1" if number % 3 else "-1")
    return text(answers)


async def test_equal_inputs_give_equal_bytes_in_blocks_and_one_by_one() -> None:
    """I8: neither a second run nor another partition of the candles changes a byte."""
    first = await story(Road())
    assert len(first) > 300
    assert await story(Road()) == first
    assert await story(Road(), block=1) == first
    assert await story(Road(), block=77) == first


async def test_a_restarted_module_answers_as_the_old_one_would() -> None:
    """Folding the journal gives the state that handling gave."""
    old = Road()
    await story(old)
    reborn = advisor(AdvisorConfig())
    for envelope in old.rows.envelopes:
        if isinstance(envelope.event, reborn.consumes):
            reborn.fold(envelope)
    new = Road(reborn)
    new.clock.move(old.clock.now())
    sent = signal(99)
    assert text(await new.signal(sent)) == text(await old.signal(sent))


async def test_learning_moves_the_next_decision() -> None:
    road = Road()
    first, *_, last = [line for line in await story(road) if "conviction_calibrated" in line]
    assert '"slope":1.0' in first
    assert '"slope":1.0,' not in last


async def test_a_block_is_taken_whole() -> None:
    block = market().block()
    assert Road().module.quiet(block) == len(block)


async def test_provisional_prices_are_not_decided_on() -> None:
    """I17: what may still change is no ground for a decision."""
    series = market()
    road = Road()
    await road.candles(replace(series, provenance=type(series.provenance).PROVISIONAL))
    declined = (await road.signal(signal()))[-1]
    assert isinstance(declined, SignalDeclined)
    assert declined.code == Code.QUALITY_TOO_LOW
