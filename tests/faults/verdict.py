"""What must be true of a desk whatever has struck it; the venue's own store is the oracle."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import OrderState, Purpose
from barfinex.domain.trading import TradingState
from barfinex.events.provider import OrderFilled, OrderSubmitted, OrderUnconfirmed
from tests.faults.desk import Desk

UNDONE = "fill_revoked "


def assert_nothing_doubled(desk: Desk) -> None:
    """I15: each client id went over the wire once at most, and only what was written down before."""
    assert all(count == 1 for count in desk.venue.sent.values()), desk.venue.sent
    assert set(desk.venue.sent) <= {event.request.id for event in desk.events(OrderSubmitted)}


def assert_nothing_lost(desk: Desk) -> None:
    """I16: the fills of our orders are told once each, and they are the venue's."""
    told = [event.fill for event in desk.events(OrderFilled) if event.order_id in desk.venue.sent]
    assert len({fill.id for fill in told}) == len(told)
    there = [fill for fill in desk.store.fills() if fill.order_id in desk.venue.sent]
    assert sorted(told, key=lambda fill: fill.id) == sorted(there, key=lambda fill: fill.id)


def assert_books_agree(desk: Desk) -> None:
    """I16: what we believe to hold and to own is what the venue says."""
    assert desk.believed() == desk.held()
    assert desk.inspector.book.portfolio.cash == desk.venue.engine.cash


def assert_nothing_unknown(desk: Desk) -> None:
    """I15: every doubt is settled."""
    assert desk.unknown() == []
    doubtful = {event.order_id for event in desk.events(OrderUnconfirmed)}
    assert all(desk.state(order_id) is not OrderState.UNKNOWN for order_id in doubtful)


def assert_protected(desk: Desk) -> None:
    """I5: stops at the venue, or an exit on its way, cover all that our trades hold."""
    for position in desk.inspector.book.positions.values():
        mine = [order for order in desk.working() if order.request.trade_id == position.id]
        stops = sum((o.remaining for o in mine if o.request.purpose is Purpose.STOP), Decimal(0))
        leaving = any(order.request.purpose is Purpose.EXIT for order in mine)
        assert stops >= position.left or leaving or desk.halted, f"{position.id}: {stops} of {position.left}"
    if not desk.inspector.book.positions:
        assert not desk.working(Purpose.STOP, Purpose.TARGET), "no stop without a position"


def assert_sound(desk: Desk, bare_ms_max: int = 10_000) -> None:
    """All of it, now; and that no trade was bare at the venue for longer than that (ms) at any time."""
    assert max(desk.bare_ms.values(), default=0) <= bare_ms_max, desk.bare_ms
    assert_nothing_doubled(desk)
    assert_nothing_lost(desk)
    assert_books_agree(desk)
    assert_nothing_unknown(desk)
    assert_protected(desk)


def assert_in_order(desk: Desk) -> None:
    """I34: some time after the last fault no doubt, no difference and no bare position is left, and whatever
    restricts trading says why. What a venue has undone (a void trade, a delisted instrument) is the one thing
    that stays: nobody but a person can settle it, and trading is halted until then."""
    assert desk.unknown() == []
    trading = desk.inspector.book.trading
    assert all(one.reason and one.cause for one in trading.latches.values())
    assert trading.state() is TradingState.ACTIVE or trading.latches
    standing, strikes = list(desk.checks.reconciler.standing), desk.strikes()
    if standing:
        undone = [one for one in standing if one.startswith(UNDONE) or "F35" in strikes]
        assert standing == undone, standing
        assert any(one.state is TradingState.HALTED for one in trading.latches.values()), standing
        return
    assert desk.believed() == desk.held()
    ours = {order.request.id for order in desk.working()}
    assert ours == {name for name, one in desk.provider.gateway.orders.items() if one.state.is_open}
    for position in desk.inspector.book.positions.values():
        mine = [order for order in desk.working() if order.request.trade_id == position.id]
        stops = sum((o.remaining for o in mine if o.request.purpose is Purpose.STOP), Decimal(0))
        leaving = any(order.request.purpose is Purpose.EXIT for order in mine)
        assert stops >= position.left or leaving, f"{position.id}: {stops} of {position.left}"
