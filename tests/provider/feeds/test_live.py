"""The live feed in virtual time: what fails is told within its bound, and nothing is built on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import numpy as np
import pytest

from barfinex.domain.candles import Candles, Provenance
from barfinex.events.provider import CandlesClosed, DataChecked, FeedRecovered, FeedStalled, TradePrinted
from barfinex.provider.feeds.crosscheck import BOOK_EVERY_MS
from barfinex.provider.feeds.keeper import AGE_MS_MAX
from barfinex.provider.feeds.live import Around
from barfinex.provider.streams.messages import Depth, Print
from tests.provider.feeds.source import NAME, STEP, T0, Watched


@asynccontextmanager
async def watched(corrected: Callable[[Candles], None] = lambda _: None) -> AsyncIterator[Watched]:
    """A feed that is live."""
    made = Watched(Around(corrected=corrected))
    async with anyio.create_task_group() as group:
        group.start_soon(made.feed, made.port)
        await made.pass_by(100)
        await made.pass_by(3_000, made.both)
        assert made.is_live
        yield made
        group.cancel_scope.cancel()


def closes(made: Watched) -> list[int]:
    """Starts of all candles that were published, in order."""
    return [int(ts) for event in made.events(CandlesClosed) for ts in event.candles.ts]  # type: ignore[attr-defined]


async def test_nothing_is_entered_on_history_before_the_feed_is_live() -> None:
    async with watched() as made:
        kinds = [type(row.event) for row in made.journal.rows]
        first = [kinds.index(kind) for kind in (FeedStalled, CandlesClosed, FeedRecovered)]
        assert first == sorted(first)


async def test_history_comes_first_and_then_one_candle_a_minute() -> None:
    async with watched() as made:
        assert len(closes(made)) == 5
        first = T0 // STEP * STEP
        made.source.bars[first] = [first, 100, 102, 98, 100, 60]
        await made.pass_by(3 * STEP, made.both)
        assert np.diff(closes(made)).tolist() == [STEP] * (len(closes(made)) - 1)
        assert len(closes(made)) >= 7


async def test_a_candle_that_began_before_us_is_the_exchanges_own() -> None:
    """It lacks trades that we did not hear."""
    async with watched() as made:
        first = T0 // STEP * STEP
        made.source.bars[first] = [first, 100, 177, 98, 100, 60]
        await made.pass_by(STEP, made.both)
        (found,) = [e.candles for e in made.events(CandlesClosed) if e.candles.last_ts == first]  # type: ignore[attr-defined]
        assert found.high[-1] == 177


@pytest.mark.parametrize("pings", [False, True])
async def test_a_silent_stall_is_found_within_ten_seconds(pings: bool) -> None:
    """F41, F42: whatever else still answers. R69."""
    async with watched() as made:
        at = made.clock.now()
        await made.pass_by(10_000)
        assert not made.is_live
        _first, stalled = made.events(FeedStalled)
        assert "silent" in stalled.reason  # type: ignore[attr-defined]
        assert (made.feed.feeds[NAME].stale or 0) - at in range(1, 10_001)
        assert made.feed.counts["resubscribed"] >= 1
        await made.pass_by(4_000, made.both)
        _first, back = made.events(FeedRecovered)
        assert back.blind_ms > 0  # type: ignore[attr-defined]


async def test_a_stall_costs_no_candle_and_makes_none_up() -> None:
    async with watched() as made:
        await made.pass_by(STEP)
        before = closes(made)
        for ts in range(T0 // STEP * STEP, made.clock.now(), STEP):
            made.source.bars[ts] = [ts, 100, 101, 99, 100, 1]
        await made.pass_by(5_000, made.both)
        assert made.is_live
        after = closes(made)
        assert after[: len(before)] == before
        assert np.diff(after).tolist() == [STEP] * (len(after) - 1)


async def test_a_gap_in_the_book_makes_it_blind_until_a_new_snapshot() -> None:
    """F47, R68: live again within 3 s."""
    async with watched() as made:
        shown = []
        made.depth(made.clock.now(), skip=3)
        for ms, streamed in ((100, lambda _now: None), (3_000, made.both)):
            await made.pass_by(ms, streamed)
            shown.append(made.is_live)
        assert shown == [False, True]
        assert made.source.snapshots >= 2


async def test_missing_trades_are_fetched_and_repeats_dropped() -> None:
    """R72: duplicated, reordered and lost."""
    async with watched() as made:
        lost = Print(NAME, made._number + 1, made.clock.now(), 103.0, 1.0, "buy")
        made.source.history[made._number + 1] = lost
        made._number += 1
        seen = made.trade(made.clock.now())
        made.source.say(seen)
        await made.pass_by(1_000, made.depth)
        prices = [event.price for event in made.events(TradePrinted)]  # type: ignore[attr-defined]
        assert prices.count(103.0) == 1
        assert len(prices) == made._number
        assert made.feed.feeds[NAME].tape.missing == {}


async def test_a_trade_that_nobody_has_any_more_leaves_the_candle_to_the_exchange() -> None:
    async with watched() as made:
        made._number += 5
        made.trade(made.clock.now())
        await made.pass_by(1_000, made.depth)
        assert made.feed.counts["trades lost"] == 5
        first = T0 // STEP * STEP
        made.source.bars[first] = [first, 1, 2, 1, 2, 60]
        await made.pass_by(STEP, made.both)
        assert first in closes(made)


async def test_a_feed_that_lags_is_not_live() -> None:
    """F59: event time, not arrival."""
    async with watched() as made:
        await made.pass_by(6_000, lambda now: made.depth(now - 4_000))
        assert not made.is_live
        _first, stalled = made.events(FeedStalled)
        assert "behind" in stalled.reason  # type: ignore[attr-defined]


async def test_old_data_with_a_fresh_arrival_proves_no_life() -> None:
    """F53."""
    async with watched() as made:
        old = made.clock.now() - 60_000
        await made.pass_by(10_000, lambda _now: made.source.say(Print(NAME, 1, old, 100.0, 1.0, "buy")))
        assert not made.is_live


async def test_times_of_the_future_are_not_live() -> None:
    """F54: what is off by a factor is a bad frame; what is merely ahead is no live feed."""
    async with watched() as made:
        await made.pass_by(3_000, lambda now: made.depth(now + 60_000))
        assert not made.is_live


async def test_a_crossed_book_is_not_live() -> None:
    """F50."""
    async with watched() as made:
        number = made.source.last = made.source.last + 1
        made.source.say(Depth(NAME, made.clock.now(), ((150.0, 1.0),), (), number, number))
        await made.pass_by(1_200)
        assert not made.is_live


async def test_frames_that_cannot_be_read_are_counted_and_not_fatal() -> None:
    """F57."""
    async with watched() as made:
        for frame in (b"", b"\xff", b"<html>", b"x" * 2_000_000):
            made.source.sink(frame)
        await made.pass_by(1_000, made.both)
        assert made.feed.counts["bad frame"] == 4
        assert made.is_live


async def test_a_burst_that_cannot_be_read_loses_books_and_says_so() -> None:
    """I10: the queue has a bound, and reaching it has a consequence."""
    async with watched() as made:
        for _ in range(100_001):
            made.source.sink(b"?")
        await made.pass_by(100)
        assert made.feed.counts["overflow"] == 1
        assert not made.is_live


async def test_an_exchange_that_answers_nothing_is_asked_later_and_later() -> None:
    async with watched() as made:
        made.source.answers = False
        await made.pass_by(300_000, every=500)
        assert not made.is_live
        assert made.feed.counts["resubscribed"] <= 60
        made.source.answers = True
        await made.pass_by(40_000, made.both, every=500)
        assert made.is_live


async def test_resubscriptions_stay_under_the_exchanges_limit_for_three_days() -> None:
    """R70: 72 simulated hours without a word; at most 60 attempts in any five minutes."""
    made = Watched()
    feed: Any = made.feed.feeds[NAME]
    feed.stale, attempts, now = T0, [], T0
    for _ in range(72 * 3600):
        now += 1_000
        if feed.wants_subscription(now):
            attempts.append(now)
            feed.restart(now)
    worst = max(sum(at <= other < at + 300_000 for other in attempts) for at in attempts[::50])
    assert worst <= 60
    assert len(attempts) > 1_000


async def test_a_connection_is_renewed_before_the_exchange_cuts_it_after_a_day() -> None:
    """F43: the new one first, then the old one is closed; every 23 hours."""
    async with watched() as one:
        one.feed.counts.clear()
        one.clock.move(one.clock.now() + AGE_MS_MAX)
        await one.pass_by(5_000, one.both)
        assert (one.source.renewals, one.source.retired, one.feed.counts["renewed"]) == (1, 1, 1)
        await one.pass_by(60_000, one.both, every=1_000)
        assert one.source.renewals == 1


async def test_a_shutdown_notice_renews_once() -> None:
    """F44: a notice that comes twice is one."""
    async with watched() as one:
        for _ in range(2):
            one.shutdown()
        await one.pass_by(5_000, one.both)
        assert (one.source.renewals, one.source.retired) == (1, 1)


async def minutes(one: Watched, count: int) -> None:
    """So many minutes of trades at 100, which the exchange tells as they were."""
    for _ in range(count):
        ts = one.clock.now() // STEP * STEP
        one.source.bars[ts] = [ts, 100, 100, 100, 100, 600]
        await one.pass_by(STEP, one.both)


async def test_candles_that_the_exchange_tells_otherwise_are_said_and_corrected() -> None:
    corrected: list[Candles] = []
    async with watched(corrected.append) as one:
        await minutes(one, 7)
        assert (one.events(DataChecked), corrected) == ([], [])
        ts = closes(one)[-2]
        one.source.bars[ts] = [ts, 100, 107, 100, 100, 600]
        await minutes(one, 5)
        (found,) = one.events(DataChecked)
        assert found.findings == {"candles_differ": 1}  # type: ignore[attr-defined]
        (block,) = corrected
        assert (block.last_ts, block.high[-1], block.provenance) == (ts, 107, Provenance.REPAIRED)
        assert one.is_live


async def test_a_book_far_from_what_the_exchange_answers_begins_anew() -> None:
    """REST against stream: once may be the market's own move, twice is not."""
    async with watched() as one:
        one.source.shift = 3.0
        await one.pass_by(BOOK_EVERY_MS - 5_000, one.both)
        assert one.feed.counts["book differs"] == 0
        await one.pass_by(8_000, one.both)
        assert one.feed.counts["book differs"] == 1
        assert "the exchange says" in one.events(FeedStalled)[-1].reason  # type: ignore[attr-defined]
        one.source.shift = 0.0
        await one.pass_by(5_000, one.both)
        assert one.is_live
        assert one.feed.counts["book differs"] == 1
