"""A part of a position and the orders over it. State only."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.money import ZERO
from barfinex.domain.order import OrderRequest
from barfinex.domain.value import Value


class Slice(Value, frozen=True):
    """A part of a position: base units, its fill's price, and since when it is without a stop (ms UTC).

    `part`: which of the bracket's targets is its own; -1 where the bracket has no such list.
    """

    quantity: Decimal
    price: Decimal
    since: int
    part: int = -1


@dataclass(slots=True)
class Guard:
    """A slice and the orders over it, of which one cancels the others (`oco`). `leg` is what covers it:
    the stop, a target that was triggered, or an exit that has begun to fill; `accepted` whether the venue has
    shown that it does; `done` is what they have sold.

    `level` is the stop's trigger and `limit` the worst price it takes (None: any). `coming` is a stop that
    shall take the place of `stop` as soon as the venue has it, `gone` are those that were replaced and have
    not ended yet; `unmoved` counts the moves that the venue refused.
    """

    slice: Slice
    oco: str | None
    stop: str
    leg: str
    level: Decimal
    limit: Decimal | None = None
    accepted: bool = False
    done: Decimal = ZERO
    target: str | None = None
    exit: str | None = None
    exit_accepted: bool = False
    coming: OrderRequest | None = None
    gone: list[str] = field(default_factory=list)
    unmoved: int = 0

    @property
    def open(self) -> Decimal:
        """What it still covers, base units."""
        return self.slice.quantity - self.done

    @property
    def sells(self) -> bool:
        """Whether what covers the slice has begun to sell it at market."""
        return self.done > 0 and self.limit is None

    @property
    def rests(self) -> bool:
        """Whether the stop is at the venue and nothing has begun to sell the slice or to replace the stop."""
        return self.accepted and self.leg == self.stop and self.coming is None and self.exit is None

    def holds(self, order_id: str) -> bool:
        """Whether this order is one over the slice."""
        if order_id in (self.stop, self.target, self.exit) or order_id in self.gone:
            return True
        return self.coming is not None and self.coming.id == order_id

    def accept(self, order_id: str) -> None:
        """The venue has a stop of this slice: from now on it is the one that counts."""
        if self.coming is not None and self.coming.id == order_id:
            self.gone.append(self.stop)
            self._step_in(self.coming)
            self.accepted = True
        elif self.exit == order_id:
            self.exit_accepted = True
            self.accepted = self.accepted or self.leg == order_id
        elif self.stop == order_id:
            self.accepted = True

    def step_in(self, now: int) -> None:
        """The stop has gone before the one that is to replace it was accepted."""
        assert self.coming is not None, "there is none to replace it"
        self._step_in(self.coming)
        self._bare(now)

    def hand_over(self, now: int) -> None:
        """The stop is gone and the target is there: it has to begin to fill soon."""
        assert self.target is not None, "there is no other leg"
        self.leg = self.target
        self._bare(now)

    def leave(self, now: int) -> None:
        """The stop is gone and an exit is under way: a venue that begins to execute it cancels the others."""
        assert self.exit is not None, "there is no exit"
        self.leg = self.exit
        if not self.exit_accepted:
            self._bare(now)

    def drop(self, order_id: str) -> None:
        """One that does not cover the slice has ended."""
        if self.coming is not None and self.coming.id == order_id:
            self.coming = None
            self.unmoved += 1
        elif order_id in self.gone:
            self.gone.remove(order_id)
        elif self.exit == order_id:
            self.exit, self.exit_accepted = None, False
        elif self.target == order_id:
            self.target = None

    def _step_in(self, stop: OrderRequest) -> None:
        assert stop.trigger is not None, "a stop has a trigger"
        if self.leg == self.stop:
            self.leg = stop.id
        self.stop, self.level, self.limit, self.coming = stop.id, stop.trigger, stop.price, None
        if stop.quantity < self.open:
            self.slice = Slice(stop.quantity + self.done, self.slice.price, self.slice.since, self.slice.part)

    def _bare(self, now: int) -> None:
        old = self.slice
        self.slice, self.accepted = Slice(old.quantity, old.price, now, old.part), False
