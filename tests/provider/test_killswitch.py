"""The last gate: shut by the wish itself, opened by a person's resume alone, and never for what protects."""

from __future__ import annotations

import pytest

from barfinex.domain.order import OrderType, Purpose, Side
from barfinex.domain.trading import Action, Cause, Level, Scope
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import ChangeRefused, TradingHalted, TradingResumed
from barfinex.events.kernel import HaltFileFound, HaltSignalled
from barfinex.events.provider import OrderRejected
from barfinex.events.studio import HaltRequested
from barfinex.provider.killswitch import SHUT_MAX, KillSwitch
from tests.factories import START, approved, order_request
from tests.provider.test_orders import Desk

ENTRY = order_request()
WAYS: tuple[Event, ...] = (
    HaltRequested(way="api", reason="x"),
    HaltRequested(way="api", reason="x", action=Action.CLOSE_ALL),
    HaltFileFound(path="HALT"),
    HaltSignalled(signal="SIGUSR1"),
    TradingHalted(way="inspector", reason="x"),
)
HERE = (
    Scope(),
    Scope(Level.VENUE, "sim"),
    Scope(Level.INSTRUMENT, ENTRY.instrument),
    Scope(Level.STRATEGY, ENTRY.strategy),
    Scope(Level.ORDER, ENTRY.id),
)
ELSEWHERE = (Scope(Level.INSTRUMENT, "X"), Scope(Level.STRATEGY, "x"), Scope(Level.ORDER, "ord-9-e"))
OPENING = (Action.STAND_DOWN, Action.THROTTLE, Action.CANCEL_ENTRIES)


def row(seq: int, event: Event, causation: int = 0) -> Envelope:
    return Envelope(seq, "run", event.publisher, START, START, seq, causation, event)


def after(*events: Event) -> KillSwitch:
    switch = KillSwitch()
    for seq, event in enumerate(events, 1):
        switch.tap(row(seq, event))
    return switch


@pytest.mark.parametrize("event", WAYS)
def test_every_way_shuts_it_for_entries_and_for_nothing_else(event: Event) -> None:
    """I13, I5."""
    switch = after(event)
    assert switch.blocks(ENTRY)
    for purpose in (Purpose.STOP, Purpose.TARGET, Purpose.EXIT):
        assert not switch.blocks(order_request("ord-1-x", side=Side.SELL, purpose=purpose))


@pytest.mark.parametrize("scope", HERE, ids=str)
def test_it_is_shut_as_far_as_was_asked(scope: Scope) -> None:
    assert after(HaltRequested(way="api", reason="x", scope=scope)).blocks(ENTRY)


@pytest.mark.parametrize("scope", ELSEWHERE, ids=str)
def test_and_no_farther(scope: Scope) -> None:
    assert not after(HaltRequested(way="api", reason="x", scope=scope)).blocks(ENTRY)


@pytest.mark.parametrize("action", OPENING)
def test_what_is_no_halt_leaves_it_open(action: Action) -> None:
    assert not after(HaltRequested(way="api", reason="x", action=action)).blocks(ENTRY)


def test_only_a_resume_that_was_asked_for_after_the_halt_opens_it() -> None:
    """I13: not the end of another cause, nor a resume that the halt has overtaken."""
    switch = after(HaltRequested(way="api", reason="x"))
    switch.tap(row(5, TradingResumed(by="recovery", reason="x", cause=Cause.LOOP_LAG), causation=4))
    assert switch.blocks(ENTRY)
    switch.tap(row(9, HaltRequested(way="api", reason="again")))
    switch.tap(row(10, TradingResumed(by="Ada", reason="x"), causation=8))
    assert switch.blocks(ENTRY)
    switch.tap(row(12, TradingResumed(by="Ada", reason="x"), causation=11))
    assert not switch.blocks(ENTRY)


def shut_while_the_disk_works(desk: Desk) -> None:
    durable = desk.journal.durable

    async def late(seq: int) -> None:
        await durable(seq)
        desk.gateway.kill.tap(row(99, HaltSignalled(signal="SIGUSR1")))

    desk.journal.durable = late  # type: ignore[method-assign]


def test_however_many_orders_are_killed_one_by_one_the_others_go() -> None:
    """Nobody can resume an order, so kills of orders must never add up to a halt of everything."""
    switch = after(
        *(
            HaltRequested(way="api", reason="x", scope=Scope(Level.ORDER, f"ord-{n}-e"))
            for n in range(SHUT_MAX + 2)
        )
    )
    assert not switch.blocks(order_request("ord-x-e"))
    assert switch.blocks(order_request(f"ord-{SHUT_MAX + 1}-e"))


def test_a_halt_that_was_refused_shuts_nothing_and_leaves_the_others_shut() -> None:
    switch = after(*(HaltRequested(way="api", reason="x", scope=scope) for scope in HERE[2:4]))
    switch.tap(row(3, ChangeRefused(what="halt", by="api", reason="there is no such strategy"), 2))
    assert switch.blocks(ENTRY)
    switch.tap(row(4, ChangeRefused(what="halt", by="api", reason="there is no such instrument"), 1))
    assert not switch.blocks(ENTRY)


async def test_an_entry_that_waits_for_the_disk_when_it_is_shut_never_leaves() -> None:
    """I13: approved, written down, and yet not sent."""
    desk = Desk()
    shut_while_the_disk_works(desk)
    await desk.send(approved(ENTRY))
    assert [event.code for event in desk.journal.of(OrderRejected)] == ["HALTED"]
    assert ids(desk) == []


async def test_a_stop_that_waits_for_the_disk_is_sent_all_the_same() -> None:
    """I5."""
    desk = Desk()
    shut_while_the_disk_works(desk)
    stop = {"side": Side.SELL, "type": OrderType.STOP, "trigger": ENTRY.quantity, "reduce_only": True}
    await desk.send(approved(order_request("ord-1-s", purpose=Purpose.STOP, **stop)))
    assert ids(desk) == ["ord-1-s"]


def ids(desk: Desk) -> list[str]:
    """What the venue was given."""
    return [order.id for order in desk.venue.sent]
