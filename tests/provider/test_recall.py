"""An order that is wanted back is asked for until it has ended; a fill beats the cancel (I15)."""

from __future__ import annotations

from itertools import pairwise

from barfinex.events.provider import OrderExpired, OrderRejected
from barfinex.provider.venues.base import Accepted, Cancelled, Filled
from barfinex.provider.venues.errors import VenueError
from tests.factories import START, fill
from tests.provider.doubts import ID, D, S, accepted, shown, unknown


async def test_a_cancel_without_an_answer_is_asked_again_until_the_order_has_ended() -> None:
    desk = await accepted()
    desk.venue.silent = {ID}
    await desk.gateway.cancel(ID, desk.port)
    assert desk.state() is S.PENDING_CANCEL
    times, asked = [], 1
    for second in range(1, 601):
        await desk.until(second * 1_000)
        times += [second] * (len(desk.venue.cancelled) - asked)
        asked = len(desk.venue.cancelled)
    gaps = {after - before for before, after in pairwise([0, *times])}
    assert times[:3] == [2, 4, 6]
    assert gaps == {2, 4, 5}, "bounded in each interval, and without an end"
    assert desk.state() is S.PENDING_CANCEL
    desk.venue.known[ID] = shown(S.CANCELLED)
    await desk.until(3_700_000)
    assert desk.state() is S.CANCELLED
    cancels = len(desk.venue.cancelled)
    await desk.until(7_200_000)
    assert len(desk.venue.cancelled) == cancels


async def test_a_cancel_that_worked_and_whose_answer_was_lost_is_found_out() -> None:
    desk = await accepted()
    desk.venue.silent = {ID}
    await desk.gateway.cancel(ID, desk.port)
    desk.venue.known[ID] = shown(S.CANCELLED)
    await desk.until(2_000)
    assert desk.state() is S.CANCELLED
    assert desk.venue.cancelled == [ID]


async def test_a_fill_beats_the_cancel() -> None:
    """The venue knows no such order because it has filled."""
    desk = await accepted()

    async def gone(order_id: str) -> None:
        raise VenueError("Unknown order sent.", "venue", code=-2011, status=400)

    desk.venue.cancel = gone  # type: ignore[method-assign]
    await desk.gateway.cancel(ID, desk.port)
    assert desk.state() is S.PENDING_CANCEL, "a no to a cancel is no end of the order"
    desk.venue.known[ID] = shown(S.FILLED, "2")
    desk.venue.made = [fill(quantity=D(2))]
    await desk.until(2_000)
    assert desk.state() is S.FILLED


async def test_a_fill_that_is_told_after_the_cancel_counts() -> None:
    desk = await accepted()
    desk.venue.say(Cancelled(ID, START + 5, "requested"))
    desk.venue.say(Filled(fill(quantity=D(2)), D(2), D(2)))
    desk.venue.say(Cancelled(ID, START + 5, "requested"))
    assert desk.state() is S.FILLED
    assert desk.said()[:2] == ["OrderCancelled", "OrderFilled"]


async def test_an_acknowledged_order_that_is_nowhere_and_wanted_back_has_expired_with_proof() -> None:
    desk = await accepted()
    await desk.gateway.cancel(ID, desk.port)
    desk.venue.known.clear()
    await desk.until(60_000)
    (end,) = desk.journal.of(OrderExpired)
    assert end.reason.startswith("PROVEN_ABSENT: not found by id")
    assert desk.journal.of(OrderRejected) == []


async def test_an_unknown_order_that_is_wanted_back_is_taken_back_when_it_shows() -> None:
    desk = await unknown()
    await desk.gateway.cancel(ID, desk.port)
    assert desk.state() is S.UNKNOWN, "whether it exists comes first"
    desk.venue.silent = set()
    desk.venue.say(Accepted(ID, START))
    assert desk.state() is S.PENDING_CANCEL
    desk.venue.known[ID] = shown(S.ACCEPTED)
    await desk.until(10_000)
    assert desk.venue.cancelled.count(ID) >= 2
