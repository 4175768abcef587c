"""What the Provider asks of anything that answers like an exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from barfinex.domain.order import Fill, Order, OrderRequest
from barfinex.domain.verdict import Approved


class Accepted(NamedTuple):
    order_id: str
    ts: int


class Rejected(NamedTuple):
    """A definite no: the order does not exist at the venue and never will."""

    order_id: str
    ts: int
    code: str
    reason: str


class Filled(NamedTuple):
    """`filled` is the order's running total, `quantity` what was ordered, both in base units."""

    fill: Fill
    filled: Decimal
    quantity: Decimal


class Cancelled(NamedTuple):
    order_id: str
    ts: int
    reason: str


class Expired(NamedTuple):
    order_id: str
    ts: int
    reason: str


Report = Accepted | Rejected | Filled | Cancelled | Expired


class OutcomeUnknown(Exception):
    """The venue was asked and did not answer: the order may or may not exist (I15)."""


class Venue(Protocol):
    """Takes approved orders only (I1). Answers, now or later, come through the `listen` callback."""

    def listen(self, heard: Callable[[Report], None]) -> None: ...

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        """Send orders together; several share one OCO group.

        Raises:
            OutcomeUnknown: no answer; never send again, ask `order` instead.
        """
        ...

    async def cancel(self, order_id: str) -> None:
        """Take an order back; its OCO partner goes with it. An order that has ended stays as it ended."""
        ...

    async def order(self, order_id: str) -> Order | None:
        """The order by client id; None is proof that the venue never had it. Raises OutcomeUnknown."""
        ...

    async def open_orders(self) -> Sequence[Order]: ...

    async def fills(self) -> Sequence[Fill]:
        """All own fills, oldest first."""
        ...
