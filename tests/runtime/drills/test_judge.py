"""A judge that finds nothing proves nothing: each promise is broken on purpose, and it must say so."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from barfinex.audit.journal import SqliteJournal
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.events.inspector import IntentApproved, ProtectionApproved, ProtectionPlaced
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import OrderFilled, OrderSubmitted
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Accepted, Filled
from barfinex.runtime.drills.judge import judge
from tests.factories import BTC, START, approved, fill, order_request

D = Decimal
STOP = order_request(
    "ord-1-s",
    side=Side.SELL,
    type=OrderType.STOP,
    purpose=Purpose.STOP,
    trigger=D(98),
    reduce_only=True,
)


class Scene:
    """One entry, filled and covered: a journal and a venue that agree."""

    def __init__(self, folder: Path, *, bare_ms: int = 50, submissions: int = 1) -> None:
        self.journal, self.venue = folder / "run.db", folder / "run.venue.db"
        entry = order_request()
        clock = VirtualClock(START)
        with SqliteJournal(self.journal, sync="batch") as journal:
            bus = Bus(LockstepTransport(), journal, clock, "run-1", arriving=True)
            bus.publish(
                RunStarted(mode="paper", version="1", config={}, config_hash="", strategies={}, data={}),
                "kernel",
            )
            permit = approved(entry)
            bus.publish(
                IntentApproved(instrument=BTC, intent_id="int-1", checks=(), approval=permit), "inspector"
            )
            for _ in range(submissions):
                self._submitted(bus, permit.id, entry)
            bus.publish(
                OrderFilled(
                    instrument=BTC, order_id=entry.id, fill=fill(), filled=D(1), quantity=entry.quantity
                ),
                "provider",
            )
            cover = approved(STOP)
            bus.publish(
                ProtectionApproved(instrument=BTC, trade_id="trd-1", reason="stop", approvals=(cover,)),
                "inspector",
            )
            self._submitted(bus, cover.id, STOP)
            clock.move(START + bare_ms)
            bus.publish(
                ProtectionPlaced(instrument=BTC, trade_id="trd-1", order_id=STOP.id, unprotected_ms=bare_ms),
                "inspector",
            )
        self.at_venue([entry, STOP], [fill()])

    def _submitted(self, bus: Bus, approval_id: str, order: OrderRequest) -> None:
        bus.publish(OrderSubmitted(instrument=BTC, approval_id=approval_id, request=order), "provider")

    def at_venue(self, orders: Sequence[OrderRequest], fills: Sequence[object]) -> None:
        store = VenueStore(self.venue)
        store.record([Accepted(order.id, START) for order in orders], orders)
        store.record([Filled(one, one.quantity, one.quantity) for one in fills])  # type: ignore[attr-defined,arg-type]
        store.close()

    def at_venue_sql(self, statement: str) -> None:
        with sqlite3.connect(self.venue) as db:
            db.execute(statement)

    def verdict(self) -> list[str]:
        return judge(self.journal, self.venue)


def test_a_crash_that_left_everything_right_is_safe(tmp_path: Path) -> None:
    assert Scene(tmp_path).verdict() == []


def test_an_order_that_nobody_wrote_down_and_a_second_entry(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.at_venue([order_request("ord-9-e")], [])
    assert scene.verdict() == [
        "unrecorded: ord-9-e is at the venue and not in the journal",
        "duplicate: 2 entries for int-1",
    ]


def test_a_submission_twice_on_one_approval(tmp_path: Path) -> None:
    assert Scene(tmp_path, submissions=2).verdict() == [
        "unapproved: ord-1-e was submitted without an approval of its own",
        "duplicate: ord-1-e was submitted twice",
    ]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update orders set state = 'cancelled' where id = 'ord-1-s'",
            "naked: trd-1 holds 1, its stops cover 0",
        ),
        ("update orders set state = 'unknown' where id = 'ord-1-s'", "unknown: ord-1-s was never settled"),
        ("update orders set filled = '2' where id = 'ord-1-e'", "overfilled: ord-1-e filled 2 of 1"),
        ("update fills set id = 'other'", "invented fill: f-1"),
    ],
)
def test_what_the_venue_remembers_otherwise(tmp_path: Path, statement: str, said: str) -> None:
    scene = Scene(tmp_path)
    scene.at_venue_sql(statement)
    if "fills set id" in statement:
        scene.at_venue_sql("update fills set fill = json_set(fill, '$.id', 'other')")
    assert said in scene.verdict()


def test_a_fill_that_the_journal_never_heard_of(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    sold = replace(fill(), id="f-2", order_id="ord-1-s", side=Side.SELL)
    scene.at_venue([], [sold])
    found = scene.verdict()
    assert "lost fill: f-2" in found
    assert "open for ever: trd-1 is flat at the venue and not closed in the journal" in found


def test_more_sold_than_held(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.at_venue([], [replace(fill(), id="f-2", order_id="ord-1-s", side=Side.SELL, quantity=D(3))])
    assert any(one == "oversold: trd-1 by 2" for one in scene.verdict())


def test_eleven_seconds_without_a_stop(tmp_path: Path) -> None:
    assert Scene(tmp_path, bare_ms=11_000).verdict() == ["naked: trd-1 for 11000 ms"]


def test_a_journal_that_was_changed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with sqlite3.connect(scene.journal) as db:
        db.execute("drop trigger events_no_update")
        db.execute("update events set known_at = known_at + 1 where seq = 3")
    assert scene.verdict()[0].startswith("chain: broken at row 3")
