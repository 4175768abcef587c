"""The Advisor on the bus: what it publishes, what it learns, and that it is the same after a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace as change

from barfinex.advisor.codes import Code
from barfinex.clock import VirtualClock
from barfinex.config import Config
from barfinex.domain.candles import Series
from barfinex.domain.ids import kin
from barfinex.domain.signal import Bracket, SignalKind
from barfinex.events.advisor import GateObserved, IntentProposed, SignalDeclined
from barfinex.events.advisor_learning import ModelSwitched, ModelTrained, OutcomeAttributed, OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import BookSampled
from tests.advisor.builders import market, signal
from tests.advisor.learning_road import HORIZON, travel, waves
from tests.advisor.road import Road, advisor, names, text

pytestmark = pytest.mark.anyio
STAGES = [
    "DecisionRequested",
    "RegimeObserved",
    "ContextGathered",
    "ContextDegraded",
    "QualityGraded",
    "EvidenceWeighed",
    "ConvictionScored",
    "ConvictionCalibrated",
    "SynthesisCompleted",
    "ExecutionValidated",
    "SizeRecommended",
    "ConvictionAttributed",
    "IntentProposed",
    "DecisionResponded",
]
DAILY = {"EfficiencyReported", "HealthReported", "AllocationRecommended", "LowConfidenceFound"}
SENT = signal(price=market().close.item(-1))
LEARNING: dict[str, Any] = {"horizon_candles": HORIZON, "regime_refit_candles": 500}


async def test_a_good_signal_passes_all_eight_stages() -> None:
    road = Road()
    await road.candles()
    answer = await road.signal(SENT)
    assert [name for name in names(answer) if name not in DAILY] == STAGES
    about = {event.decision_id for event in answer if hasattr(event, "decision_id")}
    assert about == {"dec-0000000000000001"}


async def test_a_declined_signal_ends_with_the_reason_and_one_answer() -> None:
    road = Road(reward_risk_min=1.2)
    await road.candles()
    answer = await road.signal(signal(bracket=Bracket(0.02, 0.01)))
    declined, responded = answer[-2:]
    assert isinstance(declined, SignalDeclined)
    assert isinstance(responded, DecisionResponded)
    assert (declined.stage, declined.code) == ("validation", Code.EX_RR_BELOW_MIN)
    assert (responded.approved, responded.code, responded.limit) == (False, Code.EX_RR_BELOW_MIN, "1.2")
    assert not any(isinstance(event, IntentProposed) for event in answer)


async def test_observing_declines_nothing_and_records_every_objection() -> None:
    road = Road(authority="observe", conviction_min=1.0, spread_bps_max=0.0)
    answer = await road.signal(signal(expires_at=-1))
    codes = [event.code for event in answer if isinstance(event, GateObserved)]
    assert codes[:2] == [Code.CTX_SIGNAL_MALFORMED, Code.CTX_SIGNAL_EXPIRED]
    assert {Code.CV_BELOW_FLOOR, Code.EX_SPREAD_TOO_WIDE, Code.EM_TTL_EXPIRED} < set(codes)
    assert isinstance(answer[-1], DecisionResponded)
    assert answer[-1].approved


async def test_an_exit_is_never_declined_nor_judged() -> None:
    road = Road(conviction_min=1.0)
    exit_signal = signal(kind=SignalKind.EXIT, trade_id="trd-7", bracket=None, expires_at=-1)
    (answer,) = await road.signal(exit_signal)
    assert isinstance(answer, IntentProposed)
    assert (answer.intent.kind, answer.intent.trade_id) == (SignalKind.EXIT, "trd-7")
    assert answer.intent.conviction is None


async def test_a_signal_is_decided_once() -> None:
    road = Road()
    await road.candles()
    await road.signal(signal())
    assert (await road.signal(signal()))[-2].code == Code.CTX_SIGNAL_DUPLICATE  # type: ignore[attr-defined]


async def test_a_closed_trade_is_taken_apart_and_its_parts_sum_to_the_result() -> None:
    road = Road()
    await road.candles()
    await road.signal(SENT)
    (told,) = await road.outcome(SENT, "0.02")
    assert isinstance(told, OutcomeAttributed)
    assert told.decision_id == kin("dec", signal().id)
    assert sum(part for _, part in told.components) == pytest.approx(told.r_net, abs=1e-12)


async def test_every_signal_is_learned_at_its_horizon_and_not_before() -> None:
    """Declined ones, too; and a label never comes before its time."""
    series = waves(400)
    road = Road(**LEARNING, conviction_min=1.0)
    said = await travel(road, series, 0, 400)
    answers = [event for event in said if isinstance(event, DecisionResponded)]
    labels = [event for event in said if isinstance(event, OutcomeLabelled)]
    assert not any(answer.approved for answer in answers)
    assert [label.decision_id for label in labels] == [one.decision_id for one in answers[: len(labels)]]
    assert len(labels) >= len(answers) - 3
    by_id = {one.decision_id: one for one in answers}
    for label in labels:
        decided_at = by_id[label.decision_id].candle_ts + 60_000
        assert label.admitted_at > decided_at + HORIZON * 60_000
        assert decided_at < label.touched_at <= decided_at + HORIZON * 60_000
        assert label.source == "shadow"


async def test_equal_inputs_give_equal_bytes_in_blocks_and_one_by_one() -> None:
    """I8: neither a second run nor another partition of the candles changes a byte; with models and
    regimes."""
    series = waves(1_600)
    first = text(await travel(Road(**LEARNING), series, 0, 1_600))
    assert any("model_trained" in line for line in first)
    assert any("regime_refitted" in line for line in first)
    assert text(await travel(Road(**LEARNING), series, 0, 1_600)) == first
    assert text(await travel(Road(**LEARNING), series, 0, 1_600, block=1)) == first
    assert text(await travel(Road(**LEARNING), series, 0, 1_600, block=7)) == first


def holed(series: Series) -> Series:
    """With one candle in fifty missing, so that every fifth label comes to nothing."""
    kept = np.flatnonzero(np.arange(len(series.ts)) % 50 != 25)
    columns = (getattr(series, name)[kept] for name in ("ts", "open", "high", "low", "close", "volume"))
    return Series("BTC-USDT", "1m", *columns)


def reborn(road: Road) -> Road:
    """An Advisor that folds the journal of another, at the same moment."""
    module = advisor(**LEARNING)
    folded = {*module.consumes, *module.restores}
    for envelope in road.rows.envelopes:
        if type(envelope.event) in folded:
            module.fold(envelope)
    again = Road(module)
    again.clock.move(road.clock.now())
    return again


@pytest.mark.parametrize("cut", [590, 1_300])
@pytest.mark.parametrize("series", [waves(2_000), holed(waves(2_000))], ids=["whole", "with gaps"])
async def test_a_restart_in_the_middle_of_learning_changes_nothing(series: Series, cut: int) -> None:
    """Folding the journal gives the state that handling gave: what comes after is equal to the byte, and so
    is what waits. Failed before where labels came to nothing, and before there was a first model."""
    whole, end = Road(**LEARNING), len(series.ts)
    await travel(whole, series, 0, cut)
    again = reborn(whole)
    waiting, restored = whole.module.mind.learner.waiting, again.module.mind.learner.waiting
    assert (len(restored), restored.dropped) == (len(waiting), waiting.dropped)
    assert bool(waiting.dropped) is (end < 2_000)
    rest = text(await travel(whole, series, cut, end))
    assert sum("model_trained" in line for line in rest) >= 1
    assert text(await travel(again, series, cut, end)) == rest


async def test_a_restart_knows_when_a_decision_was_asked_for_not_when_it_was_written_down() -> None:
    """Failed before: in real time a decision takes a while, and after a restart it waited that much longer
    for its outcome."""

    class Running(VirtualClock):
        def now(self) -> int:
            self.move(super().now() + 1)
            return super().now()

    series = waves(400)
    whole = Road(clock=Running(), **LEARNING)
    said = await travel(whole, series, 0, 400)
    labels, again = (road.module.mind.learner.labels for road in (whole, reborn(whole)))
    assert len(labels) == sum(isinstance(event, OutcomeLabelled) for event in said) > 10
    assert [one.decided_at for one in again] == [one.decided_at for one in labels]


async def test_what_is_learned_moves_the_next_decision() -> None:
    series = waves(2_400)
    said = await travel(Road(**LEARNING), series, 0, 2_400)
    answers = [event for event in said if isinstance(event, DecisionResponded)]
    assert sum(isinstance(event, ModelTrained) for event in said) >= 3
    assert answers[0].model_id == ""
    assert answers[-1].model_id != ""
    assert answers[-1].p_final != answers[0].p_final


async def test_prices_that_are_not_final_or_no_prices_are_not_decided_on() -> None:
    """I17: what may still change, or is no number, is no ground for a decision."""
    series = market()
    road = Road()
    await road.candles(replace(series, provenance=type(series.provenance).PROVISIONAL))
    assert (await road.signal(signal()))[-1].code == Code.DQ_CANDLE_UNFINAL  # type: ignore[attr-defined]
    holed = series.close.copy()
    holed[280] = np.nan
    road = Road()
    await road.candles(replace(series, close=holed))
    assert (await road.signal(signal()))[-1].code == Code.DQ_PRICE_OUTLIER  # type: ignore[attr-defined]


async def test_a_model_that_is_cut_short_or_of_another_version_is_refused_and_what_serves_goes_on() -> None:
    road = Road(**LEARNING)
    said = await travel(road, waves(1_500), 0, 1_500)
    trained = [event for event in said if isinstance(event, ModelTrained)][-1]
    champion = road.module.mind.learner.seats.race.champion
    for artefact in (trained.artefact[:-40], trained.artefact.replace('"schema":1', '"schema":2')):
        told = (await road.send(change(trained, artefact=artefact)))[-1]
        assert isinstance(told, ModelSwitched)
        assert (told.kind, told.after) == ("refused", champion)
    assert road.module.mind.learner.seats.race.champion == champion


@pytest.mark.parametrize(
    ("started", "depth", "code"),
    [
        (True, 1e6, ""),
        (True, 10.0, "EX_DEPTH_INSUFFICIENT"),
        (False, 1e6, "EX_DEPTH_INSUFFICIENT"),
        (True, None, "EX_DEPTH_INSUFFICIENT"),
    ],
)
async def test_the_first_entry_already_is_held_against_the_book(
    started: bool, depth: float | None, code: str
) -> None:
    """I4. Failed before: until a trade had closed the limit held nothing back."""
    road = Road(depth_share_max=0.2, slippage_bps_max=500)
    if started:
        config = Config().model_dump(mode="json")
        await road.send(
            RunStarted(mode="m", version="1", config=config, config_hash="", strategies={}, data={})
        )
    await road.candles()
    if depth is not None:
        sides = {"bids": ((SENT.price * 0.9999, depth),), "asks": ((SENT.price * 1.0001, depth),)}
        await road.send(BookSampled(instrument="BTC-USDT", **sides))
    answer = (await road.signal(SENT))[-1]
    assert isinstance(answer, DecisionResponded)
    assert answer.code == code
