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
    """PENDING_SEND: approved, nothing has left yet. SUBMITTED: on its way, without an answer. UNKNOWN: nobody
    knows whether the venue has it (I15). PENDING_CANCEL: the venue has it and was asked to take it back."""

    PENDING_SEND = "pending_send"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def is_open(self) -> bool:
        """Whether the order may still fill; an UNKNOWN order may (I15)."""
        return self in _OPEN

    @property
    def is_unanswered(self) -> bool:
        """Whether the venue may have the order and has not said so."""
        return self in _UNANSWERED


_UNANSWERED = {OrderState.SUBMITTED, OrderState.UNKNOWN}
_AT_VENUE = {OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.PENDING_CANCEL}
_OPEN = {OrderState.PENDING_SEND, *_UNANSWERED, *_AT_VENUE}


class Trigger(Word):
    """What can happen to an order. SEND: it leaves. LOSE: no answer came. RECALL: it is wanted back.
    FILL_PART leaves a remainder, FILL_REST does not."""

    SEND = "send"
    LOSE = "lose"
    ACCEPT = "accept"
    REJECT = "reject"
    RECALL = "recall"
    FILL_PART = "fill_part"
    FILL_REST = "fill_rest"
    CANCEL = "cancel"
    EXPIRE = "expire"


_S, _T = OrderState, Trigger

# What is not here does not happen. An ended order leaves its state by one door: a fill that the venue made
# before it cancelled or expired the order, and told after.
TRANSITIONS: dict[tuple[OrderState, Trigger], OrderState] = {
    (_S.PENDING_SEND, _T.SEND): _S.SUBMITTED,
    (_S.PENDING_SEND, _T.REJECT): _S.REJECTED,
    (_S.SUBMITTED, _T.LOSE): _S.UNKNOWN,
    (_S.SUBMITTED, _T.ACCEPT): _S.ACCEPTED,
    (_S.SUBMITTED, _T.REJECT): _S.REJECTED,
    (_S.SUBMITTED, _T.RECALL): _S.SUBMITTED,  # Whether it exists comes first.
    (_S.SUBMITTED, _T.FILL_PART): _S.PARTIALLY_FILLED,  # A fill or an end can overtake the acknowledgement.
    (_S.SUBMITTED, _T.FILL_REST): _S.FILLED,
    (_S.SUBMITTED, _T.CANCEL): _S.CANCELLED,
    (_S.SUBMITTED, _T.EXPIRE): _S.EXPIRED,
    (_S.UNKNOWN, _T.LOSE): _S.UNKNOWN,
    (_S.UNKNOWN, _T.ACCEPT): _S.ACCEPTED,
    (_S.UNKNOWN, _T.REJECT): _S.REJECTED,
    (_S.UNKNOWN, _T.RECALL): _S.UNKNOWN,
    (_S.UNKNOWN, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.UNKNOWN, _T.FILL_REST): _S.FILLED,
    (_S.UNKNOWN, _T.CANCEL): _S.CANCELLED,
    (_S.UNKNOWN, _T.EXPIRE): _S.EXPIRED,
    (_S.ACCEPTED, _T.RECALL): _S.PENDING_CANCEL,
    (_S.ACCEPTED, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.ACCEPTED, _T.FILL_REST): _S.FILLED,
    (_S.ACCEPTED, _T.CANCEL): _S.CANCELLED,
    (_S.ACCEPTED, _T.EXPIRE): _S.EXPIRED,
    (_S.PARTIALLY_FILLED, _T.ACCEPT): _S.PARTIALLY_FILLED,
    (_S.PARTIALLY_FILLED, _T.RECALL): _S.PENDING_CANCEL,
    (_S.PARTIALLY_FILLED, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.PARTIALLY_FILLED, _T.FILL_REST): _S.FILLED,
    (_S.PARTIALLY_FILLED, _T.CANCEL): _S.CANCELLED,
    (_S.PARTIALLY_FILLED, _T.EXPIRE): _S.EXPIRED,
    (_S.PENDING_CANCEL, _T.ACCEPT): _S.PENDING_CANCEL,
    (_S.PENDING_CANCEL, _T.RECALL): _S.PENDING_CANCEL,
    (_S.PENDING_CANCEL, _T.FILL_PART): _S.PENDING_CANCEL,
    (_S.PENDING_CANCEL, _T.FILL_REST): _S.FILLED,
    (_S.PENDING_CANCEL, _T.CANCEL): _S.CANCELLED,
    (_S.PENDING_CANCEL, _T.EXPIRE): _S.EXPIRED,
    (_S.FILLED, _T.ACCEPT): _S.FILLED,
    (_S.CANCELLED, _T.ACCEPT): _S.CANCELLED,
    (_S.CANCELLED, _T.FILL_PART): _S.CANCELLED,
    (_S.CANCELLED, _T.FILL_REST): _S.FILLED,
    (_S.EXPIRED, _T.ACCEPT): _S.EXPIRED,
    (_S.EXPIRED, _T.FILL_PART): _S.EXPIRED,
    (_S.EXPIRED, _T.FILL_REST): _S.FILLED,
}


class IllegalTransition(Exception):
    """An order was told something its state does not allow."""


class Fill(Value, frozen=True, omit_defaults=True):
    """An executed slice under the venue's own id; `fee` is in quote units, `ts` ms UTC at the venue. Of a fee
    taken in kind, `withheld` are the base units that were kept back, and `fee` is their worth at `price`."""

    id: str
    order_id: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    ts: int
    withheld: Decimal = ZERO

    @property
    def change(self) -> Decimal:
        """What it adds to what is held, in base units; a sale takes away."""
        return self.quantity * self.side.sign - self.withheld


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
