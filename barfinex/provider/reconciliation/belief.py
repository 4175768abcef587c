"""Both sides of a comparison, each frozen at a moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from barfinex.domain.mismatch import Mismatch, Part
from barfinex.domain.order import Fill, Order, OrderState
from barfinex.domain.position import Position
from barfinex.events.base import Event
from barfinex.events.provider import ExternalOrderFound
from barfinex.provider.absence import Proof, proof_of
from barfinex.provider.ledger import AccountLedger, FillKey
from barfinex.provider.orders import OrderGateway
from barfinex.provider.venues.base import Capabilities

OURS = "ord-"
UNSETTLED = (OrderState.SUBMITTED, OrderState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Belief:
    """What we believe at `now` (ms UTC). `orders` are those of ours that are remembered, by client id;
    `sent_at` says when those without an answer were sent, `absent` when the venue did not know them; `held`
    and `owned` are net quantities by instrument and amounts by asset, of which `adopted` and `transfers` are
    not explained by fills. `futures` are the positions in linear futures, `carrying` the orders that filled
    since their instrument was last flat."""

    now: int
    orders: Mapping[str, Order]
    sent_at: Mapping[str, int]
    absent: Mapping[str, tuple[int, ...]]
    fills: Mapping[FillKey, Fill]
    horizon: int
    held: Mapping[str, Decimal]
    owned: Mapping[str, Decimal]
    adopted: Mapping[str, Decimal]
    transfers: Mapping[str, Decimal]
    external: Mapping[str, ExternalOrderFound]
    carrying: Mapping[str, Collection[str]] = field(default_factory=dict)
    asset: str = "cash"
    futures: Mapping[str, Position] = field(default_factory=dict)

    def open_orders(self) -> dict[str, Order]:
        """What the venue may have: not what still waits to be sent."""
        return {
            order_id: order
            for order_id, order in self.orders.items()
            if order.state.is_open and order.state is not OrderState.PENDING_SEND
        }


@dataclass(frozen=True, slots=True)
class VenueSnapshot:
    """What the venue answered. A part is None when its query was not answered or not made, `asked` holds the
    orders that were asked for by id and answered; `fills` are those from `since` (ms UTC) on. `failed` says
    which queries were not answered, and why; `is_shut`: because the venue does not let us in."""

    asked: Mapping[str, Order | None] = field(default_factory=dict)
    open: tuple[Order, ...] | None = None
    conditional: tuple[Order, ...] | None = None
    fills: tuple[Fill, ...] | None = None
    since: int = 0
    positions: Mapping[str, Decimal] | None = None
    balances: Mapping[str, Decimal] | None = None
    failed: Mapping[Part, str] = field(default_factory=dict)
    is_shut: bool = False

    def working(self) -> dict[str, Order]:
        """Every order of the two lists, as far as they are known."""
        return {order.request.id: order for order in (*(self.open or ()), *(self.conditional or ()))}

    @property
    def is_listed(self) -> bool:
        """Whether an order that is in neither list does not work."""
        return self.open is not None and self.conditional is not None

    def has(self, part: Part) -> bool:
        """Whether this part of the answer is there; of orders, whether none was asked for in vain."""
        if part is Part.ORDERS:
            return Part.ORDERS not in self.failed
        answers = {
            Part.OPEN: self.open,
            Part.CONDITIONAL: self.conditional,
            Part.FILLS: self.fills,
            Part.POSITIONS: self.positions,
            Part.BALANCES: self.balances,
        }
        return answers[part] is not None


class Rules(NamedTuple):
    """How differences are judged. `proof`: what shows that an order without an answer can never appear;
    `adopts`: what is not ours is only told, otherwise it halts; `fee_asset`: the one asset in which fees may
    be paid that nobody tells, up to `fee_tolerance` of it; `lots`: the least that can be sold, by instrument,
    in base units."""

    proof: Proof = proof_of(Capabilities())
    adopts: bool = True
    fee_asset: str = ""
    fee_tolerance: Decimal = Decimal(0)
    lots: Mapping[str, Decimal] = {}


class Difference(NamedTuple):
    """A mismatch and the event that settles it; None when nothing true can be written down."""

    mismatch: Mismatch
    fact: Event | None = None


def believe(gateway: OrderGateway, ledger: AccountLedger, now: int) -> Belief:
    """Freeze what is believed now."""
    sent = {
        order_id: cause.known_at
        for order_id, order in gateway.orders.items()
        if order.state in UNSETTLED and (cause := gateway.memory.cause(order_id)) is not None
    }
    return Belief(
        now=now,
        orders=dict(gateway.orders),
        sent_at=sent,
        absent=gateway.settling.absences(),
        fills=dict(ledger.fills),
        horizon=ledger.horizon,
        held=ledger.held(),
        owned=ledger.owned(),
        adopted=dict(ledger.adopted),
        transfers=dict(ledger.transfers),
        external=dict(ledger.external),
        carrying={name: tuple(orders) for name, orders in ledger.carrying.items()},
        asset=ledger.asset,
        futures=dict(ledger.futures),
    )


def is_ours(order_id: str) -> bool:
    """Whether an order id bears our mark."""
    return order_id.startswith(OURS)
