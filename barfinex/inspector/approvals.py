"""Permission to send an order. Nothing else in the project makes one (I1)."""

from __future__ import annotations

from barfinex.domain.ids import kin
from barfinex.domain.order import OrderRequest
from barfinex.domain.verdict import Approved


def approve(order: OrderRequest, now: int, ttl_ms: int) -> Approved[OrderRequest]:
    """Bound to this order by hash, good until `now + ttl_ms`; its id follows from the order's (I3)."""
    return Approved(kin("apr", order.id), order, order.fingerprint(), now + ttl_ms)
