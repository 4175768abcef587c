"""Who goes first where room is scarce, and how many may wait (I10)."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from barfinex.clock import VirtualClock
from barfinex.config import OrdersConfig
from barfinex.domain.order import Purpose
from barfinex.provider import line as module
from barfinex.provider.line import Line
from barfinex.provider.permits import Permits
from barfinex.provider.throttle import Throttle
from barfinex.provider.venues.errors import Outcome, OutcomeKind
from tests.factories import START, approved, order_request


def permits(name: str, *purposes: Purpose) -> Permits:
    """One order of each purpose, named `name` and a number."""
    return [
        approved(order_request(f"{name}-{at}", purpose=purpose, reduce_only=True))
        for at, purpose in enumerate(purposes)
    ]


class Queue:
    """A line with room for one a second; whoever waits lets the others run, and the last moves the clock."""

    def __init__(self) -> None:
        self.clock, self.gone = VirtualClock(START), list[str]()
        self.throttle = Throttle(OrdersConfig(reserved_per_second_max=1), self._sleep)
        self.line = Line(self.throttle)

    async def _sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self.clock.move(self.clock.now() + 1)

    async def order(self, name: str, purpose: Purpose) -> None:
        if await self.line.orders(permits(name, purpose), self.clock, START + 60_000) == 0:
            self.gone.append(name)

    async def cancel(self, name: str) -> None:
        if await self.line.cancel(name, self.clock):
            self.gone.append(name)


async def test_exits_go_first_then_stops_and_cancels_as_they_came_then_targets() -> None:
    queue = Queue()
    await queue.order("first", Purpose.STOP)
    async with anyio.create_task_group() as group:
        group.start_soon(queue.order, "target", Purpose.TARGET)
        group.start_soon(queue.order, "stop", Purpose.STOP)
        group.start_soon(queue.cancel, "cancel")
        group.start_soon(queue.order, "stop2", Purpose.STOP)
        group.start_soon(queue.order, "exit", Purpose.EXIT)
    assert queue.gone == ["first", "exit", "stop", "cancel", "stop2", "target"]
    assert queue.clock.now() >= START + 5_000, "none before there was room"


async def test_a_cancel_that_waits_is_not_asked_for_twice() -> None:
    queue = Queue()
    await queue.order("first", Purpose.STOP)
    async with anyio.create_task_group() as group:
        group.start_soon(queue.cancel, "cancel")
        group.start_soon(queue.cancel, "cancel")
    assert queue.gone == ["first", "cancel"]


async def test_a_line_that_is_full_takes_nobody_and_one_that_was_cancelled_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LINE_MAX", 1)
    queue = Queue()
    await queue.order("first", Purpose.STOP)
    async with anyio.create_task_group() as group:
        group.start_soon(queue.order, "stop", Purpose.STOP)
        await anyio.lowlevel.checkpoint()
        assert await queue.line.orders(permits("late", Purpose.STOP), queue.clock, START) > 0
        group.cancel_scope.cancel()
    await queue.order("next", Purpose.STOP)
    assert queue.gone == ["first", "next"]


async def test_a_ban_that_outlasts_the_approval_is_no_wait() -> None:
    queue = Queue()
    queue.throttle.restrain(Outcome(OutcomeKind.BANNED, "BANNED", 90_000), START)
    assert await queue.line.orders(permits("stop", Purpose.STOP), queue.clock, START + 60_000) == 90_000
    assert not await queue.line.cancel("other", queue.clock)


def test_a_pair_is_parted_only_where_there_is_no_room_for_both() -> None:
    queue = Queue()
    both = permits("pair", Purpose.STOP, Purpose.TARGET)
    assert queue.line.parts(both, START) == (both, ()), "there is all the room that there ever is"
    queue.throttle.reserved(START, 1)
    assert queue.line.parts(both, START) == (both[:1], both[1:])
    exits = permits("exits", Purpose.EXIT, Purpose.EXIT)
    assert [*map(list, queue.line.parts(exits, START))] == [exits, []]


async def test_nobody_leaves_the_line_when_its_approval_is_over() -> None:
    """I3, however long the line was."""
    queue = Queue()
    await queue.order("first", Purpose.STOP)
    stop = permits("stop", Purpose.STOP)
    assert await queue.line.orders(stop, queue.clock, START + 500) > 0
    assert START + 500 < queue.clock.now() < START + 1_000
    async with anyio.create_task_group() as group:
        group.start_soon(queue.cancel, "cancel")
    assert queue.gone == ["first", "cancel"], "a cancel needs none"
