"""What follows from what a venue shows of an order, word for word."""

from __future__ import annotations

import pytest

from barfinex.bus.port import JournalFailed
from barfinex.domain.order import Order, OrderState
from barfinex.events.inspector import CancelRequested
from barfinex.events.provider import OrderAccepted, OrderCancelled, OrderExpired, OrderFilled, OrderRejected
from barfinex.provider.settling import fact_of
from barfinex.provider.tracking import OrderFact
from barfinex.provider.venues.base import Cancelled
from tests.factories import START, fill
from tests.provider.doubts import ID, TWO, D, S, accepted, shown, unknown

WHERE = {"instrument": TWO.instrument, "order_id": ID}
FACTS: dict[OrderState, OrderFact] = {
    S.REJECTED: OrderRejected(**WHERE, code="REJECTED", reason="the venue shows it as rejected"),
    S.CANCELLED: OrderCancelled(**WHERE, reason="the venue shows it as cancelled"),
    S.EXPIRED: OrderExpired(**WHERE, reason="the venue shows it as expired"),
}


@pytest.mark.parametrize("believed", S)
@pytest.mark.parametrize("actual", S)
@pytest.mark.parametrize("is_acked", [False, True])
def test_the_fact_that_makes_our_belief_what_the_venue_shows(
    believed: OrderState, actual: OrderState, *, is_acked: bool
) -> None:
    """I15: an end is told once, an acknowledgement too, and of what has ended nothing."""
    accepted = None if is_acked else OrderAccepted(**WHERE)
    expected = FACTS.get(actual, accepted) if believed.is_open else None
    assert fact_of(Order(TWO, believed), shown(actual), is_acked=is_acked) == expected


async def test_an_order_that_is_watched_is_not_watched_twice() -> None:
    desk = await accepted()
    desk.gateway.settling.watch(ID, desk.port, 700)
    desk.gateway.settling.watch(ID, desk.port, 300)
    assert desk.clock.next_alert() == START + 700
    desk.clock.move(START + 700)
    assert [alert.name for alert in desk.clock.due(START + 700)] == ["order in doubt ord-1-e"]
    desk.gateway.settling.watch_all(desk.port)
    assert desk.clock.next_alert() is None, "what is not in doubt is not looked at"


async def test_an_error_of_our_own_is_no_silence_of_the_venue() -> None:
    desk = await unknown()
    desk.venue.deaf, desk.venue.error = {"order"}, JournalFailed("the disk is full")
    with pytest.raises(JournalFailed, match="the disk is full"):
        await desk.until(5_000)


async def test_trades_found_are_told_as_they_are_with_their_total() -> None:
    desk = await unknown()
    desk.venue.known[ID] = shown(S.PARTIALLY_FILLED, "1.5")
    desk.venue.made = [fill(id="f-1"), fill(id="f-0", order_id="ord-9-e"), fill(id="f-2", quantity=D("0.5"))]
    await desk.until(5_000)
    parts = ((desk.venue.made[0], D(1)), (desk.venue.made[2], D("1.5")))
    assert desk.journal.of(OrderFilled) == [
        OrderFilled(**WHERE, fill=each, filled=filled, quantity=D(2)) for each, filled in parts
    ]
    assert desk.state() is S.PARTIALLY_FILLED


async def test_an_order_that_is_forgotten_meanwhile_is_no_news() -> None:
    desk = await unknown()

    async def slow(order_id: str) -> Order | None:
        del desk.gateway.memory.orders[order_id]
        return shown(S.CANCELLED)

    desk.venue.order = slow  # type: ignore[method-assign]
    await desk.until(60_000)
    assert desk.said() == []
    assert desk.clock.next_alert() is None


async def test_an_order_that_its_recall_ends_is_not_looked_at_again() -> None:
    desk = await accepted()
    wish = CancelRequested(instrument=TWO.instrument, order_id=ID, reason="halt")
    desk.gateway.fold(desk.port.emit(wish))

    async def cancel(order_id: str) -> None:
        desk.venue.say(Cancelled(order_id, START, "requested"))

    desk.venue.cancel = cancel  # type: ignore[method-assign]
    await desk.gateway.settling.check(ID, desk.port)
    assert desk.state() is S.CANCELLED
    assert desk.clock.next_alert() is None
