"""What only the memory transport does: inboxes outlive their module, and tasks end in order."""

from __future__ import annotations

import anyio
import pytest

from barfinex.bus.port import Port
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.events.base import Event
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import TradePrinted
from tests.bus.facts import Rig, alert, printed
from tests.fakes import RecordingModule


class Fault(Exception):
    pass


def seated(module: RecordingModule, size: int = 100) -> tuple[Rig, MemoryTransport]:
    transport = MemoryTransport(size)
    rig = Rig(transport)
    rig.seat(module)
    return rig, transport


async def serve(rig: Rig, transport: MemoryTransport, name: str = "m") -> None:
    await transport.run(name, rig.bus.port("kernel", transport.spawner(name)), lambda: None)


async def settled(transport: MemoryTransport) -> bool:
    with anyio.move_on_after(0.5):
        await transport.settle()
        return True
    return False


async def test_a_restart_keeps_what_waits_and_loses_only_what_was_being_handled() -> None:
    async def fail_at_two(event: Event, port: Port) -> None:
        if event == alert("2"):
            raise Fault

    old, new = RecordingModule("m", AlertFired, react=fail_at_two), RecordingModule("m", AlertFired)
    rig, transport = seated(old)
    for name in ("1", "2", "3", "4"):
        rig.publish(alert(name))
    with pytest.raises(ExceptionGroup):
        await serve(rig, transport)
    rig.publish(alert("5"))
    assert transport.handled("m") == 2  # A new instance folds the journal up to here: the rest waits for it.
    transport.replace(new)
    transport.close("m")
    await serve(rig, transport)
    assert old.seen == [alert("1"), alert("2")]
    assert new.seen == [alert("3"), alert("4"), alert("5")]
    assert await settled(transport)
    transport.dispose()


async def test_a_fault_in_a_handler_or_in_spawned_work_leaves_nothing_in_flight() -> None:
    async def fail() -> None:
        raise Fault

    async def react(event: Event, port: Port) -> None:
        if event == alert("spawn"):
            port.spawn(fail)
            await anyio.sleep_forever()
        raise Fault

    rig, transport = seated(RecordingModule("m", AlertFired, react=react))
    for name in ("handle", "spawn"):
        rig.publish(alert(name))
        with pytest.raises(ExceptionGroup):
            await serve(rig, transport)
        assert await settled(transport)
    transport.dispose()


async def test_work_that_has_no_task_group_to_run_in_is_an_error_and_not_in_flight() -> None:
    rig, transport = seated(RecordingModule("m", AlertFired))
    port = rig.bus.port("kernel", transport.spawner("m"))
    with pytest.raises(KeyError):
        port.spawn(anyio.sleep_forever)
    transport.close("m")
    await serve(rig, transport)
    with pytest.raises(RuntimeError):
        port.spawn(anyio.sleep_forever)
    assert await settled(transport)
    transport.dispose()


async def test_a_cancelled_module_leaves_the_rest_in_its_inbox() -> None:
    async def hang(event: Event, port: Port) -> None:
        await anyio.sleep_forever()

    rig, transport = seated(RecordingModule("m", AlertFired, react=hang))
    for name in ("1", "2", "3"):
        rig.publish(alert(name))
    with anyio.move_on_after(0.01):
        await serve(rig, transport)
    after = RecordingModule("m", AlertFired)
    transport.replace(after)
    transport.close("m")
    await serve(rig, transport)
    assert after.seen == [alert("2"), alert("3")]
    assert await settled(transport)
    transport.dispose()


async def test_a_module_that_stood_down_is_given_nothing_and_holds_nobody_up() -> None:
    rig, transport = seated(RecordingModule("m", AlertFired))
    rig.publish(alert())
    transport.detach("m")
    rig.publish(alert())
    assert await settled(transport)
    assert transport.dropped("m") == 0
    transport.close("m")
    transport.dispose()


async def test_publishing_to_a_module_that_is_closing_is_no_fault() -> None:
    module = RecordingModule("m", AlertFired)
    rig, transport = seated(module)
    rig.publish(alert("before"))
    transport.close("m")
    rig.publish(alert("after"))
    await serve(rig, transport)
    assert module.seen == [alert("before")]
    assert await settled(transport)
    transport.dispose()


async def test_a_module_behind_its_prices_is_given_the_newest_and_told_how_many_it_missed() -> None:
    module = RecordingModule("m", TradePrinted)
    rig, transport = seated(module, size=4)
    for price in range(1_000):
        rig.publish(printed(float(price)))
        rig.publish(printed(float(price), "B"))
    assert transport.dropped("m") == 2 * 999
    assert transport.dropped("m") == 0
    transport.close("m")
    await serve(rig, transport)
    assert module.seen == [printed(999.0), printed(999.0, "B")]
    assert await settled(transport)
    transport.dispose()


async def test_a_background_runs_beside_the_inbox_and_ends_with_it() -> None:
    class Server(RecordingModule):
        ended = False

        async def run(self, port: Port) -> None:
            port.emit(alert("from the background"))
            try:
                await anyio.sleep_forever()
            finally:
                self.ended = True

    module = Server("m", AlertFired)
    rig, transport = seated(module)
    async with anyio.create_task_group() as group:
        group.start_soon(serve, rig, transport)
        await anyio.wait_all_tasks_blocked()
        assert module.seen == [alert("from the background")]
        transport.close("m")
    assert module.ended
    transport.dispose()
