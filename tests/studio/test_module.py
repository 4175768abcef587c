"""Studio's module speaks for a person, and only what a person may say."""

from __future__ import annotations

import pytest

from barfinex.bus.bus import Bus
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import VirtualClock
from barfinex.events.studio import HaltRequested, ResumeRequested
from barfinex.studio.module import NotRunning, StudioModule
from tests.fakes import FakeJournal


async def test_a_request_is_published_by_studio() -> None:
    journal, transport = FakeJournal(), MemoryTransport()
    bus = Bus(transport, journal, VirtualClock(5), "run-1", arriving=True)
    module = StudioModule()
    await module.run(bus.port("studio", lambda work: None))
    wishes = [HaltRequested(way="api", reason="news"), ResumeRequested(by="Ada", reason="calm")]
    for wish in wishes:
        module.request(wish)  # type: ignore[arg-type]
    assert journal.events() == wishes
    assert {row.source for row in journal.rows} == {"studio"}
    transport.dispose()


def test_a_request_before_the_start_is_not_lost_in_silence() -> None:
    with pytest.raises(NotRunning, match="HALT file"):
        StudioModule().request(HaltRequested(way="api", reason="news"))
