"""What the Provider asks of anything that answers like an exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from barfinex.domain.order import Fill, Order, OrderRequest, OrderType
from barfinex.domain.value import Value
from barfinex.domain.verdict import Approved
from barfinex.provider.venues.errors import VenueError


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


class Liquidated(NamedTuple):
    """The venue has closed a position itself; the fill belongs to no order of ours."""

    fill: Fill


class Funded(NamedTuple):
    """Funding was settled at `ts`: `rate` is a fraction of the value at `mark` (quote units), `quantity` what
    was held, signed, in base units, and `amount` what was received, below zero when it was paid."""

    instrument: str
    ts: int
    rate: Decimal
    mark: Decimal
    quantity: Decimal
    amount: Decimal


OrderReport = Accepted | Rejected | Filled | Cancelled | Expired
AccountReport = Liquidated | Funded
Report = OrderReport | AccountReport


def order_of(report: Report) -> str:
    """The order that a report is about; empty when it is about none."""
    if isinstance(report, Filled | Liquidated):
        return report.fill.order_id
    return "" if isinstance(report, Funded) else report.order_id


class OutcomeUnknown(VenueError):
    """The venue was asked and did not answer: the order may or may not exist (I15)."""


class Capabilities(Value, frozen=True):
    """What a venue can do. `recv_window_ms`: how long after its time stamp a request may still be taken in;
    `engine_timeout_ms`: how long what was taken in may still be under way. Their sum bounds a late order; it
    is zero where nothing is ever under way and the venue answers for its own file. `history_ms`: how far back
    it tells own trades, 0 for all there are."""

    oco: bool = True
    stop: bool = True
    stop_limit: bool = True
    take_profit: bool = True
    reduce_only: bool = True
    recv_window_ms: int = 5_000
    engine_timeout_ms: int = 10_000
    history_ms: int = 0


class Venue(Protocol):
    """Takes approved orders only (I1). Answers, now or later, come through the `listen` callback.

    Each question raises VenueError when it is not answered; that proves nothing (I15).
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def listen(self, heard: Callable[[Report], None]) -> None: ...

    async def submit(self, approved: Sequence[Approved[OrderRequest]]) -> None:
        """Send orders together; several share one OCO group. Never send again what raised: ask `order`.

        Raises:
            VenueError: a no, or no answer (OutcomeUnknown).
        """
        ...

    async def cancel(self, order_id: str) -> None:
        """Take an order back; its OCO partners go with it, unless one of its own purpose took its place
        in the group (a stop that was moved). An order that has ended stays as it ended.

        Raises:
            VenueError: a no, or no answer (OutcomeUnknown): the order may or may not be gone.
        """
        ...

    async def order(self, order_id: str) -> Order | None:
        """The order by client id. None: not found now; only time makes that a proof of absence."""
        ...

    async def open_orders(self) -> Sequence[Order]:
        """Limit orders that rest, and market orders that wait."""
        ...

    async def conditional_orders(self) -> Sequence[Order]:
        """Stops, take-profits and the legs of OCO lists, which many venues keep apart."""
        ...

    async def fills(self, since: int = 0) -> Sequence[Fill]:
        """Own fills from `since` (ms UTC) on, oldest first."""
        ...

    async def positions(self) -> Mapping[str, Decimal]:
        """Net base quantity by instrument; what is flat may be left out."""
        ...

    async def balances(self) -> Mapping[str, Decimal]:
        """What is owned of each asset, free or locked; the simulated one has "cash", in quote units."""
        ...


def is_conditional(request: OrderRequest) -> bool:
    """Whether a venue lists the order among its conditional ones."""
    return request.oco is not None or request.type in _CONDITIONAL


_CONDITIONAL = {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT}
