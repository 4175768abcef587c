"""How a decision ends: one event, which commits to all that was said on the way."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.costs import Expense
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.ladder import Ladder
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.response import STOP_MAX, reached, respond
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Bracket, Direction, Regime, SignalKind
from barfinex.events.advisor_response import DecisionResponded
from tests.advisor.builders import (
    ACCOUNT,
    COSTS,
    MOTION,
    NOW,
    QUOTE,
    STEP,
    case,
    desk,
    facts,
    features,
    known,
    serving,
    signal,
)
from tests.advisor.road import Road, names
from tests.advisor.said import decided

pytestmark = pytest.mark.anyio
HORIZON = 240
EXPENSE = Expense(COSTS.round_trip(QUOTE.spread_bps), COSTS.slippage_bps / 1e4)


def answered(
    sent: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    told: dict[str, Any] | None = None,
    **changes: Any,
) -> DecisionResponded:
    asked, given = case(**(sent or {})), facts(**changes)
    made = desk(AdvisorConfig.model_validate(config or {}), **(told or {}))
    declined, _, trace = decided(asked, given, made)
    return respond(asked, given, trace.last, declined, EXPENSE, HORIZON)


def test_what_was_known_later_than_the_decision_is_not_learned_from() -> None:
    """I17. Failed before: it was declined, and its features went to the training all the same."""
    late = answered(features=features(known_at=NOW + 1))
    assert (late.code, late.features, late.missing) == (Code.CTX_FUTURE_TIMESTAMP, (), ())
    seen = answered(config={"authority": "observe"}, features=features(known_at=NOW + 1))
    assert seen.features == ()
    assert len(answered(features=features(known_at=NOW)).features) == len(NAMES)


def test_an_approved_decision_tells_all_that_is_learned_from_later() -> None:
    made = answered(told={"serving": serving()})
    assert (made.approved, made.code, made.stage, made.value, made.limit) == (True, "", "", "", "")
    assert (made.entry, made.mid, made.stop) == (100.01, 100.0, 0.02)
    assert made.target == pytest.approx(0.06)
    assert made.features == facts().features.values
    assert (made.posterior, made.regime) == (facts().regime.posterior, Regime.RANGE)
    assert (made.model_id, made.horizon) == (serving().id, HORIZON)
    assert [name for name, _ in made.rungs] == ["prior", "base", "regime", "logistic", "calibrated"]
    assert made.lcb < made.p_final
    assert made.size > 0.0
    assert made.cost == pytest.approx(COSTS.round_trip(2.0))


STAGES: list[tuple[str, dict[str, Any]]] = [
    ("context", {"is_repeated": True}),
    ("quality", {"score": 0.1}),
    ("evidence", {"told": {"verdict": Verdict(0.4, rejected=True, drift=False)}}),
    ("conviction", {"config": {"conviction_min": 0.9}}),
    ("calibration", {"told": {"payoff": Payoff(0.5, -1.1, 0.0)}}),
    ("synthesis", {"config": {"review_required": True}}),
    ("validation", {"config": {"spread_bps_max": 0.5}}),
    ("intent", {"told": {"halted": "global"}}),
]


@pytest.mark.parametrize(("stage", "wrong"), STAGES)
def test_a_decline_tells_its_stage_and_as_much_as_was_reached(stage: str, wrong: dict[str, Any]) -> None:
    made = answered(**wrong)
    assert (made.approved, made.stage) == (False, stage)
    assert made.code != ""
    assert made.trace_hash != ""
    names = [name for name, _ in STAGES]
    place = names.index(stage)
    assert (made.rungs != ()) is (place >= names.index("conviction"))
    assert (made.lcb > 0.0) is (place >= names.index("calibration"))
    assert (made.size > 0.0) is (place >= names.index("validation"))
    assert made.features != ()
    assert made.stop == 0.02, "what was declined is learned from, too"


CHANGES: list[dict[str, Any]] = [
    {"motion": replace(MOTION, atr=0.0030001)},
    {"quote": replace(QUOTE, ask=100.0100001)},
    {"account": replace(ACCOUNT, equity=100_000.1)},
    {"features": features([0.1000001] + [0.1] * 23)},
    {"score": 0.9},
    {"told": {"verdict": Verdict(0.999999, rejected=False, drift=False)}},
    {"told": {"known": known(base=0.5000001)}},
    {"told": {"known": known(labels=121)}},
    {"told": {"known": known(ladder=replace(Ladder(), loss=1e-9))}},
    {"told": {"payoff": Payoff(2.5000001, -1.1, 100.0)}},
    {"told": {"costs": replace(COSTS, fee=0.00050001)}},
    {"told": {"carry": 1e-9}},
    {"told": {"share": 0.9999}},
    {"told": {"serving": serving()}},
    {"told": {"serving": serving(1.1)}},
    {"sent": {"price": 100.0000001}},
    {"sent": {"expires_at": 302 * STEP - 1}},
    {"config": {"size_max": 0.0200001}},
]


def test_the_hash_commits_to_every_number_of_every_stage() -> None:
    """No two of them alike, and the same again for the same."""
    found = [answered(**change).trace_hash for change in ({}, *CHANGES)]
    assert len(set(found)) == len(found)
    assert answered().trace_hash == found[0]
    assert len({answered(**wrong).trace_hash for _, wrong in STAGES}) == len(STAGES)


def test_nothing_reached_is_nothing_said() -> None:
    made = respond(case(), facts(), None, None, EXPENSE, HORIZON)
    assert (made.trace_hash, made.p_final, made.rungs, made.lcb) == ("", 0.5, (), 0.0)
    assert reached(None).context is None


@pytest.mark.parametrize(
    ("bracket", "stop", "target", "horizon"),
    [
        (None, 0.0, 0.0, HORIZON),
        (Bracket(0.02), 0.02, 0.0, HORIZON),
        (Bracket(0.995, 0.5), STOP_MAX, 0.4974874, HORIZON),
        (Bracket(0.02, 0.04, 10 * STEP), 0.02, 0.04, 10),
        (Bracket(0.02, 0.04, 1), 0.02, 0.04, 1),
        (Bracket(0.02, 0.04, 10_000 * STEP), 0.02, 0.04, HORIZON),
    ],
)
def test_the_barriers_are_the_signals_own(
    bracket: Bracket | None, stop: float, target: float, horizon: int
) -> None:
    made = answered({"bracket": bracket})
    assert (made.stop, made.horizon) == (stop, horizon)
    assert made.target == pytest.approx(target)


def test_a_short_enters_at_the_bid() -> None:
    made = answered({"direction": Direction.SHORT})
    assert (made.entry, made.direction) == (99.99, Direction.SHORT)


@pytest.mark.parametrize("authority", ["gate", "observe"])
async def test_every_entry_is_answered_exactly_once_and_last(authority: str) -> None:
    """Whatever is wrong with it, before there is a market and after."""
    road = Road(authority=authority)
    sent = [
        signal(1),
        signal(1),
        signal(2, expires_at=-1),
        signal(3, instrument="ETH-USDT"),
        signal(4, bracket=None),
        signal(5, bracket=Bracket(1e-9, 1e-9)),
        signal(6, direction=Direction.SHORT),
        signal(7, timeframe="1h"),
        signal(8, price=1e-300),
        signal(9, candle_ts=10**15),
    ]
    for with_market in (False, True):
        if with_market:
            await road.candles()
        for one in sent:
            said = await road.signal(replace(one, id=f"sig-{int(with_market)}-{one.id}"))
            assert names(said).count("DecisionResponded") == 1
            answer = said[-1]
            assert isinstance(answer, DecisionResponded)
            assert answer.approved is ("IntentProposed" in names(said))
            assert answer.approved is not ("SignalDeclined" in names(said))
            if authority == "observe":
                assert answer.approved
    exit_of = signal(10, kind=SignalKind.EXIT, trade_id="trd-1", bracket=None)
    assert names(await road.signal(exit_of)) == ["IntentProposed"]
