"""A managed position: one trade from its approved entry until it is flat, and what covers it meanwhile.

State only: events change it, `protection` reads it and acts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, OrderRequest, Purpose
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction
from barfinex.domain.value import Value


@dataclass(slots=True)
class InFlight:
    """An approved order that has not ended. `price` is the reference its reservation is valued at, `sent`
    whether it went on its way to the venue."""

    request: OrderRequest
    price: Decimal
    filled: Decimal = ZERO
    sent: bool = False

    @property
    def remaining(self) -> Decimal:
        return self.request.quantity - self.filled


class Slice(Value, frozen=True):
    """A part of a position: base units, its fill's price, and since when it is without a stop (ms UTC)."""

    quantity: Decimal
    price: Decimal
    since: int


@dataclass(slots=True)
class Guard:
    """A slice and the orders over it, of which one cancels the others (`oco`). `leg` is what covers it:
    the stop, a target that was triggered, or an exit that has begun to fill; `accepted` whether the venue has
    shown that it does; `done` is what they have sold."""

    slice: Slice
    oco: str | None
    stop: str
    leg: str
    accepted: bool = False
    done: Decimal = ZERO
    target: str | None = None
    exit: str | None = None

    def hand_over(self, now: int) -> None:
        """The stop is gone and the target is there: it has to begin to fill soon."""
        assert self.target is not None, "there is no other leg"
        self.slice, self.leg, self.accepted = (
            Slice(self.slice.quantity, self.slice.price, now),
            self.target,
            False,
        )


@dataclass(slots=True)
class ManagedPosition:
    """`quantity` and `cost` sum the entry's fills, `left` is held, `proceeds` sums the fills that close.

    `naked` are the slices without a stop, oldest first; `lost` counts stops and `balked` exits that ended
    without having done their work; `pairs` and `leaves` number the orders made so far. `leaving` is why the
    last exit was made: whoever wanted out still does when it came to nothing.
    """

    id: str
    strategy: str
    instrument: str
    direction: Direction
    signal_id: str
    bracket: Bracket
    entry: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    left: Decimal = ZERO
    proceeds: Decimal = ZERO
    fees: Decimal = ZERO
    entry_ts: int = 0
    exit_ts: int = 0
    reason: str = ""
    announced: bool = False
    recalled: bool = False
    naked: list[Slice] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    exits: list[str] = field(default_factory=list)
    pairs: int = 0
    leaves: int = 0
    lost: int = 0
    balked: int = 0
    leaving: str = ""

    def fill(self, fill: Fill, request: OrderRequest) -> None:
        """Take a fill of one of this trade's orders in."""
        notional = fill.quantity * fill.price
        self.fees += fill.fee
        if request.purpose.opens:
            if not self.quantity:
                self.entry_ts = fill.ts
            self.quantity += fill.quantity
            self.left += fill.quantity
            self.cost += notional
            self.naked.append(Slice(fill.quantity, fill.price, fill.ts))
            return
        self.left -= fill.quantity
        self.proceeds += notional
        self.exit_ts, self.reason = fill.ts, request.reason
        guard = self.guard_of(request.id)
        if guard is not None:
            guard.leg, guard.accepted = request.id, True
            guard.done += fill.quantity

    def cover(self, request: OrderRequest) -> None:
        """An order was approved: a stop takes the oldest naked slice, a target joins its pair."""
        if request.purpose is Purpose.STOP:
            bare = self.naked.pop(0)
            slice_ = Slice(request.quantity, bare.price, bare.since)
            self.guards.append(Guard(slice_, request.oco, request.id, request.id))
            self.pairs += 1
        elif request.purpose is Purpose.TARGET:
            self.guards[-1].target = request.id
        else:
            self.leave(request)

    def leave(self, request: OrderRequest) -> None:
        """An exit was approved; one in the group of a guard joins it."""
        self.exits.append(request.id)
        self.leaves += 1
        self.leaving = request.reason
        for guard in self.guards:
            if request.oco is not None and guard.oco == request.oco:
                guard.exit = request.id

    def release(self, order: InFlight, now: int) -> None:
        """One of this trade's orders has ended; what it no longer covers is naked from `now` on."""
        order_id = order.request.id
        guard = self.guard_of(order_id)
        if order_id in self.exits:
            self.exits.remove(order_id)
            # One that ends because the stop sold its slice has not failed.
            self.balked += order.remaining > 0 and (guard is None or not guard.done)
        if guard is None:
            return
        if guard.leg != order_id:
            guard.exit = None if guard.exit == order_id else guard.exit
            return
        self.guards.remove(guard)
        bare = guard.slice.quantity - guard.done
        if bare > 0:
            self.naked.append(Slice(bare, guard.slice.price, now))
            self.lost += 1

    def guard_of(self, order_id: str) -> Guard | None:
        for guard in self.guards:
            if order_id in (guard.stop, guard.target, guard.exit):
                return guard
        return None

    def round_trip(self) -> RoundTrip:
        """The finished trade; `net_pnl` is a difference of sums, so nothing is lost to a division (I16)."""
        return RoundTrip(
            id=self.id,
            strategy=self.strategy,
            instrument=self.instrument,
            direction=self.direction,
            quantity=self.quantity,
            entry_ts=self.entry_ts,
            exit_ts=self.exit_ts,
            entry_price=self.cost / self.quantity,
            exit_price=self.proceeds / (self.quantity - self.left),
            fees=self.fees,
            net_pnl=(self.proceeds - self.cost) * self.direction.sign - self.fees,
            reason=self.reason,
        )
