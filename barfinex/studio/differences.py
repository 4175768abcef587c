"""The words for what differs between our books and the venue, and for what is not ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from barfinex.domain.mismatch import Severity
from barfinex.events import provider
from barfinex.events.base import Event
from barfinex.studio.figures import RED, WARN, money, price, quantity, words

Said = tuple[str, str, str]


def _reconciled(event: provider.AccountReconciled) -> Said:
    figures = f"{event.orders_checked} orders checked, {event.fills_recovered} fills recovered"
    found = "".join(f", {words(kind)} {count}" for kind, count in event.kinds.items())
    left = f", {len(event.standing)} not settled" if event.standing else ""
    return "reconciled", figures + found + left, WARN if event.kinds or left else ""


def _mismatch(event: provider.MismatchFound) -> Said:
    style = "" if event.severity is Severity.TOLD else RED
    found = f"{event.about}: {event.here} here, {event.there} at the venue ({event.severity})"
    return "differs", f"{words(event.kind)} {found}", style


def _external_order(event: provider.ExternalOrderFound) -> Said:
    size = quantity(event.quantity - event.filled)
    return "external", f"order {event.order_id}: {event.side} {size} {event.type}, not ours", WARN


def _external_fill(event: provider.ExternalFillFound) -> Said:
    fill = event.fill
    made = f"{fill.side} {quantity(fill.quantity)} at {price(fill.price)}"
    if event.reason == provider.LIQUIDATION:
        return "LIQUIDATED", f"by the venue: {made}, the margin was used up", "bold red"
    return "external", f"trade {fill.id}: {made}, not ours", WARN


DIFFERENCES: dict[type[Event], Callable[[Any], Said]] = {
    provider.AccountReconciled: _reconciled,
    provider.MismatchFound: _mismatch,
    provider.ExternalOrderFound: _external_order,
    provider.ExternalOrderEnded: lambda e: ("external", f"order {e.order_id} works no more", ""),
    provider.ExternalFillFound: _external_fill,
    provider.ExternalPositionFound: lambda e: (
        "external", f"{quantity(e.quantity)} held that no trade explains", WARN
    ),
    provider.ExternalCashFound: lambda e: (
        "external", f"{money(e.amount)} {e.asset} owned that no trade explains", WARN
    ),
}  # fmt: skip
