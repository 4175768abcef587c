"""One behaviour for every transport: whoever moves the envelopes, the modules cannot tell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import anyio
import pytest

from barfinex.bus.bus import NotThePublisher
from barfinex.bus.inbox import InboxOverflow
from barfinex.bus.port import Module, Port
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.events.base import Event
from barfinex.events.kernel import AlertFired, ModuleStarted, RunEnded
from barfinex.events.provider import TradePrinted
from tests.bus.facts import Rig, alert, ended, enveloped, printed, started
from tests.fakes import RecordingModule

Start = Callable[..., AbstractAsyncContextManager[Rig]]


@asynccontextmanager
async def lockstep(*modules: Module, limit: int = 1_000, owner: str = "kernel") -> AsyncIterator[Rig]:
    rig = Rig(LockstepTransport(limit))
    for module in modules:
        rig.seat(module, owner)
    yield rig


@asynccontextmanager
async def memory(*modules: Module, limit: int = 1_000, owner: str = "kernel") -> AsyncIterator[Rig]:
    transport = MemoryTransport(limit)
    rig = Rig(transport)
    async with anyio.create_task_group() as group:
        for module in modules:
            rig.seat(module, owner)
            port = rig.bus.port(owner, transport.spawner(module.name))
            group.start_soon(transport.run, module.name, port, lambda: None)
        await anyio.wait_all_tasks_blocked()
        yield rig
        for module in modules:
            transport.close(module.name)
    transport.dispose()


@pytest.fixture(params=[lockstep, memory], ids=["lockstep", "memory"])
def start(request: pytest.FixtureRequest) -> Start:
    return request.param  # type: ignore[no-any-return]


async def echo(event: Event, port: Port) -> None:
    """Answer each alert with an end that bears its name."""
    if isinstance(event, AlertFired):
        port.emit(ended(event.name))


async def test_an_event_reaches_those_who_consume_it_and_nobody_else(start: Start) -> None:
    one, two = RecordingModule("1", AlertFired), RecordingModule("2", AlertFired)
    other = RecordingModule("3", RunEnded)
    async with start(one, two, other) as rig:
        rig.publish(alert())
        await rig.transport.settle()
    assert (one.seen, two.seen, other.seen) == ([alert()], [alert()], [])


async def test_a_module_is_given_events_one_at_a_time_in_the_order_of_publication(start: Start) -> None:
    busy = 0

    async def slowly(event: Event, port: Port) -> None:
        nonlocal busy
        busy += 1
        assert busy == 1
        await anyio.lowlevel.checkpoint()
        busy -= 1

    module = RecordingModule("m", AlertFired, RunEnded, react=slowly)
    sent = [alert(str(k)) if k % 3 else ended(str(k)) for k in range(200)]
    async with start(module) as rig:
        for event in sent:
            rig.publish(event)
        await rig.transport.settle()
    assert module.seen == sent


async def test_nothing_is_handled_before_it_is_in_the_journal(start: Start) -> None:
    """I7: every event is journaled before any module sees it, answers included."""
    journaled: list[bool] = []

    async def look(event: Event, port: Port) -> None:
        journaled.append(event in rig.journal.events())
        await echo(event, port)

    async with start(RecordingModule("m", AlertFired, RunEnded, react=look)) as rig:
        rig.publish(alert("1"))
        rig.publish(alert("2"))
        await rig.transport.settle()
    assert journaled == [True] * 4


async def test_an_answer_bears_its_cause_and_the_beginning_of_its_decision(start: Start) -> None:
    """`correlation` ties a decision together, `causation` answers why; the module says nothing of either."""

    async def chain(event: Event, port: Port) -> None:
        if isinstance(event, RunEnded):
            port.emit(started(event.reason))
        await echo(event, port)

    async with start(RecordingModule("m", AlertFired, RunEnded, react=chain)) as rig:
        rig.publish(alert("x"))
        rig.publish(alert("y"))
        await rig.transport.settle()
    stamps = {(type(r.event), next(iter(r.event.plain().values()))): r for r in rig.journal.rows}
    for name in ("x", "y"):
        first, answer, last = (stamps[kind, name] for kind in (AlertFired, RunEnded, ModuleStarted))
        assert [r.causation for r in (first, answer, last)] == [0, first.seq, answer.seq]
        assert {r.correlation for r in (first, answer, last)} == {first.seq}


async def test_a_later_answer_may_name_an_earlier_cause(start: Start) -> None:
    first = enveloped(alert(), 77)

    async def late(event: Event, port: Port) -> None:
        port.emit(ended(), cause=first)

    async with start(RecordingModule("m", AlertFired, react=late)) as rig:
        rig.publish(alert())
        await rig.transport.settle()
    assert rig.journal.rows[-1].causation == rig.journal.rows[-1].correlation == 77


async def test_a_handlers_now_is_when_its_event_was_known(start: Start) -> None:
    """I17: what a handler decides does not depend on when it got round to it."""
    seen: list[int] = []

    async def look(event: Event, port: Port) -> None:
        seen.append(port.now)

    async with start(RecordingModule("m", AlertFired, react=look)) as rig:
        for at in (10, 20):
            rig.clock.move(at)
            rig.publish(alert())
        rig.clock.move(99)
        await rig.transport.settle()
    assert seen == [10, 20]


async def test_an_envelope_that_comes_again_is_passed_over(start: Start) -> None:
    module = RecordingModule("m", AlertFired)
    async with start(module) as rig:
        first, second = rig.publish(alert("1")), rig.publish(alert("2"))
        for again in (first, second, first):
            rig.transport.deliver(again)
        await rig.transport.settle()
    assert module.seen == [alert("1"), alert("2")]


async def test_prices_have_no_number_and_are_never_taken_for_duplicates(start: Start) -> None:
    module = RecordingModule("m", TradePrinted)
    async with start(module) as rig:
        for price in (1.0, 2.0):
            rig.publish(printed(price))
            await rig.transport.settle()
    assert module.seen == [printed(1.0), printed(2.0)]


async def test_a_full_queue_of_facts_halts(start: Start) -> None:
    """I10: the bound is reached at the publisher, at once, and names what it could not take."""
    async with start(RecordingModule("m", AlertFired), limit=5) as rig:
        with pytest.raises(InboxOverflow):
            [rig.publish(alert()) for _ in range(7)]  # Five wait, and one may be in the module's hands.
        await rig.transport.settle()


async def test_a_module_cannot_speak_for_another(start: Start) -> None:
    """I6: the port knows whose it is."""
    refused: list[str] = []

    async def forge(event: Event, port: Port) -> None:
        try:
            port.emit(ended())
        except NotThePublisher as error:
            refused.append(str(error))

    async with start(RecordingModule("m", AlertFired, react=forge), owner="detector") as rig:
        rig.publish(alert())
        await rig.transport.settle()
    assert len(refused) == 1
    assert rig.journal.events() == [alert()]


async def test_settle_waits_for_answers_to_answers_and_for_spawned_work(start: Start) -> None:
    async def work(port: Port, left: int) -> None:
        await anyio.lowlevel.checkpoint()
        port.emit(alert(str(left - 1)))

    async def spread(event: Event, port: Port) -> None:
        left = int(getattr(event, "name", "0"))
        if left:
            port.spawn(partial(work, port, left))

    module = RecordingModule("m", AlertFired, react=spread)
    async with start(module) as rig:
        rig.publish(alert("3"))
        await rig.transport.settle()
        assert module.seen == [alert(str(k)) for k in (3, 2, 1, 0)]
        await rig.transport.settle()
    assert [row.causation for row in rig.journal.rows] == [0, 1, 2, 3]


async def test_work_spawned_outside_a_handler_is_settled_too(start: Start) -> None:
    module = RecordingModule("m", AlertFired)
    async with start(module) as rig:
        port = rig.bus.port("kernel", rig.transport.spawner("m"))

        async def work() -> None:
            port.emit(alert("spawned"))

        port.spawn(work)
        await rig.transport.settle()
    assert module.seen == [alert("spawned")]


async def test_a_name_is_taken_once(start: Start) -> None:
    async with start(RecordingModule("m", AlertFired)) as rig:
        with pytest.raises(ValueError, match="a module named m"):
            rig.seat(RecordingModule("m", RunEnded))
