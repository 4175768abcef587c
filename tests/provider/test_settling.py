"""Orders in doubt are settled by evidence only, and an absence by time (I15)."""

from __future__ import annotations

import anyio
import pytest
from msgspec.structs import replace

from barfinex.config import OrdersConfig
from barfinex.domain.order import Order, OrderState
from barfinex.events.inspector import CancelRequested
from barfinex.events.provider import OrderFilled, OrderRejected, VenueThrottled
from barfinex.provider.throttle import QUESTIONS_PER_SECOND, Throttle
from barfinex.provider.venues.base import Accepted, Filled
from barfinex.provider.venues.errors import VenueError
from tests.factories import START, fill
from tests.provider.doubts import ID, TWO, D, Desk, S, accepted, shown, unknown


async def test_an_order_that_never_shows_is_proven_absent_by_time() -> None:
    """I15: not found often enough, for longer than anything sent can be under way; within thirty seconds."""
    desk = await unknown()
    await desk.until(24_000)
    assert desk.state() is S.UNKNOWN
    await desk.until(30_000)
    assert desk.state() is S.REJECTED
    (proof,) = desk.journal.of(OrderRejected)
    assert proof.code == "PROVEN_ABSENT"
    assert f"from {START + 5_000} to {START + 25_000}" in proof.reason
    assert "0 of 6 questions failed" in proof.reason
    asked = len(desk.venue.asked)
    await desk.until(600_000)
    assert len(desk.venue.asked) == asked, "nobody asks about what is settled"
    assert len(desk.venue.sent) == 1, "never sent again"


@pytest.mark.parametrize("question", ["order", "open_orders", "conditional_orders", "fills"])
async def test_a_question_that_fails_proves_nothing_however_often(question: str) -> None:
    """I15: an hour without an answer leaves the order UNKNOWN, and asked for."""
    desk = await unknown()
    desk.venue.deaf = {question}
    await desk.until(3_600_000)
    assert desk.state() is S.UNKNOWN
    assert desk.said() == []
    asked = len(desk.venue.asked)
    assert 100 < asked < 500, "it is asked again and again, but not in a rage"
    desk.venue.deaf = set()
    await desk.until(3_700_000)
    assert desk.state() is S.REJECTED, "and settled as soon as the venue answers"


async def test_an_absence_needs_its_time_even_when_asked_often() -> None:
    """I15: three quick answers prove nothing."""
    desk = await unknown()
    for _ in range(10):
        await desk.gateway.settling.check(ID, desk.port)
    assert desk.state() is S.UNKNOWN


async def test_an_answer_between_the_absences_begins_the_proof_anew() -> None:
    desk = await unknown()
    await desk.until(20_000)
    desk.venue.made = [fill(id="f-1")]
    await desk.until(30_000)
    assert desk.state() is S.PARTIALLY_FILLED
    assert desk.said() == ["OrderFilled"]


@pytest.mark.parametrize(
    ("state", "fact"),
    [
        (S.ACCEPTED, "OrderAccepted"),
        (S.CANCELLED, "OrderCancelled"),
        (S.EXPIRED, "OrderExpired"),
        (S.REJECTED, "OrderRejected"),
    ],
)
async def test_the_order_by_its_id_settles_it(state: OrderState, fact: str) -> None:
    desk = await unknown()
    desk.venue.known[ID] = shown(state)
    await desk.until(5_000)
    assert (desk.state(), desk.said()) == (state, [fact])


@pytest.mark.parametrize("where", ["resting", "waiting"])
async def test_a_list_that_shows_the_order_settles_it(where: str) -> None:
    """I15: many venues keep conditional orders apart."""
    desk = await unknown()
    setattr(desk.venue, where, [shown(S.ACCEPTED)])
    await desk.until(5_000)
    assert desk.state() is S.ACCEPTED


async def test_own_trades_settle_it_before_its_end_is_told() -> None:
    desk = await unknown()
    desk.venue.known[ID] = shown(S.CANCELLED, "1")
    await desk.until(20_000)
    assert desk.state() is S.UNKNOWN, "the venue says that it filled, and its trades are still to come"
    desk.venue.made = [fill(id="f-1")]
    await desk.until(60_000)
    assert desk.said() == ["OrderFilled", "OrderCancelled"]
    assert (desk.state(), desk.gateway.orders[ID].filled) == (S.CANCELLED, D(1))


async def test_a_full_fill_that_was_missed_ends_it() -> None:
    desk = await unknown()
    desk.venue.known[ID] = shown(S.FILLED, "2")
    desk.venue.made = [fill(id="f-1"), fill(id="f-2")]
    await desk.until(5_000)
    assert desk.state() is S.FILLED
    assert [event.filled for event in desk.journal.of(OrderFilled)] == [D(1), D(2)]


async def test_the_stream_may_settle_it_while_the_question_is_under_way() -> None:
    """I15: what was heard meanwhile is not told again."""
    desk = await unknown()

    async def slow(order_id: str) -> Order | None:
        desk.venue.say(Accepted(ID, START))
        desk.venue.say(Filled(fill(quantity=D(2)), D(2), D(2)))
        return shown(S.ACCEPTED)

    desk.venue.order = slow  # type: ignore[method-assign]
    await desk.until(60_000)
    assert desk.state() is S.FILLED
    assert desk.said() == ["OrderAccepted", "OrderFilled"]


async def test_an_order_that_was_taken_without_a_word_is_asked_for_too() -> None:
    """The venue did not object, and its acknowledgement was lost."""
    desk = Desk()

    async def mute(approved: object) -> None:
        """Takes the order and says nothing."""

    desk.venue.submit = mute  # type: ignore[method-assign]
    await desk.send()
    assert desk.state() is S.SUBMITTED
    desk.venue.known[ID] = shown(S.ACCEPTED)
    await desk.until(5_000)
    assert desk.state() is S.ACCEPTED


async def test_doubts_are_taken_up_again_after_a_restart() -> None:
    """The clock of the lost process calls nobody."""
    before, after = await unknown(), Desk()
    recall = CancelRequested(instrument=TWO.instrument, order_id=ID, reason="halt")
    for row in [*before.journal.rows, before.port.emit(recall)]:
        after.gateway.fold(row)
    assert after.state() is S.UNKNOWN
    assert after.gateway.memory.is_recalled(ID)
    after.gateway.settling.watch_all(after.port)
    after.venue.known[ID] = shown(S.ACCEPTED)
    await after.until(10_000)
    assert after.state() is S.PENDING_CANCEL
    assert after.venue.cancelled


async def test_a_venue_may_say_with_an_error_that_it_does_not_know_an_order() -> None:
    """I15: that is an answer, and counts towards the proof as one."""
    desk = await unknown()
    desk.venue.deaf = {"order"}
    desk.venue.error = VenueError("Order does not exist.", "venue", code=-2013, status=400)
    await desk.until(24_000)
    assert desk.state() is S.UNKNOWN
    await desk.until(30_000)
    assert desk.state() is S.REJECTED


async def test_a_venue_that_bans_us_is_asked_nothing_until_the_ban_is_over() -> None:
    """F20: each call would make it last longer; the order stays UNKNOWN meanwhile."""
    desk = Desk(Throttle(OrdersConfig(), anyio.sleep))
    await desk.send()
    desk.venue.deaf = {"order"}
    desk.venue.error = VenueError("banned", "http", status=418, retry_after_ms=300_000)
    await desk.until(5_000)
    assert desk.venue.asked == ["order"]
    assert [event.code for event in desk.journal.of(VenueThrottled)] == ["BANNED"]
    desk.venue.deaf = set()
    await desk.until(304_999)
    assert desk.venue.asked == ["order"]
    await desk.until(400_000)
    assert desk.state() is S.REJECTED


async def test_however_many_orders_are_in_doubt_the_venue_is_not_stormed() -> None:
    """The questions have a budget; nobody's is forgotten for it."""
    wide = OrdersConfig(entries_per_second_max=100, entries_per_minute_max=100)
    desk = Desk(Throttle(wide, anyio.sleep))
    many = [f"ord-{n}-e" for n in range(100)]
    desk.venue.silent = set(many)
    for order_id in many:
        await desk.send(replace(TWO, id=order_id))
    for second in range(1, 300):
        before = desk.venue.asked.count("order")
        await desk.until(second * 1_000)
        assert desk.venue.asked.count("order") - before <= 2 * QUESTIONS_PER_SECOND
    assert all(desk.gateway.orders[order_id].state is S.REJECTED for order_id in many)


async def test_nothing_is_asked_while_nothing_is_in_doubt() -> None:
    desk = await accepted()
    assert desk.clock.next_alert() is None
    await desk.gateway.settling.check(ID, desk.port)
    assert desk.venue.asked == []


async def test_a_failing_journal_is_not_taken_for_a_silent_venue() -> None:
    desk = await unknown()
    desk.venue.known[ID] = shown(S.ACCEPTED)
    desk.journal.fails = True
    with pytest.raises(Exception, match="the disk is full"):
        await desk.until(5_000)
