"""The life of an order, as one table."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

from msgspec.json import encode

from barfinex.domain.money import ZERO
from barfinex.domain.signal import Direction
from barfinex.domain.value import Value, Word


class Side(Word):
    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @classmethod
    def opening(cls, direction: Direction) -> Side:
        return cls.BUY if direction is Direction.LONG else cls.SELL

    @classmethod
    def closing(cls, direction: Direction) -> Side:
        return cls.SELL if direction is Direction.LONG else cls.BUY


class OrderType(Word):
    """STOP and TAKE_PROFIT trigger a market order, STOP_LIMIT a limit order at `price`."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"


class Purpose(Word):
    """Why an order exists; the letter ends its id and the word is the exit reason of a round trip."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    EXIT = "exit"

    @property
    def opens(self) -> bool:
        return self is Purpose.ENTRY


class OrderRequest(Value, frozen=True):
    """What is asked of a venue. `id` is the client order id; one leg of an `oco` pair cancels the other.

    `quantity` is in base units, `price` (limit) and `trigger` in quote units. `reason` is the exit reason
    a fill of this order stands for.
    """

    id: str
    instrument: str
    side: Side
    type: OrderType
    quantity: Decimal
    purpose: Purpose
    trade_id: str
    strategy: str
    intent_id: str
    price: Decimal | None = None
    trigger: Decimal | None = None
    reduce_only: bool = False
    oco: str | None = None
    reason: str = ""

    def fingerprint(self) -> str:
        """SHA-256 over every field: what an approval is bound to (I1)."""
        return sha256(encode(self)).hexdigest()


class OrderState(Word):
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def is_open(self) -> bool:
        """Whether the order may still fill; an UNKNOWN order may (I15)."""
        return self in _OPEN


_OPEN = {OrderState.SUBMITTED, OrderState.UNKNOWN, OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED}


class Trigger(Word):
    """What can happen to an order; FILL_PART leaves a remainder, FILL_REST does not."""

    LOSE = "lose"
    ACCEPT = "accept"
    REJECT = "reject"
    FILL_PART = "fill_part"
    FILL_REST = "fill_rest"
    CANCEL = "cancel"
    EXPIRE = "expire"


def _transitions() -> dict[tuple[OrderState, Trigger], OrderState]:
    table: dict[tuple[OrderState, Trigger], OrderState] = {}
    for state in _OPEN:
        table[state, Trigger.FILL_PART] = OrderState.PARTIALLY_FILLED
        table[state, Trigger.FILL_REST] = OrderState.FILLED
        table[state, Trigger.CANCEL] = OrderState.CANCELLED
        table[state, Trigger.EXPIRE] = OrderState.EXPIRED
    for state in (OrderState.SUBMITTED, OrderState.UNKNOWN):
        table[state, Trigger.ACCEPT] = OrderState.ACCEPTED
        table[state, Trigger.REJECT] = OrderState.REJECTED
        table[state, Trigger.LOSE] = OrderState.UNKNOWN
    # A fill or an end can overtake the acknowledgement, and a fill the cancel, that was sent before it.
    for state in (OrderState.PARTIALLY_FILLED, OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED):
        table[state, Trigger.ACCEPT] = state
    for ended in (OrderState.CANCELLED, OrderState.EXPIRED):
        table[ended, Trigger.FILL_PART] = ended
        table[ended, Trigger.FILL_REST] = OrderState.FILLED
    return table


TRANSITIONS = _transitions()


class IllegalTransition(Exception):
    """An order was told something its state does not allow."""


class Fill(Value, frozen=True):
    """An executed slice under the venue's own id; `fee` is in quote units, `ts` ms UTC at the venue."""

    id: str
    order_id: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    ts: int


class Order(Value, frozen=True):
    """An order as the venue's answers make it."""

    request: OrderRequest
    state: OrderState = OrderState.SUBMITTED
    filled: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        return self.request.quantity - self.filled

    def apply(self, trigger: Trigger) -> Order:
        """Raises IllegalTransition when the table has no such step."""
        try:
            return Order(self.request, TRANSITIONS[self.state, trigger], self.filled)
        except KeyError:
            raise IllegalTransition(f"order {self.request.id}: {trigger} while {self.state}") from None

    def fill(self, quantity: Decimal) -> Order:
        """Raises IllegalTransition when the order cannot fill or would fill beyond its quantity."""
        filled = self.filled + quantity
        if not (quantity.is_finite() and quantity > 0 and filled <= self.request.quantity):
            raise IllegalTransition(
                f"order {self.request.id}: fill of {quantity} with {self.remaining} remaining"
            )
        trigger = Trigger.FILL_REST if filled == self.request.quantity else Trigger.FILL_PART
        return Order(self.request, self.apply(trigger).state, filled)
