"""What the proof of completeness reads of each event: its ids and amounts, nothing else of its body."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw, Struct
from msgspec.json import Decoder


class Named(Struct):
    id: str


class Intent(Named):
    signal_id: str
    trade_id: str


class Request(Named):
    instrument: str
    side: str
    quantity: Decimal
    purpose: str
    trade_id: str
    intent_id: str


class Permit(Named):
    order: Raw
    order_hash: str
    expires_at: int


class Slice(Named):
    order_id: str
    instrument: str
    side: str
    quantity: Decimal
    withheld: Decimal = Decimal(0)


class Closed(Named):
    instrument: str
    quantity: Decimal


class SignalSeen(Struct):
    signal: Named


class IntentMade(Struct):
    intent: Intent


class SignalClosed(Struct):
    """A signal that was declined, or an intent that was refused."""

    signal_id: str
    intent_id: str = ""


class EntryPermitted(Struct):
    intent_id: str
    approval: Permit


class ProtectionPermitted(Struct):
    trade_id: str
    approvals: list[Permit]


class Sent(Struct):
    approval_id: str
    request: Raw


class Answered(Struct):
    order_id: str


class Executed(Struct):
    order_id: str
    fill: Slice
    filled: Decimal


class Opened(Struct):
    trade_id: str


class Ended(Struct):
    trade: Closed


class Failed(Struct):
    module: str


RECORDS: dict[str, type[Struct]] = {
    "detector.signal_detected": SignalSeen,
    "advisor.signal_declined": SignalClosed,
    "advisor.intent_proposed": IntentMade,
    "inspector.intent_refused": SignalClosed,
    "inspector.intent_approved": EntryPermitted,
    "inspector.protection_approved": ProtectionPermitted,
    "inspector.position_opened": Opened,
    "inspector.trade_closed": Ended,
    "provider.order_submitted": Sent,
    "provider.approval_reused": Answered,
    "provider.order_accepted": Answered,
    "provider.order_rejected": Answered,
    "provider.order_unconfirmed": Answered,
    "provider.order_cancelled": Answered,
    "provider.order_expired": Answered,
    "provider.order_contradicted": Answered,
    "provider.order_filled": Executed,
    "kernel.module_failed": Failed,
    "kernel.module_stood_down": Failed,
}
DECODERS = {kind: Decoder(record) for kind, record in RECORDS.items()}
REQUEST = Decoder(Request)
