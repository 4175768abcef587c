"""What became of a decision is the same however its candles come, and is told when its horizon has passed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import barfinex.advisor.learning.waiting as subject
from barfinex.advisor.learning.admission import PENDING_MAX
from barfinex.advisor.learning.barriers import Touch, Trip, Watch
from barfinex.domain.candles import Series
from tests.advisor.builders import STEP, market
from tests.advisor.told import decision
from tests.advisor.watching import HORIZON, Hall, holed, made, now_of, plain

SIZE = 120


def wild(seed: int) -> Series:
    closes = 100.0 * np.exp(np.random.default_rng(seed).normal(0.0, 0.01, SIZE).cumsum())
    return market(closes)


def labels(series: Series, places: list[int], cuts: list[int], late: int = 0) -> list[tuple[object, ...]]:
    """All outcomes, with the candles cut at `cuts` and each decision heard of `late` candles after it."""
    hall = Hall()
    heard = {at: min(SIZE, at + 1 + late) for at in places}
    begin = 0
    for end in sorted({*cuts, *heard.values(), SIZE}):
        hall.close(series.block(begin, end))
        for at in places:
            if heard[at] == end:
                hall.expect(made(series, at))
        begin = end
    return plain(hall.room.admit(now_of(SIZE + HORIZON)))


@settings(deadline=None)
@given(
    st.integers(0, 50),
    st.sets(st.integers(5, SIZE - 2), min_size=1, max_size=12),
    st.lists(st.integers(1, SIZE), max_size=40),
    st.integers(0, HORIZON),
)
def test_the_partition_of_the_candles_changes_no_label(
    seed: int, places: set[int], cuts: list[int], late: int
) -> None:
    """I8: and it is the label that whole arrays give."""
    series, order = wild(seed), sorted(places)
    found = labels(series, order, cuts)
    assert found == labels(series, order, list(range(1, SIZE + 1)))
    assert found == labels(series, order, cuts, late)
    columns = (series.open, series.high, series.low, series.close)
    expected = []
    for at in order:
        told = made(series, at)
        trip = Trip(told.entry, told.direction.sign, 0.02, 0.04, HORIZON, 0.001)
        ended = Watch(trip).advance(*(column[at + 1 :] for column in columns))
        if isinstance(ended, Touch):
            expected.append((told.decision_id, ended.net_r, ended.barrier, now_of(at + 1 + ended.index)))
    assert [one[:4] for one in found] == expected


def test_a_label_is_admitted_a_candle_after_its_horizon_even_if_it_ended_at_once() -> None:
    series = market(np.array([100.0] * 5 + [103.0] * 30))
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(made(series, 4))
    hall.close(series.block(5, 35))
    due = now_of(4) + (HORIZON + 1) * STEP
    assert hall.room.due(("BTC-USDT", "1m")) is None, "it has ended: nothing has to come before"
    assert hall.room.admit(due - 1) == []
    (result,) = hall.room.admit(due)
    assert (result.barrier, result.touched_at) == ("stop", now_of(5))
    assert hall.room.admit(due + STEP) == []
    assert (len(hall.room), hall.room.dropped) == (0, 0)


def test_what_is_watched_says_when_it_is_due() -> None:
    series = market(np.full(40, 100.0))
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(made(series, 4))
    assert hall.room.due(("BTC-USDT", "1m")) == now_of(4) + (HORIZON + 1) * STEP
    assert hall.room.due(("ETH-USDT", "1m")) is None


@pytest.mark.parametrize("whole", [True, False])
def test_a_candle_that_is_missing_leaves_nothing_to_learn(whole: bool) -> None:
    """What happened in it is not known, whether it is missing inside a block or between two."""
    flat = market(np.full(40, 100.0))
    series = holed(flat, 8)
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(made(flat, 4))
    for begin, end in [(5, 39)] if whole else [(5, 8), (8, 39)]:
        hall.close(series.block(begin, end))
    assert hall.room.admit(now_of(60)) == []
    assert (len(hall.room), hall.room.dropped) == (0, 1)


@pytest.mark.parametrize("price", [np.nan, np.inf, 0.0, -1.0])
def test_a_price_that_is_none_leaves_nothing_to_learn(price: float) -> None:
    closes = np.full(40, 100.0)
    series = market(closes)
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(made(series, 4))
    closes[7] = price
    hall.close(market(closes).block(5, 40))
    assert hall.room.admit(now_of(60)) == []
    assert hall.room.dropped == 1


def test_a_trade_that_has_ended_counts_as_it_ended_and_one_that_has_not_does_not() -> None:
    series = market(np.full(40, 100.0))
    hall = Hall()
    hall.close(series.block(0, 5))
    for at in (2, 3, 4):
        hall.expect(made(series, at))
    names = [made(series, at).decision_id for at in (2, 3, 4)]
    hall.close(series.block(5, 40))
    hall.room.trade(names[0], -0.7, now_of(9))
    hall.room.trade(names[1], 3.0, now_of(99))
    hall.room.trade("dec-of-nobody", 1.0, now_of(9))
    traded, running, shadow = hall.room.admit(now_of(4 + HORIZON + 1))
    assert plain([traded]) == [(names[0], -0.7, "exit", now_of(9), False, "traded")]
    assert (running.source, running.barrier) == ("shadow", "horizon")
    assert (shadow.source, shadow.barrier, shadow.r_net) == ("shadow", "horizon", -0.001 / 0.02)


@pytest.mark.parametrize(("gone", "last"), [(6, 39), (30, 11)], ids=["a gap", "nothing came after"])
def test_a_trade_is_learned_from_whatever_became_of_its_shadow(gone: int, last: int) -> None:
    """Failed before: what was won or lost for real was forgotten with the candle that was missing."""
    flat = market(np.full(40, 100.0))
    series = holed(flat, gone)
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(made(flat, 4))
    hall.close(series.block(5, last))
    hall.room.trade(made(flat, 4).decision_id, -0.7, now_of(10))
    (traded,) = hall.room.admit(now_of(4 + HORIZON + 1))
    assert plain([traded]) == [(made(flat, 4).decision_id, -0.7, "exit", now_of(10), False, "traded")]
    assert traded.shadow_r is None
    assert (len(hall.room), hall.room.dropped) == (0, 0)


def test_what_is_unknown_is_forgotten_when_it_is_due_whoever_waits_longer() -> None:
    """Failed before: behind a decision on hours, what came to nothing on minutes was held for days."""
    flat = market(np.full(40, 100.0))
    series = holed(flat, 8)
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(replace(made(flat, 3), timeframe="1h"))
    hall.expect(made(flat, 4))
    hall.close(series.block(5, 39))
    assert len(hall.room) == 2
    assert hall.room.admit(now_of(4 + HORIZON + 1)) == []
    assert (len(hall.room), hall.room.dropped) == (1, 1)
    assert hall.room.take(made(flat, 4).decision_id) is None


def test_nobody_waits_twice() -> None:
    series = market(np.full(40, 100.0))
    hall = Hall()
    hall.close(series.block(0, 5))
    hall.expect(made(series, 4))
    hall.expect(made(series, 4, stop=0.5))
    hall.close(series.block(5, 40))
    assert len(hall.room.admit(now_of(60))) == 1


def test_those_that_wait_are_bounded_and_the_oldest_forgotten_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert PENDING_MAX == 4_096
    monkeypatch.setattr(subject, "PENDING_MAX", 3)
    series = market(np.full(40, 100.0))
    hall = Hall()
    for at in range(8):
        hall.close(series.block(at, at + 1))
        hall.expect(made(series, at))
        assert len(hall.room) <= 3
    hall.close(series.block(8, 40))
    told = [one[0] for one in plain(hall.room.admit(now_of(60)))]
    assert told == [made(series, at).decision_id for at in (5, 6, 7)]
    assert hall.room.dropped == 5


def test_what_was_told_before_a_restart_is_taken_once_and_the_rest_is_as_before() -> None:
    series = wild(3)
    places = [10, 12, 14, 16]

    def filled() -> Hall:
        hall = Hall()
        begin = 0
        for at in places:
            hall.close(series.block(begin, at + 1))
            hall.expect(made(series, at))
            begin = at + 1
        hall.close(series.block(begin, 60))
        return hall

    first, second = filled(), filled()
    told = first.room.admit(now_of(12 + HORIZON + 1))
    assert len(told) == 2
    for one in told:
        taken = second.room.take(one.waiting.decision.decision_id)
        assert taken is not None
        assert taken.decided_at == one.waiting.decided_at
        assert second.room.take(one.waiting.decision.decision_id) is None
    later = now_of(60)
    assert plain(second.room.admit(later)) == plain(first.room.admit(later))
    again = made(series, 10)
    second.expect(again)
    assert second.room.admit(later) == [], "it was learned from: it is not heard again"


def test_where_the_market_closes_the_horizon_is_one_of_time() -> None:
    """Five sessions of 120 candles with nights between them: the decision just before one ends at its last
    close."""
    night = 1_000
    ts = (np.arange(600) + np.arange(600) // 120 * night).astype(np.int64) * STEP
    close = np.full(600, 100.0)
    close[590:] = 100.5
    series = Series("BTC-USDT", "1m", ts, close, close * 1.001, close * 0.999, close, np.ones(600))
    hall = Hall()
    hall.close(series.block(0, 596))
    told = decision(1, ts.item(595) // STEP, entry=100.0)
    hall.expect(told)
    hall.close(series.block(596, 600))
    decided_at = told.candle_ts + STEP
    assert hall.room.admit(decided_at + HORIZON * STEP) == []
    (result,) = hall.room.admit(decided_at + (HORIZON + 1) * STEP)
    assert (result.barrier, result.touched_at) == ("horizon", decided_at + HORIZON * STEP)
    assert result.r_net == pytest.approx(0.005 / 0.02)
