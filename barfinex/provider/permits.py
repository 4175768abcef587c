"""What the last gate checks of an approval before an order may leave."""

from __future__ import annotations

import re
from collections.abc import Sequence

from barfinex.domain.order import OrderRequest
from barfinex.domain.verdict import Approved

Permits = Sequence[Approved[OrderRequest]]
Fault = tuple[str, str]  # (code, reason)

# The narrowest rule for client order ids that venues have.
_ID = re.compile(r"[A-Za-z0-9._:/-]{1,36}")


def fault_of(permit: Approved[OrderRequest], now: int) -> Fault | None:
    """Why this order may not leave at `now` (ms UTC), or None."""
    if permit.order_hash != permit.order.fingerprint():
        return "APPROVAL_MISMATCH", "the order is not the one that was approved"
    if not now <= permit.expires_at:
        return "APPROVAL_EXPIRED", f"the approval ended at {permit.expires_at}, it is {now}"
    if _ID.fullmatch(permit.order.id) is None:
        return "ORDER_ID", f"no venue takes {permit.order.id!r} as an id: 36 letters and digits at most"
    return None


def reduces(permits: Permits) -> bool:
    """Whether orders that belong together do nothing but reduce risk."""
    return all(permit.order.reduce_only for permit in permits)
