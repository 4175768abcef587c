"""A run whose journal is in trouble says so, goes on recording, and seals what it has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.audit.seal import SealFile, beside
from barfinex.bus.bus import Bus
from barfinex.bus.port import JournalFailed
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.config import JournalConfig
from barfinex.domain.order import Purpose
from barfinex.events.base import Event
from barfinex.events.inspector import CancelRequested, TradingHalted
from barfinex.events.kernel import JournalRecovered, JournalStalled, ModuleStarted, SealFailed
from barfinex.events.provider import OrderAccepted, OrderCancelled, OrderRejected, OrderSubmitted
from barfinex.events.studio import HaltRequested
from barfinex.provider.orders import OrderGateway
from barfinex.runtime.health import Health
from barfinex.runtime.journaling import JournalWatch, journal_of
from barfinex.runtime.supervisor import ModuleLost
from tests.audit.fragile import FINAL, PASSING, Fragile
from tests.audit.story import notes
from tests.factories import approved, order_request
from tests.fakes import FakeVenue

KILL: list[Event] = [
    HaltRequested(way="command", reason="disk"),
    TradingHalted(way="command", reason="disk"),
    CancelRequested(instrument="BTC-USDT", order_id="ord-1-e", reason="halt"),
    OrderCancelled(instrument="BTC-USDT", order_id="ord-1-e", reason="halt"),
]


class Rig:
    """A bus on a fragile journal, and whoever watches it."""

    def __init__(self, folder: Path, seal: SealFile | None = None) -> None:
        self.path = folder / "journal.db"
        self.disk: dict[str, Any] = {"error": None, "at": "commit"}
        ledger = partial(Fragile, disk=self.disk)
        self.journal = SqliteJournal(self.path, sync="full", ballast=0, seal=seal, ledger=ledger)
        self.health = Health("run-1", "test")
        self.health.armed = True
        self.bus = Bus(MemoryTransport(), self.journal, SystemClock(), "run-1", arriving=True)
        self.watch = JournalWatch(self.journal, self.bus, self.health)

    def publish(self, *events: Event) -> None:
        for event in events:
            self.bus.publish(event, event.publisher)

    def recorded(self) -> list[Event]:
        with Reader(self.path) as reader:
            assert reader.verify().ok
            return [row.event for row in reader.envelopes()]


async def until(is_so: Callable[[], object]) -> None:
    with anyio.fail_after(10):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event of its own
            await anyio.sleep(0.01)


def _is_sealed(seal: SealFile, seq: int) -> bool:
    return seq in seal.read().heads


async def test_a_kill_on_a_full_disk_is_recorded_and_entries_stop(tmp_path: Path) -> None:
    """R55, I2: nothing is durable meanwhile, nothing is lost, and everybody can see it."""
    rig = Rig(tmp_path)
    async with anyio.create_task_group() as group:
        group.start_soon(rig.watch.run)
        rig.publish(ModuleStarted(module="provider"))
        await rig.journal.durable(1)
        assert rig.health.status()["journal"] == "ok"
        rig.disk["error"] = PASSING["full"]
        rig.publish(KILL[0])
        with pytest.raises(JournalFailed, match="disk is full"):
            await rig.journal.durable(2)
        rig.publish(*KILL[1:])
        await until(lambda: rig.journal.last_seq > 5)  # The watch has told of it.
        status = rig.health.status()
        assert (status["status"], "disk is full" in status["journal"]) == ("degraded", True)
        rig.disk["error"] = None
        await until(lambda: rig.health.status()["journal"] == "ok")
        await until(lambda: rig.journal.last_seq > 6)
        await rig.journal.durable(rig.journal.last_seq)
        group.cancel_scope.cancel()
    rig.journal.close()
    events = rig.recorded()
    assert [event for event in events if event in KILL] == KILL
    (stalled,) = [event for event in events if isinstance(event, JournalStalled)]
    assert "disk is full" in stalled.reason
    (recovered,) = [event for event in events if isinstance(event, JournalRecovered)]
    assert recovered.stalled_ms >= 0
    assert events.index(stalled) < events.index(recovered) == len(events) - 1


async def test_on_a_full_disk_an_entry_stays_and_a_stop_goes(tmp_path: Path) -> None:
    """I2, R55: through the order gateway; both are on record when there is room again."""
    rig, venue = Rig(tmp_path), FakeVenue()
    gateway, port = OrderGateway(venue, rig.journal), rig.bus.port("provider", lambda _: None)
    gateway.start(port)
    stop = order_request("ord-1-s", purpose=Purpose.STOP, reduce_only=True)
    ends = rig.bus.clock.now() + 60_000
    rig.disk["error"] = PASSING["full"]
    await gateway.send((approved(expires_at=ends),), port)
    await gateway.send((approved(stop, expires_at=ends),), port)
    assert venue.sent == [stop]
    rig.disk["error"] = None
    await until(lambda: rig.journal.trouble is None)
    rig.journal.close()
    told = [type(event) for event in rig.recorded()]
    assert told == [OrderSubmitted, OrderRejected, OrderSubmitted, OrderAccepted]


async def test_a_journal_that_has_failed_for_good_ends_the_run(tmp_path: Path) -> None:
    """F64, F68."""
    rig = Rig(tmp_path)
    rig.disk["error"] = FINAL["fsync"]
    rig.publish(ModuleStarted(module="provider"))
    with pytest.raises(JournalFailed), anyio.fail_after(10):
        await rig.watch.run()
    assert "disk I/O error" in rig.health.status()["journal"]
    with pytest.raises(JournalFailed):
        rig.journal.close()


async def test_the_head_is_sealed_while_the_run_goes_on(tmp_path: Path) -> None:
    seal = SealFile(beside(tmp_path / "journal.db"), every_s=0.1)
    rig = Rig(tmp_path, seal)
    async with anyio.create_task_group() as group:
        group.start_soon(rig.watch.run)
        for at in range(1, 4):
            rig.publish(ModuleStarted(module=f"m{at}"))
            await rig.journal.durable(at)
            await until(partial(_is_sealed, seal, at))
        group.cancel_scope.cancel()
    rig.publish(ModuleStarted(module="last"))
    rig.journal.close()
    with Reader(rig.path) as reader:
        assert reader.verify(seal.read().heads).sealed == 4


async def test_a_seal_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    seal = SealFile(tmp_path / "none" / "seals", every_s=0.1)
    rig = Rig(tmp_path, seal)
    async with anyio.create_task_group() as group:
        group.start_soon(rig.watch.run)
        rig.publish(ModuleStarted(module="provider"))
        await anyio.sleep(0.7)
        group.cancel_scope.cancel()
    with pytest.raises(JournalFailed, match="cannot be sealed"):
        rig.journal.close()
    assert len([event for event in rig.recorded() if isinstance(event, SealFailed)]) == 1


def test_a_run_that_could_not_write_its_last_rows_ends_as_halted(tmp_path: Path) -> None:
    path, config = tmp_path / "journal.db", JournalConfig(ballast_mb=0)

    def work() -> None:
        with journal_of(config, path, "full") as journal:
            for envelope in notes(5):
                journal.append(envelope)
            journal.flush()
            path.rename(tmp_path / "moved.db")
            journal.append(notes(1, before=5)[0])

    with pytest.raises(ModuleLost, match=r"the journal: .* deleted or replaced .*; 1 rows wait beside it"):
        work()
    assert (tmp_path / "journal.db.unwritten").exists()
