"""A restart while an order is in doubt: what the venue does not find at once may still be there (I15)."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from barfinex.domain.order import OrderState
from barfinex.events.inspector import IntentRefused
from barfinex.events.provider import ExternalPositionFound, OrderFilled, OrderRejected
from barfinex.provider.venues.faults.catalogue import faults_named
from barfinex.provider.venues.faults.script import Fault, Swallow
from tests.faults.desk import Desk
from tests.faults.verdict import assert_sound

D = Decimal
ENTRY = "ord-0001-e"


def hidden(fault: str, hide_ms: int) -> list[Fault]:
    """F6, for longer."""
    (known,) = faults_named(fault)
    (step,) = known.script
    assert isinstance(step.do, Swallow)
    return [replace(known, script=(replace(step, do=replace(step.do, hide_ms=hide_ms)),))]


async def test_f6_at_a_restart_one_not_found_settles_nothing() -> None:
    """I15, R35: filled, and the start's question does not find it; UNKNOWN until it is found, then counted
    once and protected."""
    desk = Desk(hidden("F6", 63_000))
    await desk.pass_by(3)
    await desk.enter()
    assert (desk.state(ENTRY), desk.held()) == (OrderState.UNKNOWN, D(0))
    await desk.pass_by(1)
    assert (desk.state(ENTRY), desk.held()) == (OrderState.UNKNOWN, D(1))
    await desk.restart(60)
    assert desk.state(ENTRY) is OrderState.UNKNOWN
    assert desk.events(OrderRejected) == []
    await desk.enter(strategy="other")
    (refused,) = desk.events(IntentRefused)
    assert "unknown_order" in [breach.policy for breach in refused.breaches]
    await desk.pass_by(30)
    assert [event.order_id for event in desk.events(OrderFilled)] == [ENTRY]
    assert desk.events(ExternalPositionFound) == [], "it is ours, not somebody else's"
    assert desk.believed() == 1
    desk.bare_ms.clear()  # Nobody was there to protect it for a minute.
    assert_sound(desk)


async def test_f1_at_a_restart_is_proven_absent_in_its_time() -> None:
    """I15: the proof of the lost process is gone with it; the new one makes its own."""
    desk = Desk("F1")
    await desk.pass_by(3)
    await desk.enter()
    await desk.pass_by(10)
    await desk.restart(60)
    await desk.pass_by(15)
    assert desk.state(ENTRY) is OrderState.UNKNOWN
    await desk.pass_by(30)
    (rejected,) = desk.events(OrderRejected)
    assert rejected.order_id == ENTRY
    assert desk.inspector.book.entries() == []
    assert_sound(desk)
