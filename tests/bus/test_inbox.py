"""A bounded mailbox: oldest first, prices conflated, nothing else ever lost."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint

from barfinex.bus.inbox import FAIRNESS, Inbox, InboxOverflow
from barfinex.events.base import Event
from tests.bus.facts import alert, enveloped, printed


def filled(size: int, *events: Event) -> Inbox:
    inbox = Inbox("m", size)
    for event in events:
        inbox.offer(enveloped(event))
    return inbox


async def drained(inbox: Inbox) -> list[Event]:
    inbox.close()
    events = [envelope.event async for envelope in inbox]
    inbox.dispose()
    return events


async def test_of_waiting_prices_only_the_newest_comes_in_the_place_of_the_oldest() -> None:
    inbox = filled(9, printed(1.0), alert(), printed(9.0, "B"), printed(2.0), printed(3.0))
    assert (inbox.dropped, inbox.waiting) == (2, 3)
    assert await drained(inbox) == [printed(3.0), alert(), printed(9.0, "B")]


async def test_a_price_that_was_handed_out_does_not_conflate_with_the_next() -> None:
    inbox = filled(9, printed(1.0))
    assert (await anext(inbox)).event == printed(1.0)
    assert inbox.offer(enveloped(printed(2.0)))
    assert await drained(inbox) == [printed(2.0)]
    assert inbox.dropped == 0


async def test_a_full_inbox_halts_for_what_may_not_be_lost() -> None:
    """I10: the bound has a named consequence."""
    inbox = filled(2, alert("1"), alert("2"))
    with pytest.raises(InboxOverflow, match=r"m: no room for kernel\.alert_fired"):
        inbox.offer(enveloped(alert("3")))
    assert await drained(inbox) == [alert("1"), alert("2")]


async def test_a_full_inbox_drops_and_counts_prices_but_still_renews_a_waiting_one() -> None:
    inbox = filled(2, printed(1.0), alert())
    assert not inbox.offer(enveloped(printed(5.0, "B")))
    assert not inbox.offer(enveloped(printed(2.0)))
    assert inbox.dropped == 2
    assert await drained(inbox) == [printed(2.0), alert()]


async def test_a_closed_inbox_takes_nothing_more_and_hands_out_what_waits() -> None:
    inbox = filled(9, alert("1"))
    inbox.close()
    assert not inbox.offer(enveloped(alert("2")))
    assert await drained(inbox) == [alert("1")]
    assert not inbox.offer(enveloped(alert("3")))


async def test_cancellation_at_any_moment_loses_nothing() -> None:
    inbox, out = Inbox("m", FAIRNESS * 2), list[str]()

    async def take() -> None:
        async for envelope in inbox:
            out.append(getattr(envelope.event, "name", ""))

    names = [str(k) for k in range(FAIRNESS * 2)]
    for name in names[:-1]:
        inbox.offer(enveloped(alert(name)))
    with anyio.CancelScope() as scope:
        scope.cancel()
        await take()
    assert 0 < len(out) < len(names)  # It was stopped in the middle, by the pause that keeps the loop fair.
    with anyio.move_on_after(0.01):
        await take()  # Waits for more until it is stopped.
    inbox.offer(enveloped(alert(names[-1])))
    inbox.close()
    await take()
    inbox.dispose()
    assert out == names


async def test_a_long_backlog_lets_others_run() -> None:
    inbox = filled(FAIRNESS * 4, *[alert()] * FAIRNESS * 4)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while inbox.waiting:
            turns += 1
            await checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(other)
        await drained(inbox)
    assert turns >= 3
