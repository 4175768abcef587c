"""F29-F32, F34 and F35: others on the account, and what becomes of orders and instruments."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import Purpose
from barfinex.provider.venues.faults.script import (
    At,
    Delist,
    Fault,
    Foreign,
    HaltSymbol,
    Refuse,
    Reuse,
    Soon,
    Step,
    When,
    venue_says,
)

_ENTRY_FILLED = When(At.HAPPEN, Purpose.ENTRY, "filled")
CLOSED = venue_says(-2010, "Market is closed.")
DELISTED = venue_says(-1121, "Invalid symbol.")

ACCOUNT = (
    Fault(
        "F29",
        "manual-trade",
        "A person trades on the account, and leaves an order there; the stream does not tell us.",
        "EXTERNAL: adopted, counted in risk, told; never closed by us.",
        (Step(_ENTRY_FILLED, Soon(3_000, Foreign("web", Decimal("0.5"), rests=True, told=False))),),
    ),
    Fault(
        "F30",
        "second-bot",
        "Another program trades on the account with ids of our kind.",
        "HALTED.",
        (
            Step(_ENTRY_FILLED, Soon(3_000, Foreign("ord-feed", Decimal("0.3")))),
            Step(_ENTRY_FILLED, Soon(6_000, Foreign("ord-feed", Decimal("-0.3")))),
        ),
    ),
    Fault(
        "F31",
        "id-reused",
        "The venue takes a client id again once its order has ended.",
        "Our own index of ids still refuses it: it never gets there.",
        (Step(When(At.SUBMIT, report="ended", times=0), Reuse()),),
    ),
    Fault(
        "F32",
        "order-archived",
        "The venue does not answer questions about orders that have ended (-2026).",
        "Our own record stands.",
        (Step(When(At.ASK, report="ended", times=0), Refuse(venue_says(-2026, "Order was archived."))),),
    ),
    Fault(
        "F34",
        "symbol-halted",
        "The venue stops trading in an instrument for 30 s while we hold a position.",
        "Flagged; no entries; the stop is looked at.",
        (Step(_ENTRY_FILLED, Soon(3_000, HaltSymbol(30_000, CLOSED))),),
    ),
    Fault(
        "F35",
        "delisted",
        "The instrument is delisted: the venue ends our orders and settles what we hold.",
        "The close is recorded as EXTERNAL; no entries.",
        (Step(_ENTRY_FILLED, Soon(3_000, Delist(DELISTED))),),
    ),
)
