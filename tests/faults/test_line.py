"""More protection at once than a second has room for: it waits its turn, none of it is dropped (I5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

import anyio
import anyio.lowlevel
import pytest

from barfinex.domain.order import OrderState, Purpose
from barfinex.events.inspector import TradeClosed
from barfinex.events.provider import OrderFilled, OrderRejected, OrderSubmitted
from barfinex.provider.venues.faults.script import At, Fault, Pieces, Step, When
from tests.faults.busy import BusyDesk
from tests.faults.verdict import assert_sound

D = Decimal


ONCE = When(At.HAPPEN, purpose=Purpose.ENTRY, report="filled", times=1)


async def in_slices(most: int, seed: int, story: Callable[[BusyDesk, str], Awaitable[None]]) -> None:
    """An entry that fills in up to so many slices at the same moment."""
    pieces = Fault("T1", "at-once", "", "", (Step(ONCE, Pieces(most)),))
    async with anyio.create_task_group() as group:
        desk = BusyDesk(group, [pieces], seed, sizing={"units": "50"})
        await desk.pass_by(3)
        await story(desk, await desk.enter())
        group.cancel_scope.cancel()


@pytest.mark.parametrize(("slices", "seed"), [(17, 4), (41, 32)])
async def test_slices_that_come_at_once_are_all_covered_and_none_is_sold(slices: int, seed: int) -> None:
    async def story(desk: BusyDesk, trade: str) -> None:
        await desk.pass_by(20)
        assert len(desk.events(OrderFilled)) == slices
        assert len(desk.inspector.book.positions[trade].guards) == slices
        assert desk.events(OrderRejected) == []
        assert not desk.halted
        assert sum(one.remaining for one in desk.working(Purpose.STOP)) == desk.held() == 50
        assert len(desk.working(Purpose.TARGET)) == slices
        assert desk.bare_ms[trade] <= 5_000, "the stops went before the targets"
        stamps = [row.known_at for row in desk.journal.envelopes if isinstance(row.event, OrderSubmitted)]
        assert all(len([at for at in stamps if begin <= at < begin + 1_000]) <= 11 for begin in stamps)
        assert_sound(desk)

    await in_slices(slices + 5, seed, story)


async def test_an_exit_passes_the_stops_that_wait_and_they_are_taken_back() -> None:
    """Whoever wants out is not kept waiting by what would have protected the position."""

    async def story(desk: BusyDesk, trade: str) -> None:
        await desk.pass_by(1)
        waiting = [
            one for one in desk.provider.gateway.orders.values() if one.state is OrderState.PENDING_SEND
        ]
        assert len(waiting) > 60
        await desk.leave(trade)
        await desk.pass_by(6)
        assert desk.held() == 0
        assert len(desk.events(TradeClosed)) == 1
        await desk.pass_by(30)
        assert desk.working(Purpose.STOP, Purpose.TARGET) == []
        assert_sound(desk)

    await in_slices(46, 32, story)
