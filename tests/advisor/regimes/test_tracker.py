"""The tracker says the same whatever the blocks, and nothing that rests on what comes later."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.advisor.learning.mixture import fit_mixture
from barfinex.advisor.regimes.course import Rotation
from barfinex.advisor.regimes.dwell import BELIEF, USUAL
from barfinex.advisor.regimes.states import State
from barfinex.advisor.regimes.tracker import COLD, RegimeTracker, Standing
from barfinex.domain.candles import Candles, Series
from tests.advisor.regimes.worlds import series, world

MARKET, _ = world(7, 1_400)
EVERY = 400


def track(market: Series, cuts: list[int], stop: int | None = None) -> tuple[list[Rotation], Standing]:
    tracker, found = RegimeTracker(refit_every=EVERY), []
    stop = len(market.ts) if stop is None else stop
    edges = sorted({0, stop, *(cut for cut in cuts if cut < stop)})
    for begin, end in pairwise(edges):
        found += [replace(r, index=r.index + begin) for r in tracker.advance(market.block(begin, end))]
    return found, tracker.state


WHOLE = track(MARKET, [])


@settings(max_examples=15)
@given(st.lists(st.integers(1, 1_399), max_size=40))
def test_any_blocks_give_the_same_bits(cuts: list[int]) -> None:
    assert track(MARKET, cuts) == WHOLE


def test_one_by_one_gives_the_same_bits() -> None:
    assert track(MARKET, list(range(1_400))) == WHOLE


@settings(max_examples=10)
@given(st.integers(1, 1_399))
def test_a_prefix_tells_the_same(stop: int) -> None:
    found, _ = track(MARKET, [], stop)
    assert found == [one for one in WHOLE[0] if one.index < stop]


def test_peek_parts_the_blocks_where_the_label_changes() -> None:
    tracker, found, at, blocks = RegimeTracker(refit_every=EVERY), [], 0, 0
    while at < 1_400:
        coming = MARKET.block(at)
        count = tracker.peek(coming)
        assert count == tracker.peek(coming)
        rotations = tracker.advance(coming.head(count))
        assert all(one.index == count - 1 for one in rotations)
        found += [replace(one, index=one.index + at) for one in rotations]
        at, blocks = at + count, blocks + 1
    assert found == WHOLE[0]
    assert blocks <= len(found) + 4


def test_peek_keeps_its_plan_through_smaller_steps_and_drops_it_elsewhere() -> None:
    tracker = RegimeTracker(refit_every=EVERY)
    first = tracker.peek(MARKET.block())
    tracker.advance(MARKET.block(0, 10))
    assert tracker.peek(MARKET.block(10)) == first - 10
    assert tracker.peek(MARKET.block(10, 13)) == 3
    copy, _ = world(7, 1_400)
    tracker.advance(copy.block(10, 40))
    assert tracker.peek(copy.block(40)) == first - 40


def test_peek_reads_no_candle_beyond_its_block() -> None:
    close = MARKET.close.copy()
    close[700:] = np.nan
    blind, seeing = RegimeTracker(refit_every=EVERY), RegimeTracker(refit_every=EVERY)
    other = series(close)
    for tracker, market in ((blind, other), (seeing, MARKET)):
        tracker.advance(market.block(0, 600))
    assert blind.peek(other.block(600, 700)) == seeing.peek(MARKET.block(600, 700))


def test_fits_are_due_after_the_cold_start_and_then_by_age() -> None:
    tracker = RegimeTracker(refit_every=EVERY)
    assert tracker.due == COLD
    tracker.advance(MARKET.block(0, COLD - 1))
    assert tracker.state.model_id == ""
    assert tracker.due == 1
    tracker.advance(MARKET.block(COLD - 1, COLD + 1))
    assert tracker.due == EVERY - 1
    assert tracker.fitted is not None
    assert tracker.state.model_id == tracker.fitted.mixture.model_id
    tracker.advance(MARKET.block(COLD + 1, COLD + EVERY + 1))
    assert tracker.fitted.ari is not None


def test_a_model_that_cannot_be_fitted_leaves_the_rules_in_charge() -> None:
    tracker = RegimeTracker(refit_every=EVERY)
    flat = series(np.full(1_400, 20.0))
    tracker.advance(flat.block())
    assert tracker.fitted is None
    assert tracker.state.model_id == ""
    assert sum(tracker.state.posterior) == pytest.approx(1.0)


def test_the_trainer_gets_thinned_warm_rows_and_the_model_before() -> None:
    given: list[Any] = []

    def trainer(rows: Any, seed: int, before: Any) -> Any:
        given.append((rows, seed, before))
        return fit_mixture(rows, seed, before)

    tracker = RegimeTracker(seed=5, refit_every=EVERY, trainer=trainer)
    tracker.advance(MARKET.block(0, COLD + EVERY))
    (rows, seed, before), (later, _, first) = given
    assert rows.shape == (110, 2)
    assert later.shape == (210, 2)
    assert seed == 5
    assert before is None
    assert first is not None
    assert np.isfinite(rows).all()


def test_rotations_tell_when_from_what_and_how_long() -> None:
    found, standing = WHOLE
    assert [one.before for one in found] == [State.UNKNOWN, *(one.after for one in found[:-1])]
    assert standing.label is found[-1].after
    assert standing.age == 1_400 - found[-1].index
    for earlier, later in pairwise(found):
        assert later.dwell == later.index - earlier.index
        assert later.known_at == (later.index + 1) * 60_000
    assert found[0].dwell == found[0].index


def test_an_expected_dwell_is_shrunk() -> None:
    found = RegimeTracker(refit_every=EVERY).advance(MARKET.block())
    stays: dict[State, list[int]] = {state: [] for state in State}
    for one in found:
        stays[one.before].append(one.dwell)
        known = stays[one.after]
        assert one.expected == pytest.approx((BELIEF * USUAL + sum(known)) / (BELIEF + len(known)))


def test_a_clear_trend_is_named_by_its_direction() -> None:
    rng = np.random.default_rng(1)
    returns = rng.normal(0.0, 0.001, 2_400)
    returns[700:1_000] += 0.0006
    returns[1_400:1_700] -= 0.0006
    returns[2_100:] -= 0.0006
    tracker, names = RegimeTracker(refit_every=EVERY), {}
    market = series(100.0 * np.exp(returns.cumsum()))
    for start in range(0, 2_400, 50):
        tracker.advance(market.block(start, start + 50))
        names[start + 50] = tracker.state.label
    assert names[1_700] is State.TREND_DOWN
    assert names[2_400] is State.TREND_DOWN
    assert names[2_000] in {State.RANGE, State.STRESS}


def test_bad_prices_raise_nothing_and_tell_nothing() -> None:
    close = MARKET.close.copy()
    close[::7], close[3::50], close[5::91] = np.nan, -1.0, np.inf
    holed = series(close)
    found, standing = track(holed, [])
    assert track(holed, list(range(0, 1_400, 9))) == (found, standing)
    assert np.isfinite(standing.posterior).all()


def test_a_schedule_of_no_candles_is_refused() -> None:
    with pytest.raises(ValueError, match="refit_every 0"):
        RegimeTracker(refit_every=0)


def test_a_block_of_one_candle_is_enough() -> None:
    tracker = RegimeTracker()
    one: Candles = MARKET.block(0, 1)
    assert tracker.peek(one) == 1
    assert tracker.advance(one) == []
    assert tracker.state.label is State.UNKNOWN
