"""The simulated venue remembers what it said, whole batches or nothing, and goes on after a death."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from barfinex.clock import VirtualClock
from barfinex.domain.errors import BadInput
from barfinex.domain.order import OrderRequest, OrderState, OrderType, Side
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Accepted, Cancelled, Filled, OutcomeUnknown, Rejected, Report
from barfinex.provider.venues.sim import SimVenue
from tests.factories import BTC, MINUTE, START, approved, candles, fill, order_request
from tests.provider.venue import engine, order, pair

D = Decimal
DYING = """
import os, signal, sys
from pathlib import Path
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Accepted
from tests.factories import order_request

def reports():
    yield Accepted("whole", 1)
    if len(sys.argv) > 2:
        os.kill(os.getpid(), signal.SIGKILL)  # in the middle of the transaction

store = VenueStore(Path(sys.argv[1]))
store.record(reports(), [order_request("whole")])
os.kill(os.getpid(), signal.SIGKILL)
"""


class Sim:
    """A simulated venue over a file, and all that it said."""

    def __init__(self, path: Path, **config: Any) -> None:
        self.store = VenueStore(path)
        self.venue = SimVenue(engine(**config), VirtualClock(START), self.store)
        self.heard: list[Report] = []
        self.venue.listen(self.heard.append)

    async def submit(self, *orders: OrderRequest) -> None:
        await self.venue.submit([approved(each) for each in orders])

    def pass_by(self, *rows: Sequence[float]) -> None:
        block = candles(*rows)
        self.venue.open(block.head(1))
        self.venue.sweep(block)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "venue.sqlite"


async def test_orders_fills_and_position_are_there_after_a_restart(path: Path) -> None:
    before = Sim(path)
    await before.submit(order("buy", "market", name="e"))
    before.pass_by((100, 101, 99, 100))
    await before.submit(*pair(95, 105))
    before.store.close()
    after = Sim(path)
    assert [each.request.id for each in await after.venue.conditional_orders()] == ["s", "t"]
    assert await after.venue.open_orders() == []
    assert [each.id for each in await after.venue.fills()] == ["e.1"]
    assert after.store.positions() == {BTC: D(1)}
    entry = await after.venue.order("e")
    assert entry is not None
    assert (entry.state, entry.filled) == (OrderState.FILLED, D(1))
    after.pass_by((100, 101, 94, 95))
    assert [type(each) for each in after.heard] == [Filled, Cancelled]
    assert after.store.positions() == {BTC: D(0)}
    after.store.close()
    last = Sim(path)
    await last.submit(order("sell", "market", name="x", oco="pair"))
    assert [type(each) for each in last.heard] == [Rejected], "what was filled before is not sold again"
    last.store.close()


async def test_an_order_that_was_partly_filled_goes_on_with_the_rest(path: Path) -> None:
    before = Sim(path, volume_share=0.5)
    await before.submit(order("buy", "market", name="e"))
    before.pass_by((100, 101, 99, 100, 1.0))
    before.store.close()
    after = Sim(path, volume_share=0.5)
    after.pass_by((102, 103, 101, 102, 9.0))
    (report,) = after.heard
    assert isinstance(report, Filled)
    assert (report.fill.id, report.fill.quantity, report.filled) == ("e.2", D("0.50"), D("1.00"))
    assert [each.id for each in after.store.fills()] == ["e.1", "e.2"]
    after.store.close()


async def test_the_venue_tells_what_is_held_owned_and_since_when(path: Path) -> None:
    before = Sim(path, fee=D("0.01"))
    await before.submit(order("buy", "market", name="e"), order("buy", "limit", 50.0, name="l"))
    before.pass_by((100, 101, 99, 100))
    before.store.close()
    after = Sim(path, fee=D("0.01"))
    assert await after.venue.positions() == {BTC: D(1)}
    assert await after.venue.balances() == {"cash": D(100_000) - 100 - 1} == await before.venue.balances()
    assert [each.id for each in await after.venue.fills(START)] == ["e.1"]
    assert await after.venue.fills(START + 1) == []
    assert [each.request.id for each in await after.venue.open_orders()] == ["l"]
    assert await after.venue.conditional_orders() == []
    after.store.close()


async def test_a_venue_without_a_record_knows_the_present_and_is_silent_about_the_past() -> None:
    """I15: a question that cannot be answered is no answer."""
    venue = SimVenue(engine(), VirtualClock(START))
    await venue.submit([approved(order("buy", "market", name="e")), approved(order("sell", "stop", 90.0))])
    venue.open(candles((100, 101, 99, 100)))
    assert await venue.positions() == {BTC: D(1)}
    assert await venue.balances() == {"cash": D(99_900)}
    assert [each.request.id for each in await venue.conditional_orders()] == ["o"]
    assert await venue.open_orders() == []
    resting = await venue.order("o")
    assert resting is not None
    assert resting.state is OrderState.ACCEPTED
    for question in (venue.order("e"), venue.fills()):
        with pytest.raises(OutcomeUnknown, match="keeps no record"):
            await question


async def test_what_the_venue_never_had_is_none_and_what_it_refused_is_rejected(path: Path) -> None:
    """I15: only a definite answer is evidence."""
    sim = Sim(path)
    assert await sim.venue.order("ghost") is None
    await sim.submit(order_request("bad", quantity=D("NaN")))
    assert [type(each) for each in sim.heard] == [Rejected]
    refused = sim.store.order("good")
    assert refused is None
    sim.store.close()


async def test_it_is_on_disk_before_it_is_said(path: Path) -> None:
    sim, told = Sim(path), list[OrderState | None]()

    def look(report: Report) -> None:
        other = VenueStore(path)
        known = other.order(report.order_id if isinstance(report, Accepted) else "")
        told.append(known.state if known else None)
        other.close()

    sim.venue.listen(look)
    await sim.submit(order("buy", "limit", 50.0))
    assert told == [OrderState.ACCEPTED]
    sim.store.close()


def test_a_batch_that_fails_in_the_middle_leaves_nothing(path: Path) -> None:
    store = VenueStore(path)
    twice = [Filled(fill(id="same"), D(1), D(2))] * 2
    with pytest.raises(Exception, match="UNIQUE"):
        store.record([Accepted("ord-1-e", 1), *twice], [order_request(quantity=D(2))])
    assert store.order("ord-1-e") is None
    assert store.fills() == []
    store.record([Accepted("ord-1-e", 1), twice[0]], [order_request(quantity=D(2))])
    known = store.order("ord-1-e")
    assert known is not None
    assert (known.state, known.filled) == (OrderState.PARTIALLY_FILLED, D(1))
    assert store.fills_of("ord-1-e") == 1
    store.close()


@pytest.mark.parametrize("in_the_middle", [True, False])
def test_a_killed_process_leaves_a_batch_whole_or_not_at_all(path: Path, in_the_middle: bool) -> None:
    command = [sys.executable, "-c", DYING, str(path), *(["now"] if in_the_middle else [])]
    died = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert died.returncode == -signal.SIGKILL
    store = VenueStore(path)
    assert [each.request.id for each in store.working()] == ([] if in_the_middle else ["whole"])
    store.close()


def test_an_order_comes_back_as_it_was_given(path: Path) -> None:
    given = order_request(
        "x", side=Side.SELL, type=OrderType.STOP_LIMIT, price=D("1E+2"), trigger=D("0.10"), oco="p"
    )
    store = VenueStore(path)
    store.record([Accepted("x", 1)], [given])
    known = store.order("x")
    assert known is not None
    assert known.request == given
    assert known.request.fingerprint() == given.fingerprint()
    store.close()


def test_a_file_that_is_something_else_is_bad_input(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a database " * 100)
    (tmp_path / "folder").mkdir()
    for path in (wrong, tmp_path / "folder", wrong / "below"):
        with pytest.raises(BadInput, match="simulated venue's file"):
            VenueStore(path)


async def test_public_trades_reach_the_orders_too(path: Path) -> None:
    sim = Sim(path)
    await sim.submit(order("buy", "market", name="e"), order("sell", "limit", 101.0, name="l"))
    sim.venue.tick(BTC, START + MINUTE, 100.0, 5.0)
    await sim.venue.cancel("l")
    assert [type(each) for each in sim.heard] == [Accepted, Accepted, Filled, Cancelled]
    sim.store.close()
