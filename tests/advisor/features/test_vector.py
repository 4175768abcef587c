"""A vector of features is complete, finite, turned towards the signal, and known in time."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import json
from msgspec.structs import replace

from barfinex.advisor.features import sources
from barfinex.advisor.features.candles import atr, reading
from barfinex.advisor.features.table import CANDLE, NAMES, SIGNED, TABLE, Source
from barfinex.advisor.features.vector import Features, Reading
from barfinex.domain.signal import Bracket, Direction
from tests.advisor.features.made import STEP, market, signal

SERIES = market()
CANDLES = SERIES.block()


def everything(direction: Direction = Direction.LONG) -> Features:
    sent = signal(direction=direction)
    step, usual = SERIES.step_ms, atr(CANDLES)
    return Features.of(
        direction,
        [
            reading(CANDLES),
            sources.funding(0.0001, 10),
            sources.earlier(sent, sent.candle_ts - 4 * STEP, step),
            sources.bracket(sent, usual, step),
            sources.strategy(0.45, 2.5, 3, 20),
        ],
    )


def test_there_are_twenty_four_each_with_its_documentation() -> None:
    assert len(NAMES) == len(set(NAMES)) == 24
    assert all(one.unit and one.formula and one.lookback >= 0 for one in TABLE)
    assert {one.source for one in TABLE} == set(Source)


def test_all_but_the_flow_is_known_from_the_rest() -> None:
    found = everything()
    flow = {one.name for one in TABLE if one.source is Source.FLOW}
    assert set(found.missing) == flow
    assert all(found.get(name) is None for name in flow)
    assert found.get("since_signal") == pytest.approx(np.log(5.0))
    assert found.get("reward_risk") == 2.0
    assert found.get("stop_atr") == pytest.approx(0.02 / (atr(CANDLES) or 0.0))
    assert (found.get("hit_rate"), found.get("drawdown_r"), found.get("losing_streak")) == (0.45, 2.5, 3.0)
    assert found.known_at == CANDLES.known_at


def test_the_other_side_turns_what_is_signed_and_nothing_else() -> None:
    long, short = everything(), everything(Direction.SHORT)
    for name, one, other in zip(NAMES, long.values, short.values, strict=True):
        assert other == (-one if name in SIGNED else one), name
    assert long.get("funding") == -0.0001


def test_the_vector_is_as_new_as_its_newest_feature() -> None:
    """B16: the outcome to come, as a feature, is known when the outcome is."""
    assert everything().known_at == CANDLES.known_at
    leak = Reading({"hit_rate": 1.0}, CANDLES.known_at + 240 * STEP)
    found = Features.of(Direction.LONG, [reading(CANDLES), leak])
    assert (found.known_at, found.newest) == (leak.known_at, "hit_rate")


def test_a_missing_one_has_no_say_in_what_was_known_when() -> None:
    found = Features.of(Direction.LONG, [reading(CANDLES), Reading({"funding": None}, 10**15)])
    assert found.known_at == CANDLES.known_at


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_what_is_not_finite_is_missing(bad: float | None) -> None:
    found = Features.of(Direction.LONG, [Reading({"funding": bad}, 1)])
    assert found.missing == NAMES
    assert not any(found.values)


def test_a_name_that_is_none_or_is_told_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="detector_score is no feature"):
        Features.of(Direction.LONG, [Reading({"detector_score": 0.7}, 1)])
    with pytest.raises(ValueError, match="ret_1 is told twice"):
        Features.of(Direction.LONG, [reading(CANDLES), reading(CANDLES)])


def test_a_vector_cannot_hold_what_is_not_finite() -> None:
    found = everything()
    with pytest.raises(ValueError, match="feature ret_1 is nan"):
        replace(found, values=(float("nan"), *found.values[1:]))
    with pytest.raises(ValueError, match="missing and yet"):
        replace(found, missing=("ret_1",))
    with pytest.raises(ValueError, match="values for 24"):
        replace(found, values=found.values[1:])


def test_it_is_plain_data() -> None:
    found = everything()
    assert json.decode(json.encode(found), type=Features) == found


def test_what_is_not_known_beside_the_candles_is_missing() -> None:
    sent = signal(bracket=None)
    assert sources.bracket(sent, 0.01, STEP).values == {"stop_atr": None, "reward_risk": None}
    assert sources.bracket(signal(), None, STEP).values["stop_atr"] is None
    assert sources.bracket(signal(bracket=Bracket(0.02)), 0.01, STEP).values["reward_risk"] is None
    assert sources.earlier(sent, None, STEP).values["since_signal"] is None
    assert sources.earlier(sent, sent.candle_ts, STEP).values["since_signal"] is None
    assert sources.funding(None, 1).values["funding"] is None


def test_candle_features_come_in_the_order_of_the_table() -> None:
    assert [name for name in NAMES if name in CANDLE] == list(CANDLE)
