"""What the Provider publishes: market facts, and the life of every order at the venue."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from msgspec import field

from barfinex.domain.candles import Candles
from barfinex.domain.mismatch import MismatchKind, Repair, Severity
from barfinex.domain.order import Fill, OrderRequest, OrderState, OrderType, Side
from barfinex.events.base import Event, Journaled, Overflow

LIQUIDATION = "liquidation"


class _Provider(Event):
    publisher: ClassVar[str] = "provider"


class CandlesClosed(_Provider):
    """A block of closed candles of one series, length >= 1; live it is one candle."""

    journaled: ClassVar[Journaled] = Journaled.ON_ARRIVAL
    candles: Candles

    @property
    def subject(self) -> str:
        return self.candles.instrument


class TradePrinted(_Provider):
    """A public trade: `price` in quote units, `quantity` in base units, `side` of the taker."""

    overflow: ClassVar[Overflow] = Overflow.CONFLATE
    journaled: ClassVar[Journaled] = Journaled.NEVER
    instrument: str
    price: float
    quantity: float
    side: str

    @property
    def conflation_key(self) -> object:
        return TradePrinted, self.instrument


class BookChanged(_Provider):
    """The top of an order book, best level first: [[price, quantity], …] per side."""

    overflow: ClassVar[Overflow] = Overflow.CONFLATE
    journaled: ClassVar[Journaled] = Journaled.NEVER
    instrument: str
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]

    @property
    def conflation_key(self) -> object:
        return BookChanged, self.instrument


class BookSampled(_Provider):
    """The top of an order book at a moment, best level first. Journaled, since verdicts rest on it."""

    instrument: str
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


class FeedStalled(_Provider):
    """The instrument's data cannot be believed: no entry and no candle until `FeedRecovered`."""

    instrument: str
    reason: str


class FeedRecovered(_Provider):
    """It is whole again, after `blind_ms`; what was missed has been asked for."""

    instrument: str
    blind_ms: int


class DataChecked(_Provider):
    """What a source lacks or has wrong, counted by kind; and `quarantined` rows, which nobody may use."""

    instrument: str
    source: str
    candles: int
    findings: dict[str, int]
    quarantined: dict[str, int]


class MarketQualityScored(_Provider):
    """How good an instrument's market data is, told when it changes: `score` and its `parts` in [0, 1]."""

    instrument: str
    score: float
    parts: dict[str, float]


class FaultInjected(_Provider):
    """The simulated venue misbehaves as its script says: `fault` is F1 to F40, `step` what it does now."""

    instrument: str
    order_id: str
    fault: str
    name: str
    step: str


class OrderSubmitted(_Provider):
    """The durable intent to send: written before the order leaves (I2)."""

    instrument: str
    approval_id: str
    request: OrderRequest


class ApprovalReused(_Provider):
    """An approval, or an order id, came a second time: nothing was sent (I3)."""

    instrument: str
    approval_id: str
    order_id: str


class _OrderEvent(_Provider):
    instrument: str
    order_id: str


class OrderAccepted(_OrderEvent):
    """The venue has the order."""


class OrderRejected(_OrderEvent):
    """The venue, or the gate before it, definitely did not take the order."""

    code: str
    reason: str


class OrderUnconfirmed(_OrderEvent):
    """Nobody knows whether the venue has the order (I15): it stays UNKNOWN until evidence settles it."""

    reason: str


class OrderFilled(_OrderEvent):
    """A slice executed. `filled` is the order's running total in base units."""

    fill: Fill
    filled: Decimal
    quantity: Decimal


class OrderCancelled(_OrderEvent):
    """The venue took the order back; what was filled stays filled."""

    reason: str


class OrderExpired(_OrderEvent):
    """The venue ended the order by its own rule."""

    reason: str


class OrderContradicted(_OrderEvent):
    """The venue told something of an order that its `state` here does not allow: `told` is the event that was
    published all the same. A fill beyond what was ordered is one; `severity` says what it does to trading."""

    state: OrderState
    told: str
    severity: Severity


class VenueThrottled(_Provider):
    """The venue wants to be left alone until `until` (ms UTC): no entry before, in a ban (BANNED) nothing."""

    code: str
    until: int
    reason: str

    @property
    def subject(self) -> str:
        return ""


class ThrottleTripped(_Provider):
    """Entries found no room in our own budget `trips` times within `window_ms`; `strategy` had the last."""

    instrument: str
    strategy: str
    trips: int
    window_ms: int


class MismatchFound(_Provider):
    """Our books and the venue differ (`domain/mismatch.py` explains each kind). Told before it is repaired,
    and once while it stands. `instrument` is empty when `severity` holds for the whole venue."""

    instrument: str
    kind: MismatchKind
    about: str
    here: str
    there: str
    repair: Repair
    severity: Severity

    @property
    def subject(self) -> str | None:
        return self.instrument or None


class ExternalOrderFound(_Provider):
    """An order that is not ours works on the account: counted in risk, never touched. Said again when it
    changes. Quantities in base units, `price` and `trigger` in quote units."""

    instrument: str
    order_id: str
    side: Side
    type: OrderType
    quantity: Decimal
    filled: Decimal
    price: Decimal | None
    trigger: Decimal | None
    reduce_only: bool


class ExternalOrderEnded(_OrderEvent):
    """An order that is not ours works no more."""


class ExternalFillFound(_Provider):
    """A trade on the account that no order of ours made; it changes position and cash like one of ours.
    `reason` is `liquidation` when the venue closed a position whose margin was used up."""

    instrument: str
    fill: Fill
    reason: str = "external"


class ExternalPositionFound(_Provider):
    """What the venue holds beyond all known trades: `quantity` is the whole of it, signed, in base units."""

    instrument: str
    quantity: Decimal


class ExternalCashFound(_Provider):
    """A balance beyond what all known trades leave, as after a transfer: `amount` is the whole of it, signed,
    in units of the asset."""

    asset: str
    amount: Decimal

    @property
    def subject(self) -> str:
        return ""


class FundingFixed(_Provider):
    """The funding of a linear future at `at` (ms UTC): `rate` is a fraction of the value, which longs pay to
    shorts, and below zero the other way; the next follows at `next_at`, where that is known."""

    journaled: ClassVar[Journaled] = Journaled.ON_ARRIVAL
    instrument: str
    at: int
    rate: Decimal
    next_at: int | None


class FundingSettled(_Provider):
    """The venue paid or took funding at `at` (ms UTC): `quantity` was held, signed, in base units, valued at
    `mark`; `amount` is - quantity x mark x rate in quote units, below zero when it was paid."""

    instrument: str
    at: int
    rate: Decimal
    mark: Decimal
    quantity: Decimal
    amount: Decimal


class AccountReconciled(_Provider):
    """The journal and the venue were compared: told at every start, and later when something is new.

    `mismatches` were found new, each written out; `standing` could not be repaired and are told once; `kinds`
    counts the new ones; `failed` are the queries without an answer yet, from which nothing was concluded.
    """

    orders_checked: int
    fills_recovered: int
    mismatches: tuple[str, ...]
    scope: str = "start"
    standing: tuple[str, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
