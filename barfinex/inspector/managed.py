"""A managed position: one trade from its approved entry until it is flat, and what covers it meanwhile.

State only: events change it, `protection` reads it and acts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.candles import Candles
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.money import ZERO, lot_down
from barfinex.domain.order import Fill, OrderRequest, Purpose
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction
from barfinex.inspector.guard import Guard, Slice
from barfinex.inspector.slicing import slices_of

STOPS_LOST_MAX = 3
EXITS_BALKED_MAX = 3


@dataclass(slots=True)
class InFlight:
    """An approved order that has not ended. `price` is the reference its reservation is valued at, `sent`
    whether it went on its way to the venue, `accepted` whether the venue said it has it, and `unknown`
    whether nobody knows. `recalled`: it is wanted back."""

    request: OrderRequest
    price: Decimal
    filled: Decimal = ZERO
    sent: bool = False
    accepted: bool = False
    unknown: bool = False
    recalled: bool = False

    @property
    def remaining(self) -> Decimal:
        return self.request.quantity - self.filled


@dataclass(slots=True)
class ManagedPosition:
    """`quantity` and `cost` sum the entry's fills, `left` is held, `proceeds` sums the fills that close and
    `funding` what it was paid for being held.

    `naked` are the slices without a stop, oldest first; `lost` counts stops and `balked` exits that ended
    without having done their work, the last, a `failed`, at `failed_at`; `turns` counts how often that went
    from one to the other after the attempts at once (see `ladder`); `pairs` and `leaves` number the orders
    made so far. `leaving` is why the last exit was made: whoever wanted out still does when it came to
    nothing.

    `surplus` is covered though it was sold: by an order that had been taken for gone. `groups`: at this venue
    one order of a group cancels the others, so an exit may go beside a stop that has begun to sell. `best` is
    the price most in its favour on candles since the entry was known (`known_at`), `floor` the tightest stop
    so far. While a part is without a stop at the venue, `bare_from` is since when, and `bare_known` since
    when we can do something about it; `bare_ms` and `bare_ms_worst` are the sum and the longest of the spells
    that are over.
    """

    id: str
    strategy: str
    instrument: str
    direction: Direction
    signal_id: str
    bracket: Bracket
    entry: str
    groups: bool = True
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    left: Decimal = ZERO
    proceeds: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
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
    failed_at: int = 0
    failed: Purpose | None = None
    turns: int = 0
    leaving: str = ""
    surplus: Decimal = ZERO
    dust: Decimal = ZERO
    known_at: int = 0
    best: float | None = None
    floor: Decimal | None = None
    bare_from: int = 0
    bare_known: int = 0
    bare_ms: int = 0
    bare_ms_worst: int = 0

    @classmethod
    def begun_by(cls, intent: ExecutionIntent, entry: str, groups: bool) -> ManagedPosition:
        """The position that an approved entry (its order id) will open."""
        assert intent.bracket is not None, "no entry is approved without a protective stop"
        return cls(
            intent.trade_id,
            intent.strategy,
            intent.instrument,
            intent.direction,
            intent.signal_id,
            intent.bracket,
            entry,
            groups,
        )

    def fill(self, fill: Fill, request: OrderRequest, now: int, lot: Decimal | None = None) -> None:
        """Take a fill of one of this trade's orders in."""
        self.fees += fill.fee
        if request.purpose.opens:
            if not self.quantity:
                self.entry_ts, self.known_at = fill.ts, now
            came = self._on_lots(fill, lot)
            self.quantity += came
            self.left += came
            self.cost += came * fill.price
            self.naked += slices_of(self.bracket, fill, came, lot)
            return
        self.left -= fill.quantity
        self.proceeds += fill.quantity * fill.price
        self.exit_ts, self.reason = fill.ts, request.reason
        guard = self.guard_of(request.id)
        if guard is not None:
            guard.leg, guard.accepted = request.id, True
            guard.done += fill.quantity
        else:
            self.surplus += self._trim(fill.quantity)

    def cover(self, request: OrderRequest) -> None:
        """An order was approved: a stop moves one that is there or takes the oldest naked slice, a target
        joins its pair."""
        if request.purpose is Purpose.STOP:
            self.pairs += 1
            guard = self._in_group(request.oco)
            if guard is not None:
                guard.coming = request
                self.floor = request.trigger
                return
            sizes = [one.quantity for one in self.naked]
            bare = self.naked.pop(sizes.index(request.quantity) if request.quantity in sizes else 0)
            covered = Slice(request.quantity, bare.price, bare.since, bare.part)
            assert request.trigger is not None, "a stop has a trigger"
            self.guards.append(
                Guard(covered, request.oco, request.id, request.id, request.trigger, request.price)
            )
        elif request.purpose is Purpose.TARGET:
            self.guards[-1].target = request.id
        else:
            self.leave(request)

    def leave(self, request: OrderRequest) -> None:
        """An exit was approved; one in the group of a guard joins it."""
        self.exits.append(request.id)
        self.leaves += 1
        self.leaving = request.reason
        guard = self._in_group(request.oco)
        if guard is not None:
            guard.exit = request.id

    def accept(self, order_id: str, now: int) -> None:
        """The venue has one of this trade's orders."""
        guard = self.guard_of(order_id)
        if guard is not None:
            covered = guard.open
            guard.accept(order_id)
            self.surplus -= min(self.surplus, covered - guard.open)
            self.gauge(now)

    def release(self, order: InFlight, now: int) -> None:
        """One of this trade's orders has ended; what it no longer covers is naked from `now` on."""
        order_id = order.request.id
        guard = self.guard_of(order_id)
        if order_id in self.exits:
            self.exits.remove(order_id)
            # One that ends because the stop sold its slice has not failed.
            if order.remaining > 0 and (guard is None or not guard.done):
                self._fail(Purpose.EXIT, now)
                self.balked += 1
        if guard is None:
            return
        if guard.leg != order_id:
            guard.drop(order_id)
        elif guard.exit in self.exits and not guard.done:
            guard.leave(now)
        elif guard.coming is not None and not guard.done:
            guard.step_in(now)
        else:
            self.guards.remove(guard)
            sold = min(self.surplus, guard.open)
            self.surplus -= sold
            if guard.open > sold:
                self.naked.append(Slice(guard.open - sold, guard.slice.price, now, guard.slice.part))
                self._fail(Purpose.STOP, now)
                self.lost += 1

    def _fail(self, what: Purpose, now: int) -> None:
        """An attempt came to nothing. Many orders of one attempt may: only a change of what fails counts."""
        is_late = self.lost > STOPS_LOST_MAX and self.balked >= EXITS_BALKED_MAX
        if is_late and self.failed is not what:
            self.turns += 1
        self.failed, self.failed_at = what, now

    def gauge(self, now: int) -> None:
        """Begin or end a spell without a stop, by what is known now."""
        bare = [one.since for one in self.naked]
        bare += [guard.slice.since for guard in self.guards if not guard.accepted]
        if bare and self.left > 0:
            if not self.bare_known:
                self.bare_from, self.bare_known = min(bare), now
        elif self.bare_known:
            spell = max(0, now - self.bare_from)
            self.bare_ms += spell
            self.bare_ms_worst = max(self.bare_ms_worst, spell)
            self.bare_from = self.bare_known = 0

    def watch(self, candles: Candles) -> None:
        """Remember the best price of candles that began when the entry was known."""
        at = candles.after(self.known_at - 1)
        if at < len(candles):
            is_long = self.direction is Direction.LONG
            seen = float(candles.high[at:].max() if is_long else candles.low[at:].min())
            if self.best is None or (seen - self.best) * self.direction.sign > 0:
                self.best = seen

    def guard_of(self, order_id: str) -> Guard | None:
        for guard in self.guards:
            if guard.holds(order_id):
                return guard
        return None

    def _in_group(self, oco: str | None) -> Guard | None:
        return next((guard for guard in self.guards if guard.oco == oco), None) if oco else None

    def _on_lots(self, fill: Fill, lot: Decimal | None) -> Decimal:
        """What an entry's fill brought that can be sold again: a fee in kind leaves less than a lot over,
        which waits for the next fill and in the end stays on the account."""
        if not fill.withheld and not self.dust:
            return fill.quantity
        here = self.dust + fill.quantity - fill.withheld
        came = lot_down(here, lot)
        self.dust = here - came
        return came

    def _trim(self, sold: Decimal) -> Decimal:
        """What no guard covered was sold: less is naked, the oldest first. The rest is returned."""
        while sold > 0 and self.naked:
            first = self.naked[0]
            if first.quantity > sold:
                self.naked[0] = Slice(first.quantity - sold, first.price, first.since, first.part)
                return ZERO
            sold -= first.quantity
            del self.naked[0]
        return sold

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
            net_pnl=(self.proceeds - self.cost) * self.direction.sign - self.fees + self.funding,
            reason=self.reason,
            funding=self.funding,
        )


def watch(positions: Iterable[ManagedPosition], candles: Candles) -> None:
    """Show candles to the positions in their instrument whose stop follows the price."""
    for position in positions:
        if position.bracket.moves and position.quantity and position.instrument == candles.instrument:
            position.watch(candles)
