"""The only way to a venue: approved, unexpired, unused, durable; sent once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from msgspec.structs import fields, replace

import barfinex.provider.tracking as tracking_module
from barfinex.clock import VirtualClock
from barfinex.domain.order import OrderRequest, OrderState, OrderType, Side
from barfinex.domain.verdict import Approved
from barfinex.events.provider import (
    ApprovalReused,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
)
from barfinex.provider.orders import OrderGateway
from barfinex.provider.venues.base import Accepted, Cancelled, Filled, OutcomeUnknown, Rejected
from tests.factories import START, approved, fill, order_request
from tests.fakes import FakeJournal, FakePort, FakeVenue

D = Decimal
STOP = order_request("ord-1-s", side=Side.SELL, type=OrderType.STOP, trigger=D(95), reduce_only=True)


class Desk:
    """A gateway between a fake journal and a fake venue, at START."""

    def __init__(self, *silent: str, durable_s: float = 0.01) -> None:
        self.journal, self.clock, self.venue = FakeJournal(), VirtualClock(START), FakeVenue(silent)
        self.port = FakePort(self.journal, self.clock)
        self.gateway = OrderGateway(self.venue, self.journal, durable_s=durable_s)
        self.gateway.start(self.port)

    async def send(self, *permits: Approved[OrderRequest]) -> None:
        await self.gateway.send(permits, self.port)

    def codes(self) -> list[str]:
        return [event.code for event in self.journal.of(OrderRejected)]

    def state(self, order_id: str = "ord-1-e") -> OrderState:
        return self.gateway.orders[order_id].state

    def said(self) -> list[str]:
        return [type(event).__name__ for event in self.journal.events()]


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Enum):
        return next(other for other in type(value) if other is not value)
    if isinstance(value, Decimal):
        return value + D("0.00000001")
    return D(1) if value is None else f"{value}x"


async def test_an_approved_order_is_journaled_made_durable_and_sent_once() -> None:
    """I2: intent first, disk second, venue third."""
    desk = Desk()
    await desk.send(approved())
    assert desk.said() == ["OrderSubmitted", "OrderAccepted"]
    assert desk.journal.asked == [1]
    assert desk.venue.sent == [order_request()]
    assert desk.state() is OrderState.ACCEPTED
    assert desk.journal.rows[1].causation == 1


@pytest.mark.parametrize("name", [field.name for field in fields(OrderRequest)])
async def test_an_order_that_differs_in_any_field_from_what_was_approved_is_refused(name: str) -> None:
    """I1: the approval is bound to the exact order by hash."""
    desk, order = Desk(), order_request()
    other = replace(order, **{name: changed(getattr(order, name))})
    await desk.send(replace(approved(order), order=other))
    assert desk.codes() == ["APPROVAL_MISMATCH"]
    assert desk.venue.sent == []


async def test_an_expired_approval_is_refused() -> None:
    """I3: to the millisecond."""
    desk = Desk()
    await desk.send(approved(expires_at=START - 1))
    assert desk.codes() == ["APPROVAL_EXPIRED"]
    assert desk.venue.sent == []
    await desk.send(approved(order_request("ord-2-e"), expires_at=START))
    assert [order.id for order in desk.venue.sent] == ["ord-2-e"]


async def test_an_approval_that_expires_while_the_disk_is_slow_is_refused() -> None:
    desk = Desk()

    async def slow(seq: int) -> None:
        desk.clock.move(START + 2_001)

    desk.journal.durable = slow  # type: ignore[method-assign]
    await desk.send(approved())
    assert (desk.codes(), desk.venue.sent) == (["APPROVAL_EXPIRED"], [])
    assert desk.state() is OrderState.REJECTED


@pytest.mark.parametrize(
    "second",
    [approved(), approved(order_request("ord-2-e"), id="apr-ord-1-e"), approved(id="apr-other")],
    ids=["the same", "its approval for another order", "its order under another approval"],
)
async def test_a_second_use_is_refused(second: Approved[OrderRequest]) -> None:
    """I3: an approval is single-use, and so is an order id."""
    desk = Desk()
    await desk.send(approved())
    await desk.send(second)
    assert len(desk.venue.sent) == 1
    assert [event.approval_id for event in desk.journal.of(ApprovalReused)] == [second.id]
    assert desk.state() is OrderState.ACCEPTED


async def test_one_approval_twice_in_one_batch_is_refused_whole() -> None:
    """I3: also when the two come together."""
    desk = Desk()
    await desk.send(approved(), approved())
    assert (desk.said(), desk.venue.sent) == (["ApprovalReused"], [])


async def test_a_use_is_remembered_over_a_restart() -> None:
    """I3: the journal knows which approvals are spent."""
    before, after = Desk(), Desk()
    await before.send(approved())
    for row in before.journal.rows:
        after.gateway.fold(row)
    await after.send(approved())
    assert after.venue.sent == []
    assert after.said() == ["ApprovalReused"]
    assert after.gateway.orders == before.gateway.orders


async def test_one_that_may_not_go_keeps_its_pair_back() -> None:
    desk = Desk()
    await desk.send(approved(STOP), approved(order_request("ord-1-t"), order_hash="0"))
    assert desk.codes() == ["APPROVAL_MISMATCH"] * 2
    assert desk.venue.sent == []


@pytest.mark.parametrize("fault", ["is_slow", "fails"])
async def test_an_entry_that_is_not_on_disk_does_not_leave(fault: str) -> None:
    """I2: dropped, not delayed; a dead journal stops the module as well."""
    desk = Desk()
    setattr(desk.journal, fault, True)
    if fault == "fails":
        with pytest.raises(Exception, match="the disk is full"):
            await desk.send(approved())
    else:
        await desk.send(approved())
        assert desk.codes() == ["NOT_DURABLE"]
    assert desk.venue.sent == []
    assert desk.state() is OrderState.REJECTED


async def test_what_only_reduces_risk_goes_although_the_disk_is_slow() -> None:
    """I2 yields to protection: audit failure blocks entries, never exits."""
    desk = Desk()
    desk.journal.is_slow = True
    await desk.send(approved(STOP))
    assert desk.venue.sent == [STOP]
    assert desk.state("ord-1-s") is OrderState.ACCEPTED


async def test_what_only_reduces_risk_reaches_the_venue_although_the_journal_is_dead() -> None:
    desk = Desk()
    desk.journal.fails = True
    with pytest.raises(Exception, match="the disk is full"):  # The venue's answer cannot be recorded either.
        await desk.send(approved(STOP))
    assert desk.venue.sent == [STOP]
    assert "ord-1-s" in desk.gateway.orders


async def test_a_batch_that_also_opens_is_no_protection() -> None:
    desk = Desk()
    desk.journal.is_slow = True
    await desk.send(approved(STOP), approved())
    assert (desk.codes(), desk.venue.sent) == (["NOT_DURABLE"] * 2, [])


async def test_an_order_without_an_answer_is_unknown_and_never_sent_again() -> None:
    """I15: until evidence settles it."""
    desk = Desk("ord-1-e")
    await desk.send(approved())
    assert desk.said() == ["OrderSubmitted", "OrderUnconfirmed"]
    assert desk.state() is OrderState.UNKNOWN
    await desk.send(approved(id="apr-again"))
    assert len(desk.venue.sent) == 1
    desk.venue.say(Accepted("ord-1-e", START))
    assert desk.state() is OrderState.ACCEPTED


async def test_of_a_pair_only_the_leg_without_an_answer_is_unknown() -> None:
    """I15: what the venue has confirmed is not put in doubt."""
    desk = Desk("ord-1-t")
    await desk.send(approved(STOP), approved(order_request("ord-1-t", reduce_only=True)))
    assert (desk.state("ord-1-s"), desk.state("ord-1-t")) == (OrderState.ACCEPTED, OrderState.UNKNOWN)
    assert [event.order_id for event in desk.journal.of(OrderUnconfirmed)] == ["ord-1-t"]


async def test_a_cancel_without_an_answer_changes_nothing() -> None:
    """I15: a failed question never means that the order is gone."""
    desk = Desk()
    await desk.send(approved())
    desk.venue.silent.add("ord-1-e")
    await desk.gateway.cancel("ord-1-e")
    assert desk.venue.cancelled == ["ord-1-e"]
    assert desk.state() is OrderState.PENDING_CANCEL
    assert desk.state().is_open
    assert desk.said() == ["OrderSubmitted", "OrderAccepted"]


async def test_the_venues_reports_become_events_that_answer_the_submission() -> None:
    desk = Desk()
    await desk.send(approved(order_request(quantity=D(2))))
    desk.venue.say(Filled(fill(), D(1), D(2)))
    desk.venue.say(Cancelled("ord-1-e", START + 9, "requested"))
    assert desk.said() == ["OrderSubmitted", "OrderAccepted", "OrderFilled", "OrderCancelled"]
    assert {row.causation for row in desk.journal.rows[1:]} == {1}
    assert (desk.journal.rows[2].ts, desk.journal.rows[3].ts) == (START, START + 9)
    (filled,) = desk.journal.of(OrderFilled)
    assert (filled.filled, filled.quantity) == (D(1), D(2))
    assert desk.gateway.orders["ord-1-e"].filled == D(1)


async def test_a_fill_that_is_heard_twice_counts_once() -> None:
    """I16: also after a restart."""
    desk, after = Desk(), Desk()
    await desk.send(approved())
    for _ in range(2):
        desk.venue.say(Filled(fill(), D(1), D(1)))
    for row in desk.journal.rows:
        after.gateway.fold(row)
    after.venue.say(Filled(fill(), D(1), D(1)))
    assert len(desk.journal.of(OrderFilled)) == 1
    assert after.journal.rows == []
    assert after.gateway.orders["ord-1-e"].filled == D(1)


async def test_a_definite_no_of_the_venue_is_told_with_its_code() -> None:
    desk = Desk()
    desk.venue.silent.add("ord-1-e")
    await desk.send(approved())
    desk.venue.say(Rejected("ord-1-e", START, "LOT_SIZE", "not a multiple"))
    assert desk.codes() == ["LOT_SIZE"]
    assert desk.state() is OrderState.REJECTED


async def test_ended_orders_are_forgotten_beyond_a_bound_and_open_ones_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I10: memory does not grow with the number of trades."""
    monkeypatch.setattr(tracking_module, "ENDED_MAX", 5)
    monkeypatch.setattr(tracking_module, "USED_MAX", 7)
    desk = Desk()
    await desk.send(approved(order_request("ord-open-e")))
    for k in range(20):
        await desk.send(approved(order_request(f"ord-{k}-e")))
        desk.venue.say(Filled(fill(id=f"f{k}", order_id=f"ord-{k}-e"), D(1), D(1)))
    assert list(desk.gateway.orders) == ["ord-open-e", *(f"ord-{k}-e" for k in range(15, 20))]
    assert desk.gateway.memory.cause("ord-3-e") is None
    assert not desk.gateway.memory.knows(fill(id="f3", order_id="ord-3-e"))
    assert len(desk.gateway.memory._used) == 7


def test_events_of_the_gateway_fold_back_into_the_same_state() -> None:
    desk = Desk()
    order = order_request()
    about = {"instrument": order.instrument, "order_id": order.id}
    story: Sequence[tuple[Any, OrderState]] = [
        (OrderSubmitted(instrument=order.instrument, approval_id="a", request=order), OrderState.SUBMITTED),
        (OrderUnconfirmed(**about, reason=""), OrderState.UNKNOWN),
        (OrderAccepted(**about), OrderState.ACCEPTED),
        (OrderCancelled(**about, reason=""), OrderState.CANCELLED),
    ]
    for event, state in story:
        desk.gateway.fold(desk.port.emit(event))
        assert desk.state() is state


def test_the_venue_that_does_not_answer_is_an_error_of_its_own() -> None:
    assert not issubclass(OutcomeUnknown, OSError)
