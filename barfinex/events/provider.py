"""What the Provider publishes: market facts, and the life of every order at the venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import PlainSerializer, PlainValidator

from barfinex.domain.candles import Candles, Provenance, series_of
from barfinex.domain.order import Fill, OrderRequest
from barfinex.events.base import Event, Journaled, Overflow


def _load(value: object) -> Candles:
    if isinstance(value, Candles):
        return value
    if isinstance(value, dict):
        provenance = Provenance[value["provenance"].upper()]
        return series_of(
            value["instrument"], value["timeframe"], value["rows"], "journal", provenance
        ).block()
    raise ValueError("candles are a block or a mapping of instrument, timeframe, provenance and rows")


CandleBlock = Annotated[Candles, PlainValidator(_load), PlainSerializer(Candles.plain)]


class _Provider(Event):
    publisher: ClassVar[str] = "provider"


class CandlesClosed(_Provider):
    """A block of closed candles of one series, length >= 1; live it is one candle."""

    journaled: ClassVar[Journaled] = Journaled.ON_ARRIVAL
    candles: CandleBlock

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


class DataChecked(_Provider):
    """What a source lacks or has wrong, counted by kind: candles missing (nothing is put in their place),
    flat runs, outliers; and `quarantined` rows, which nobody may use."""

    instrument: str
    source: str
    candles: int
    findings: dict[str, int]
    quarantined: dict[str, int]


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


class AccountReconciled(_Provider):
    """At start: what the journal and the venue agreed on, and each mismatch with how it was settled."""

    orders_checked: int
    fills_recovered: int
    mismatches: tuple[str, ...]
