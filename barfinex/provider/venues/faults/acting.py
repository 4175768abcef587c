"""What a faulty venue does by itself, some time after a step has struck."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from barfinex.domain.money import ZERO, lot_down, on_step
from barfinex.domain.order import Fill, OrderRequest, OrderType, Purpose, Side
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Cancelled, Expired, Filled, Report
from barfinex.provider.venues.faults.bending import FINEST
from barfinex.provider.venues.faults.script import (
    Act,
    Delist,
    EndOrder,
    Foreign,
    HaltSymbol,
    Retell,
    RollBack,
    Shape,
    Shut,
)
from barfinex.provider.venues.matching import MatchingEngine

_BELOW = Decimal("0.5")  # Where a foreign buy order rests, as a part of the price: out of the way.


class Actor(Protocol):
    """The venue, as its own acts see it."""

    engine: MatchingEngine

    @property
    def book(self) -> VenueStore: ...
    def price_of(self, instrument: str) -> tuple[int, Decimal]: ...
    def happen(
        self, reports: list[Report], submitted: list[OrderRequest] = ..., *, told: bool = True
    ) -> None: ...
    def settle(self) -> None: ...
    def mute(self, order_id: str) -> None: ...
    def retell(self) -> None: ...
    def shut(self, how: Shut) -> None: ...
    def halt_symbol(self, instrument: str, ms: int | None, shape: Shape) -> None: ...


def act(venue: Actor, what: Act, request: OrderRequest) -> None:
    """Do it; `request` is the order of ours that the script was struck by."""
    match what:
        case EndOrder():
            _end(venue, request)
        case Foreign():
            _trade(venue, what, request)
        case HaltSymbol(ms, shape):
            venue.halt_symbol(request.instrument, ms, shape)
        case Delist(shape):
            _delist(venue, request.instrument, shape)
        case RollBack():
            venue.book.bust(request.id)
            venue.settle()
        case Retell():
            venue.retell()
        case Shut():
            venue.shut(what)


def _end(venue: Actor, request: OrderRequest) -> None:
    ts, _ = venue.price_of(request.instrument)
    ended = venue.engine.cancel(request.id, ts)
    venue.happen([_expired(one) for one in ended], told=False)


def _expired(report: Report) -> Report:
    assert isinstance(report, Cancelled), "a cancel only cancels"
    return Expired(report.order_id, report.ts, "ended by the venue")


def _trade(venue: Actor, what: Foreign, ours: OrderRequest) -> None:
    ts, price = venue.price_of(ours.instrument)
    rules = venue.engine.instruments[ours.instrument]
    quantity = lot_down(abs(what.share) * ours.quantity, rules.lot or FINEST) or rules.lot or FINEST
    side = ours.side if what.share > 0 else _other(ours.side)
    orders = [foreign(what.prefix, ts, ours.instrument, side, OrderType.MARKET, quantity)]
    if what.rests:
        level = on_step(price * _BELOW, rules.tick)
        orders.append(
            foreign(what.prefix, ts + 1, ours.instrument, Side.BUY, OrderType.LIMIT, quantity, level)
        )
    if not what.told:
        for order in orders:
            venue.mute(order.id)
    venue.happen(venue.engine.submit(orders, ts), orders)


def _delist(venue: Actor, instrument: str, shape: Shape) -> None:
    """Orders first, so that nothing of ours can fill after the settlement."""
    ts, price = venue.price_of(instrument)
    for order in [one for one in venue.engine.working() if one.request.instrument == instrument]:
        venue.happen([_expired(one) for one in venue.engine.cancel(order.request.id, ts)])
    held = venue.book.positions().get(instrument, ZERO)
    if held:
        side = Side.SELL if held > 0 else Side.BUY
        order_ = foreign("settlement", ts, instrument, side, OrderType.MARKET, abs(held))
        fill = Fill(f"{order_.id}.1", order_.id, instrument, side, abs(held), price, ZERO, ts)
        venue.happen([Filled(fill, abs(held), abs(held))], [order_])
    venue.halt_symbol(instrument, None, shape)


def foreign(
    prefix: str,
    ts: int,
    instrument: str,
    side: Side,
    kind: OrderType,
    quantity: Decimal,
    price: Decimal | None = None,
) -> OrderRequest:
    """An order that is none of ours: it belongs to no trade, no strategy and no intent."""
    name = f"{prefix}-{ts}"
    return OrderRequest(name, instrument, side, kind, quantity, Purpose.ENTRY, "", "", "", price)


def _other(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY
