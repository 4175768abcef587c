"""The odd real cases: withdrawn before it left, refused in plain words, told twice, told too much."""

from __future__ import annotations

import anyio
import pytest

from barfinex.clock import VirtualClock
from barfinex.domain.mismatch import Severity
from barfinex.domain.order import OrderState
from barfinex.events.inspector import CancelRequested, IntentApproved
from barfinex.events.provider import (
    OrderAccepted,
    OrderCancelled,
    OrderContradicted,
    OrderFilled,
    OrderRejected,
    OrderUnconfirmed,
)
from barfinex.provider.module import ProviderModule
from barfinex.provider.orders import OrderGateway
from barfinex.provider.venues.base import Accepted, Cancelled, Expired, Filled, Rejected, Report
from barfinex.provider.venues.errors import VenueError
from tests.factories import START, approved, fill, order_request
from tests.fakes import FakeJournal, FakeVenue
from tests.provider.doubts import ID, TWO, D, Desk, S, Spawning, accepted, unknown


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (VenueError("Market is closed.", "venue", code=-2010, status=400), S.REJECTED, "MARKET_CLOSED"),
        (VenueError("refused", sent=False), S.REJECTED, "NOT_SENT"),
        (VenueError("Unknown order sent.", "venue", code=-2011, status=400), S.UNKNOWN, ""),
        (VenueError("Internal Server Error", "http", status=500), S.UNKNOWN, ""),
        (KeyError("orderId"), S.UNKNOWN, ""),
    ],
)
async def test_only_a_definite_no_ends_an_order(error: Exception, state: OrderState, code: str) -> None:
    """I15: and every order is sent once, whatever came back."""
    desk, sent = Desk(), 0

    async def fails(approved: object) -> None:
        nonlocal sent
        sent += 1
        raise error

    desk.venue.submit = fails  # type: ignore[method-assign]
    await desk.send()
    await desk.send()
    assert (desk.state(), sent) == (state, 1)
    assert [event.code for event in desk.journal.of(OrderRejected)] == ([code] if code else [])
    assert len(desk.journal.of(OrderUnconfirmed)) == (not code)


@pytest.mark.parametrize(
    ("message", "code", "hurries"),
    [
        ("Account has insufficient balance for requested action.", -2010, 1),
        ("Timestamp for this request is outside of the recvWindow.", -1021, 0),
    ],
)
async def test_a_venue_that_sees_less_money_than_we_hurries_the_check_of_the_account(
    message: str, code: int, hurries: int
) -> None:
    """F17, and F18: a clock that is off is no reason to look at the account, nor to send again."""
    desk, hurried, sent = Desk(), 0, 0

    def hurry() -> None:
        nonlocal hurried
        hurried += 1

    async def fails(approved: object) -> None:
        nonlocal sent
        sent += 1
        raise VenueError(message, "venue", code=code, status=400)

    desk.gateway.suspect, desk.venue.submit = hurry, fails  # type: ignore[method-assign]
    await desk.send()
    await desk.until(600_000)
    assert (desk.state(), hurried, sent) == (S.REJECTED, hurries, 1)
    assert desk.venue.asked == []


async def test_an_order_is_sent_once_also_after_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a venue would take the id again, and under another approval."""
    monkeypatch.setattr("barfinex.provider.tracking.ENDED_MAX", 1)
    desk = Desk()
    desk.venue.silent = set()
    for name in ("ord-1-e", "ord-2-e", "ord-3-e"):
        await desk.send(order_request(name))
        desk.venue.say(Cancelled(name, START, "requested"))
    assert list(desk.gateway.orders) == ["ord-3-e"]
    await desk.gateway.send([approved(order_request("ord-1-e"), id="apr-new")], desk.port)
    assert [order.id for order in desk.venue.sent] == ["ord-1-e", "ord-2-e", "ord-3-e"]


@pytest.mark.parametrize("name", ["", "o" * 37, "ord 1", "ord-é", "ord-1\n"])
async def test_an_id_that_no_venue_takes_is_refused_here(name: str) -> None:
    desk = Desk()
    await desk.send(order_request(name))
    assert [event.code for event in desk.journal.of(OrderRejected)] == ["ORDER_ID"]
    assert desk.venue.sent == []


class SlowDisk(FakeJournal):
    """`durable` returns when the disk is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.released = anyio.Event()

    async def durable(self, seq: int) -> None:
        await self.released.wait()


async def test_an_order_that_is_wanted_back_while_the_disk_is_slow_never_leaves() -> None:
    """The venue is not even asked: it does not have it."""
    journal, venue, clock = SlowDisk(), FakeVenue(), VirtualClock(START)
    port = Spawning(journal, clock)
    gateway = OrderGateway(venue, journal)
    gateway.start(port)
    async with anyio.create_task_group() as group:
        group.start_soon(gateway.send, [approved(TWO)], port)
        await anyio.wait_all_tasks_blocked()
        assert gateway.orders[ID].state is S.PENDING_SEND
        await gateway.cancel(ID, port)
        journal.released.set()
    assert (venue.sent, venue.cancelled) == ([], [])
    assert [event.code for event in journal.of(OrderRejected)] == ["WITHDRAWN"]
    assert gateway.orders[ID].state is S.REJECTED


async def test_a_cancel_does_not_wait_for_another_orders_disk() -> None:
    """One order's wait is no other's."""
    journal, venue, clock = SlowDisk(), FakeVenue(), VirtualClock(START)
    port = Spawning(journal, clock)
    module = ProviderModule(OrderGateway(venue, journal))
    module.gateway.start(port)
    entry = IntentApproved(instrument=TWO.instrument, intent_id="int-1", checks=(), approval=approved(TWO))
    await module.handle(entry, port)
    recall = CancelRequested(instrument=TWO.instrument, order_id="ord-9-e", reason="halt")
    await module.handle(recall, port)
    send, cancel = port.work

    async def later() -> None:
        await send()

    async with anyio.create_task_group() as group:
        group.start_soon(later)
        await anyio.wait_all_tasks_blocked()
        await cancel()
        await anyio.wait_all_tasks_blocked()
        assert venue.cancelled == ["ord-9-e"]
        assert venue.sent == []
        journal.released.set()
    assert [order.id for order in venue.sent] == [ID]


async def test_a_venue_that_never_answers_is_not_waited_for() -> None:
    journal, venue, clock = FakeJournal(), FakeVenue(), VirtualClock(START)
    port = Spawning(journal, clock)

    async def hangs(_: object) -> None:
        await anyio.sleep_forever()

    venue.submit = venue.cancel = hangs  # type: ignore[assignment, method-assign]
    gateway = OrderGateway(venue, journal, answer_s=0.01)
    gateway.start(port)
    await gateway.send([approved(TWO)], port)
    assert gateway.orders[ID].state is S.UNKNOWN
    await gateway.cancel(ID, port)
    assert gateway.orders[ID].state is S.UNKNOWN


REPEATS: list[Report] = [
    Accepted(ID, START),
    Cancelled(ID, START, "requested"),
    Expired(ID, START, "over"),
    Rejected(ID, START, "FILTER", "no"),
    Filled(fill(quantity=D(2)), D(2), D(2)),
]


@pytest.mark.parametrize("report", REPEATS, ids=lambda report: type(report).__name__)
async def test_what_is_told_three_times_is_one_event(report: Report) -> None:
    desk = await unknown()
    for _ in range(3):
        desk.venue.say(report)
    assert len(desk.said()) == 1
    assert desk.journal.of(OrderContradicted) == []


async def test_fills_beyond_what_was_ordered_are_told_and_count_and_are_contradicted() -> None:
    """I16: the position is the sum of fills, whatever the order was; and somebody has to look."""
    desk = await accepted()
    for k in range(4):
        desk.venue.say(Filled(fill(id=f"f{k}"), D(k + 1), D(2)))
    assert [event.filled for event in desk.journal.of(OrderFilled)] == [D(1), D(2), D(3), D(4)]
    told = desk.journal.of(OrderContradicted)
    assert [(e.state, e.told, e.severity) for e in told] == [(S.FILLED, "order_filled", Severity.HALTED)] * 2
    assert desk.gateway.orders[ID].filled == D(2)


@pytest.mark.parametrize(
    ("first", "then", "severity"),
    [
        (Rejected(ID, START, "x", ""), Accepted(ID, START), Severity.HALTED),
        (Rejected(ID, START, "x", ""), Filled(fill(), D(1), D(2)), Severity.HALTED),
        (Accepted(ID, START), Rejected(ID, START, "x", ""), Severity.HALTED),
        (Rejected(ID, START, "x", ""), Cancelled(ID, START, ""), Severity.TOLD),
        (Cancelled(ID, START, ""), Expired(ID, START, ""), Severity.TOLD),
        (Filled(fill(quantity=D(2)), D(2), D(2)), Cancelled(ID, START, ""), Severity.TOLD),
    ],
)
async def test_a_venue_that_contradicts_itself_is_told_of(
    first: Report, then: Report, severity: Severity
) -> None:
    """The first word stands; the second is an event all the same."""
    desk = await unknown()
    desk.venue.say(first)
    before = desk.state()
    desk.venue.say(then)
    assert desk.state() is before
    (told,) = desk.journal.of(OrderContradicted)
    assert (told.order_id, told.state, told.severity) == (ID, before, severity)


async def test_fills_in_any_order_count_up_from_what_was_told() -> None:
    """A venue's running total that comes second is smaller: it would be taken for an old fill."""
    desk = await accepted()
    desk.venue.say(Filled(fill(id="f2"), D(2), D(2)))
    desk.venue.say(Filled(fill(id="f1"), D(1), D(2)))
    assert [(e.fill.id, e.filled) for e in desk.journal.of(OrderFilled)] == [("f2", D(1)), ("f1", D(2))]
    assert desk.state() is S.FILLED


async def test_an_acknowledgement_that_comes_late_is_told_once_and_changes_nothing() -> None:
    desk = await unknown()
    desk.venue.say(Filled(fill(), D(1), D(2)))
    desk.venue.say(Cancelled(ID, START, "requested"))
    for _ in range(2):
        desk.venue.say(Accepted(ID, START))
    assert desk.state() is S.CANCELLED
    assert len(desk.journal.of(OrderAccepted)) == len(desk.journal.of(OrderCancelled)) == 1
