"""The rings: what the loss of each module means for the run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from barfinex.audit.journal import SqliteJournal
from barfinex.bus.bus import Bus
from barfinex.bus.port import Module, Port
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.domain.errors import BadInput
from barfinex.events.base import Event
from barfinex.events.kernel import AlertFired, HaltFileFound, ModuleFailed, ModuleStoodDown, RunEnded
from barfinex.runtime.health import Health
from barfinex.runtime.kernel import attach
from barfinex.runtime.supervisor import ModuleLost
from barfinex.runtime.system import System
from tests.fakes import RecordingModule

NAMES = ("provider", "inspector", "advisor", "detector", "studio")


async def fails(event: Event, port: Port) -> None:
    raise RuntimeError("broken")


class Unstartable(RecordingModule):
    """Its background work fails at once."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(name, AlertFired)
        self._error = error

    async def run(self, port: Port) -> None:
        raise self._error


class Rig:
    """A system of recording modules around a real journal; the named one fails when an alert fires."""

    def __init__(self, folder: Path, broken: str = "", error: Exception | None = None) -> None:
        self.path = folder / "journal.db"
        self.journal = SqliteJournal(self.path, sync="full")
        self.clock, transport = SystemClock(), MemoryTransport()
        self.bus = Bus(transport, self.journal, self.clock, "run-1", arriving=True)
        self.events: list[Event] = []
        self.recalled = 0
        self.bus.taps.append(lambda envelope: self.events.append(envelope.event))

        def make(name: str) -> Module:
            if error is not None and name == broken:
                return Unstartable(name, error)
            return RecordingModule(name, AlertFired, react=fails if name == broken else None)

        makers: dict[str, Callable[[], Module]] = {name: partial(make, name) for name in NAMES}
        ports = attach(self.bus, transport, [make(name) for name in NAMES])
        health = Health("run-1", "test")
        halt = folder / "HALT"
        self.system = System(self.bus, transport, self.clock, ports, makers, health, self.journal, halt)

    async def run(self, seconds: float = 0.4) -> None:
        async def arm() -> None:
            self.clock.alert(self.clock.now(), "now")

        try:
            await self.system.run(arm, lambda: None, self.recall, seconds)
        finally:
            self.journal.close()

    async def recall(self) -> None:
        self.recalled += 1

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if type(event) is kind]


async def test_a_run_without_trouble_ends_in_order(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    await rig.run()
    assert [event.reason for event in rig.events if isinstance(event, RunEnded)] == ["0.4 s are over"]
    assert rig.of(ModuleFailed) == []
    assert rig.recalled == 1


async def test_a_module_of_the_brain_is_restarted_and_the_run_goes_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "detector")
    await rig.run()
    assert len(rig.of(ModuleFailed)) == 1
    assert len(rig.of(RunEnded)) == 1


async def test_one_that_cannot_start_stands_down_and_the_hands_go_on(tmp_path: Path) -> None:
    """Its budget is spent before it was ever ready: the others start all the same."""
    rig = Rig(tmp_path, "advisor", RuntimeError("no such model"))
    await rig.run(0.2)
    assert [event.module for event in rig.events if isinstance(event, ModuleStoodDown)] == ["advisor"]
    assert len(rig.of(RunEnded)) == 1


@pytest.mark.parametrize("hand", ["inspector", "provider"])
async def test_the_loss_of_a_hand_ends_the_run(tmp_path: Path, hand: str) -> None:
    rig = Rig(tmp_path, hand)
    with pytest.raises(ModuleLost, match=f"{hand}: broken"):
        await rig.run()
    assert rig.of(RunEnded) == []


async def test_a_port_that_is_taken_is_bad_input_and_no_loss(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "provider", BadInput("gateway.port", "is taken", "Set another."))
    with pytest.raises(BadInput, match="is taken"):
        await rig.run()


async def test_the_halt_file_holds_as_long_as_it_lies_there(tmp_path: Path) -> None:
    """I13: a resume beside the file does not last."""
    (tmp_path / "HALT").touch()
    rig = Rig(tmp_path)
    await rig.run(0.7)
    assert len(rig.of(HaltFileFound)) >= 2
